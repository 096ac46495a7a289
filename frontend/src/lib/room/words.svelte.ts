// Check-in words as this screen shows them. The rules: each for as long as the server said, in the
// order in which they came, at most so many that a screen can carry; a word that is told twice is
// shown once; kept nowhere.

import { WordsShown, type RoomWord } from '../wire/wire';

/** Who hears words: a room. */
interface Hears {
  onword: (word: RoomWord) => void;
}

export class Words {
  shown = $state.raw<{ n: number; word: string }[]>([]);
  #n = 0;
  #timers: number[] = [];
  /** Plain requests tell a word again while it is shown; no more than so many are told at once. */
  #told: string[] = [];

  /** Shows a word until its time is over, or until newer ones need its place. */
  add(w: RoomWord): void {
    if (this.#told.includes(w.id)) return;
    this.#told = [...this.#told, w.id].slice(-2 * WordsShown);
    const n = ++this.#n;
    this.shown = [...this.shown, { n, word: w.word }].slice(-WordsShown);
    const timer = window.setTimeout(() => {
      this.#timers = this.#timers.filter((x) => x !== timer);
      this.shown = this.shown.filter((x) => x.n !== n);
    }, w.for_ms);
    this.#timers.push(timer);
  }

  /** Shows what a room hears; gives its own clean-up. */
  of(room: Hears): () => void {
    room.onword = (w) => this.add(w);
    return () => {
      room.onword = () => undefined;
      this.close();
    };
  }

  /** Forgets all of them at once, for a page that goes. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
    this.shown = [];
  }
}
