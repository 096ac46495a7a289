// New pages made from the words of another one: the other side of a conflict, or a page that another
// device deleted. Drafts of tabs that are gone are copied in unread.ts. Invariants: the words leave the old page only after the new one stored them; the
// new page counts as sent to nobody; what stands against contact with the person follows the words.

import { textOf, type Answers } from './answers';
import { useOther } from './conflict';
import type { Kind } from './forms';
import type { Sheet } from './sheet.svelte';
import type { Sheets } from './sheets.svelte';

const made = new WeakMap<Sheets, Copies>();

/** The copies of these pages. The code is loaded when there is something to copy. */
export function copiesOf(sheets: Sheets): Copies {
  const copies = made.get(sheets) ?? new Copies(sheets);
  made.set(sheets, copies);
  return copies;
}

class Copies {
  /** The page to which a conflict's words are being copied, until it is stored: makes keepBoth
   * idempotent on a double tap. */
  private readonly both = new WeakMap<Sheet, Promise<Sheet>>();

  constructor(private readonly sheets: Sheets) {}

  /** Resolves a conflict by keeping both: the words here move to a new page, the other device's
   * stay. Returns the new page, or null when this device cannot store it; then the words stay where
   * they are. */
  async keepBoth(old: Sheet): Promise<Sheet | null> {
    let made = this.both.get(old);
    if (!made) this.both.set(old, (made = this.copyOf(old)));
    made.catch(() => this.both.delete(old));
    const copy = await made;
    await copy.keep();
    if (!copy.safe) return null;
    // The new page is about the same person; a plan about an entry already says so itself.
    if (isOwn(old.kind, copy.answers)) await this.sheets.safety.tell(copy.ws, copy.answers, [old.ws], true);
    if (this.both.delete(old)) await useOther(old);
    return copy;
  }

  private copyOf(old: Sheet): Promise<Sheet> {
    return this.sheets.begin(old.kind, second(old.snapshot()), old.tpl);
  }

  /** Continues the words of a page deleted elsewhere as a new page, with the note to oneself. The
   * drafts under the old page are deleted once the new ones are stored. */
  async asNew(old: Sheet): Promise<Sheet> {
    const { sheets } = this;
    // The new page was sent to nobody.
    const words = { ...old.snapshot(), sent: '' };
    const note = old.elsewhere ? (await sheets.mine(old.ws)).snapshot() : {};
    const copy = await sheets.begin(old.kind, words, old.tpl);
    const beside = await sheets.mine(copy.ws, true);
    if (textOf(note, 'mine') !== '') {
      beside.answers = note;
      beside.changed();
      await beside.flush();
    }
    // What stands against contact follows the words to the new page.
    if (isOwn(old.kind, copy.answers)) await sheets.safety.tell(copy.ws, copy.answers, [old.ws], true).catch(() => undefined);
    if (!copy.safe || (beside.unsent && !beside.safe)) return copy;
    await sheets.dropDrafts(old.ws);
    return copy;
  }
}

/** The words of a page as a second one. It was sent to nobody, whatever was sent of the first. */
export function second({ sent, ...words }: Answers): Answers {
  void sent;
  return { ...words, nick: `${[...textOf(words, 'nick')].slice(0, 38).join('')} 2` };
}

/** Whether this page itself identifies the person in the vault: an entry, or a plan without one. */
export const isOwn = (kind: Kind, a: Answers): boolean => kind === 'entry' || (kind === 'plan' && textOf(a, 'about') === '');
