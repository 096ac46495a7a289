// Words of a page that tabs which are gone had written, beside the words that it continues with: each
// becomes a page of its own, and its draft is deleted once that page is stored. Loaded only then.

import { fromBody, sameAnswers, textOf } from './answers';
import { isOwn, second } from './copies';
import type { Sheet } from './sheet.svelte';
import type { Sheets } from './sheets.svelte';
import { dropUnchanged, joined } from './otherdrafts';
import { locks } from './tabdrafts';

/** Copies such words, in one tab at a time. Returns whether there is a new page. */
export async function copyUnread(sheets: Sheets, old: Sheet): Promise<boolean> {
  let made = false;
  const copyAll = async () => {
    for (const draft of await old.drafts.unread()) {
      // Nothing to compare with: the words were released by a lock, or the page is deleted.
      if (old.released || old.gone || old.missing) return;
      const { kind, tpl, answers } = fromBody(draft.body ?? '{}');
      if (!sameAnswers(answers, old.snapshot()) && !sameAnswers(answers, old.conflict?.answers ?? {})) {
        const copy = await sheets.begin(kind, second(answers), tpl);
        if (!copy.safe) return;
        made = true;
        if (isOwn(kind, answers)) await sheets.safety.tell(copy.ws, copy.answers, [old.ws], true);
      }
      await dropUnchanged(old.drafts, draft);
    }
  };
  await (locks()?.request('drafts', copyAll) ?? copyAll());
  return made;
}

/** Notes from tabs that are gone: a note has no copy, so their words follow the words here. */
export async function joinNotes(note: Sheet): Promise<void> {
  for (const d of await note.drafts.unread()) {
    if (note.released) return;
    note.answers['mine'] = joined(textOf(note.answers, 'mine'), textOf(fromBody(d.body ?? '{}').answers, 'mine'));
    note.drafts.took(d);
    note.changed();
  }
}
