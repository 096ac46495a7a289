// Opens everybody's newest feedback on one's own pages. Invariant: an answer is shown and counts
// only as the newest that its author gave. An answer older than one seen on any device, a missing
// one, and one that could not be fetched are each replaced by a doubt. The server never removes
// feedback, not even when a pairing ends: only the person's own statement that a mentor left does.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import type { Sealed } from '../wire/wire';
import type { Feedback } from './plan';

export type FeedbackByPage = Record<string, Feedback[]>;

export const listPages = async (): Promise<Sealed[]> => (await call(op.listWorksheets)).sealed;

/** Opens the feedback on a list of pages. `stored` is a list that the server just returned, `here`
 * the pages with drafts on this device. */
export async function feedbackIn(signin: Signin, stored: readonly Sealed[], here: readonly string[]): Promise<FeedbackByPage> {
  const marked = await signin.vault.markedFeedback();
  const contacts = await signin.vault.contacts();
  // Loaded late: what plans need is fetched after a room can be used.
  const { doubted, readFeedback } = await import('./plan');
  const out: FeedbackByPage = {};
  const rows = newestRows(stored);
  for (const s of rows) {
    const name = contacts[s.author]?.name ?? '';
    try {
      const opened = await signin.vault.openFeedback(s.ws, s.ver, s.author, await call(op.openSealed, { params: { id: s.id } }));
      (out[s.ws] ??= []).push(readFeedback(opened.body, s.author, name, s.ver));
    } catch (e) {
      // Feedback of somebody who was never compared, or who left, is not shown at all.
      if (!contacts[s.author] && !marked[s.ws]?.includes(s.author)) continue;
      (out[s.ws] ??= []).push(doubted(s.author, name, e instanceof ApiFault ? 'unread' : 'old'));
    }
  }
  const known = here.concat(await stillNamed(signin));
  for (const [ws, authors] of Object.entries(marked)) {
    // Marks outlive their page, so feedback of a page that no longer exists is not missing. Whether
    // it exists is not decided by the server's list: a list without the page would also drop its
    // Not yet.
    if (!known.includes(ws) && !stored.some((s) => s.ws === ws)) continue;
    for (const author of authors) {
      if (author === signin.me?.acct || rows.some((s) => s.ws === ws && s.author === author)) continue;
      (out[ws] ??= []).push(doubted(author, contacts[author]?.name ?? '', 'old'));
    }
  }
  return out;
}

/** The pages that the vault names and that are not being deleted here. */
async function stillNamed(signin: Signin): Promise<string[]> {
  const leaving = signin.me ? await signin.vault.deletions(signin.me.acct) : [];
  return (await signin.vault.ownPages()).filter((ws) => !leaving.some((d) => d.ws === ws));
}

/** For when the list could not be fetched: an answer that was not opened before may be a Not yet. */
export async function unreadIn(signin: Signin, open: FeedbackByPage): Promise<FeedbackByPage> {
  const marked = await signin.vault.markedFeedback();
  const contacts = await signin.vault.contacts();
  const { doubted } = await import('./plan');
  const out: FeedbackByPage = { ...open };
  for (const [ws, authors] of Object.entries(marked)) {
    const missing = authors.filter((author) => author !== signin.me?.acct && !out[ws]?.some((f) => f.author === author));
    out[ws] = [...(out[ws] ?? []), ...missing.map((author) => doubted(author, contacts[author]?.name ?? '', 'unread'))];
  }
  return out;
}

/** The newest row of each author and page. */
function newestRows(stored: readonly Sealed[]): Sealed[] {
  const rows = stored.filter((s) => s.typ === 'feedback');
  return rows.filter((s) => !rows.some((o) => o.ws === s.ws && o.author === s.author && (o.ver > s.ver || (o.ver === s.ver && rows.indexOf(o) < rows.indexOf(s)))));
}

export const inDoubt = (feedback: FeedbackByPage): boolean => Object.values(feedback).some((of) => of.some((f) => f.doubt === 'old'));
