// The sheets of the pages that are open. Invariant: a page has one sheet for the life of the app, so
// that two screens that show it write the same words; a locked or deleted page has none.

import type { Signin } from '../signin/signin.svelte';
import type { Answers } from './answers';
import type { PlanSafety } from './plansafety';
import { MINE, Sheet } from './sheet.svelte';

/** The documents of one page: the page itself, and the note to oneself beside it. */
export const keysOf = (ws: string): string[] => [ws, MINE + ws];

/** What the sheets use of the list of pages. */
interface Around {
  readonly signin: Signin;
  /** Loads what plans need. */
  ready(): Promise<PlanSafety>;
  /** Whether a page is being deleted. */
  isLeaving(ws: string): boolean;
}

export class OpenSheets {
  private readonly sheets = new Map<string, Sheet>();
  private readonly reading = new WeakMap<Sheet, Promise<void>>();

  constructor(private readonly around: Around) {}

  /** The sheet of a page, once it is loaded. A fresh page makes no request. */
  open(ws: string, fresh = false): Promise<Sheet> {
    return this.once(ws, () => new Sheet(ws, this.around.signin), fresh);
  }

  /** The note to oneself beside an entry. */
  mine(ws: string, fresh = false): Promise<Sheet> {
    return this.once(MINE + ws, () => new Sheet(ws, this.around.signin, 'mine'), fresh);
  }

  private async once(key: string, make: () => Sheet, fresh: boolean): Promise<Sheet> {
    let sheet = this.sheets.get(key);
    if (!sheet) {
      sheet = make();
      this.sheets.set(key, sheet);
      const made = sheet;
      made.settle = async () => (await this.around.ready()).sync(made);
      this.reading.set(
        made,
        made.load(fresh).then(() => (made.conflict ? undefined : made.settle?.())),
      );
    }
    await this.reading.get(sheet);
    // What could not be read is requested again on each visit: another tab may have been faster
    // than this one.
    if (sheet.missing || (sheet.refused && sheet.saved === 'fresh')) {
      await sheet.load();
      if (!sheet.conflict) await sheet.settle?.();
    }
    if (this.around.isLeaving(sheet.ws)) void sheet.end();
    return sheet;
  }

  /** The sheet of a page, or of another document, when it is open here. */
  get(key: string): Sheet | undefined {
    return this.sheets.get(key);
  }

  /** The current answers of a page that is open now. */
  answers(ws: string): Answers | null {
    const sheet = this.sheets.get(ws);
    return sheet && sheet.saved !== 'fresh' ? sheet.answers : null;
  }

  /** Stores and sends nothing of a page any more; waits for an upload that is running. */
  async end(ws: string): Promise<void> {
    await Promise.all(keysOf(ws).map((key) => this.sheets.get(key)?.end()));
  }

  /** Clears the sheets of one page from memory. */
  forget(ws: string): void {
    for (const key of keysOf(ws)) {
      this.sheets.get(key)?.dispose();
      this.sheets.delete(key);
    }
  }

  /** Stores what is on the screen again, since this device may have lost it. */
  again(): void {
    for (const sheet of this.sheets.values()) sheet.again();
  }

  /** Seals everything being written now. */
  async flush(): Promise<void> {
    for (const sheet of this.sheets.values()) await sheet.flush();
  }

  /** Clears all sheets from memory. */
  clear(): void {
    for (const sheet of this.sheets.values()) sheet.dispose();
    this.sheets.clear();
  }
}
