// One page of a guest being written. It is kept on this device within a second of a word, and
// never sent anywhere: this module knows no network.

import { fromBody, titleOf, toBody, type Answers } from '../sheet/answers';
import { newestOf } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import type { Written } from '../sheet/written';
import type { GuestStore } from './store';

const KEEP_AFTER = 300;
const KEEP_AT_MOST = 1000;

export class GuestPage implements Written {
  answers = $state<Answers>({});
  /** The form that these words are written with. */
  tpl = newestOf('entry');
  saved = $state<'fresh' | 'saving' | 'device'>('fresh');
  savedAt = $state(0);
  readonly keeping = new Keeping();

  #timer = 0;
  #first = 0;
  #changes = 0;
  #kept: Promise<void> = Promise.resolve();

  constructor(
    readonly ws: string,
    private readonly store: GuestStore,
  ) {}

  /** The page with what was written so far. */
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
    const now = Date.now();
    this.#first ||= now;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.keep(), Math.max(0, Math.min(KEEP_AFTER, this.#first + KEEP_AT_MOST - now)));
  }

  keep(): Promise<void> {
    clearTimeout(this.#timer);
    this.#first = 0;
    if (this.saved !== 'saving') return this.#kept;
    const [body, change] = [toBody(this.tpl, $state.snapshot(this.answers) as Answers), this.#changes];
    this.#kept = this.#kept.then(async () => {
      const kept = await this.keeping.wait(
        () => this.store.put(this.ws, body),
        () => void this.keep(),
      );
      if (!kept) return;
      this.savedAt = Date.now();
      if (change === this.#changes) this.saved = 'device';
    });
    return this.#kept;
  }
}
