// A page that a guest is writing. Every word is stored on this device at once, and never sent
// anywhere: this module has no network code. When another tab wrote the page meanwhile, the words here
// continue as a page of their own: no tab writes over the words of another.

import { fromBody, titleOf, toBody, type Answers } from '../sheet/answers';
import { newestOf } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import type { Written } from '../sheet/written';
import { uuid7 } from '../room/ids';
import type { DevicePage, GuestStore } from './store';

export class GuestPage implements Written {
  answers = $state<Answers>({});
  /** The form that these words are written with. */
  tpl = newestOf('entry');
  saved = $state<'fresh' | 'saving' | 'device'>('fresh');
  savedAt = $state(0);
  readonly keeping = new Keeping();

  #changes = 0;
  /** Under which id it is stored, and the mark of the last write that these words contain. */
  #at: string;
  #over = '';

  /** `ws` is what the screen knows it by. */
  constructor(
    readonly ws: string,
    private readonly store: GuestStore,
  ) {
    this.#at = ws;
  }

  /** A page with the words written so far. */
  static of({ ws, body, mark }: DevicePage, store: GuestStore): GuestPage {
    const page = new GuestPage(ws, store);
    ({ tpl: page.tpl, answers: page.answers } = fromBody(body));
    page.#over = mark;
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

  /** This device may have lost the words that it stored: they are stored again. */
  again(): void {
    if (this.saved === 'device') this.changed();
  }

  async #put(body: string): Promise<void> {
    let mark = await this.store.put(this.#at, body, this.#over);
    if (mark === null) mark = await this.store.put((this.#at = uuid7()), body, '');
    this.#over = mark ?? '';
  }

  keep(): Promise<void> {
    if (this.saved !== 'saving') return this.keeping.done;
    const [body, change] = [toBody(this.tpl, $state.snapshot(this.answers) as Answers), this.#changes];
    return this.keeping.newest(async () => {
      const kept = await this.keeping.wait(
        () => this.#put(body),
        () => void this.keep(),
      );
      if (!kept) return;
      this.savedAt = Date.now();
      if (change === this.#changes) this.saved = 'device';
    });
  }
}
