// Everybody's newest feedback on one's own pages, opened. What must hold: an answer is shown and
// counts only as the newest that its author gave. One that goes back behind what was seen before,
// on any device, or that is not there any more, leaves a doubt in its place, and so does one that
// could not be fetched. The server never takes feedback away, not when a pairing ends either: only
// the person's own word that a mentor left does.

import { api, apiBytes, ApiFault } from '../net/api';
import type { Signin } from '../signin/signin.svelte';
import type { Sealed, SealedList } from '../wire/wire';
import type { Feedback } from './plan';

export type FeedbackByPage = Record<string, Feedback[]>;

export const listPages = async (): Promise<Sealed[]> => (await api<SealedList>('GET', '/worksheets')).sealed;

/** Opens the feedback of a list of pages; `stored` is a list that the server gave just now, `here`
 * the pages that have words on this device. */
export async function feedbackIn(signin: Signin, stored: readonly Sealed[], here: readonly string[]): Promise<FeedbackByPage> {
  const marked = await signin.vault.markedFeedback();
  const contacts = await signin.vault.contacts();
  // What plans need comes after a room can be used.
  const { doubted, readFeedback } = await import('./plan');
  const out: FeedbackByPage = {};
  const rows = newestRows(stored);
  for (const s of rows) {
    const name = contacts[s.author]?.name ?? '';
    try {
      const opened = await signin.vault.openFeedback(s.ws, s.ver, s.author, await apiBytes('/sealed/' + s.id));
      (out[s.ws] ??= []).push(readFeedback(opened.body, s.author, name, s.ver));
    } catch (e) {
      // Of a person who was never compared, or who left, nothing is shown at all.
      if (!contacts[s.author] && !marked[s.ws]?.includes(s.author)) continue;
      (out[s.ws] ??= []).push(doubted(s.author, name, e instanceof ApiFault ? 'unread' : 'old'));
    }
  }
  for (const [ws, authors] of Object.entries(marked)) {
    // Marks outlive their page: of one that is nowhere any more nothing is missing.
    if (!here.includes(ws) && !stored.some((s) => s.ws === ws)) continue;
    for (const author of authors) {
      if (author === signin.me?.acct || rows.some((s) => s.ws === ws && s.author === author)) continue;
      (out[ws] ??= []).push(doubted(author, contacts[author]?.name ?? '', 'old'));
    }
  }
  return out;
}

/** The list could not be fetched: an answer that is not open already may say Not yet. */
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

/** One row for each author and page: the newest. */
function newestRows(stored: readonly Sealed[]): Sealed[] {
  const rows = stored.filter((s) => s.typ === 'feedback');
  return rows.filter((s) => !rows.some((o) => o.ws === s.ws && o.author === s.author && (o.ver > s.ver || (o.ver === s.ver && rows.indexOf(o) < rows.indexOf(s)))));
}

export const inDoubt = (feedback: FeedbackByPage): boolean => Object.values(feedback).some((of) => of.some((f) => f.doubt === 'old'));
