// A page that a guest is writing. Every word is stored on this device at once, and never sent
// anywhere: this module has no network code.

import { fromBody, titleOf, toBody, type Answers } from '../sheet/answers';
import { newestOf } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import type { Written } from '../sheet/written';
import type { GuestStore } from './store';

export class GuestPage implements Written {
  answers = $state<Answers>({});
  /** The form that these words are written with. */
  tpl = newestOf('entry');
  saved = $state<'fresh' | 'saving' | 'device'>('fresh');
  savedAt = $state(0);
  readonly keeping = new Keeping();

  #changes = 0;

  constructor(
    readonly ws: string,
    private readonly store: GuestStore,
  ) {}

  /** A page with the words written so far. */
  static of(ws: string, body: string, store: GuestStore): GuestPage {
    const page = new GuestPage(ws, store);
    ({ tpl: page.tpl, answers: page.answers } = fromBody(body));
    page.saved = 'device';
    return page;
  }

  get title(): string {
    return titleOf(this.answers);
  }

  changed(): void {
    this.#changes++;
    this.saved = 'saving';
    void this.keep();
  }

  keep(): Promise<void> {
    if (this.saved !== 'saving') return this.keeping.done;
    const [body, change] = [toBody(this.tpl, $state.snapshot(this.answers) as Answers), this.#changes];
    return this.keeping.newest(async () => {
      const kept = await this.keeping.wait(
        () => this.store.put(this.ws, body),
        () => void this.keep(),
      );
      if (!kept) return;
      this.savedAt = Date.now();
      if (change === this.#changes) this.saved = 'device';
    });
  }
}
