// Drafts that other tabs of this browser stored of a document. Loaded only when there are some: with
// one tab that was not killed there are none.

import type { DraftInfo } from '../vault/keeper';
import { lockOf, locks, tabOfKey, type TabDrafts } from './tabdrafts';

/** How long a tab may take to disappear, in ms: at a reload the browser may still hold the lock of
 * the document before. */
const LEAVING = 1_000;

/** Whether a tab is gone, so that it will never write again. */
async function isGone(draft: DraftInfo, within = 0): Promise<boolean> {
  const [tab, all] = [tabOfKey(draft.ws), locks()];
  if (tab === '' || !all) return true;
  if (within === 0) return all.request(lockOf(tab), { mode: 'shared', ifAvailable: true }, (lock) => lock !== null).catch(() => false);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), within);
  const freed = all.request(lockOf(tab), { mode: 'shared', signal: late.signal }, () => true).catch(() => false);
  return freed.finally(() => clearTimeout(timer));
}

/** The same words: a draft is also stored again unchanged. */
const isSame = (a: DraftInfo, b: DraftInfo): boolean => a.ws === b.ws && a.body === b.body;

/** The draft to continue with: this tab's own, or the newest of the tabs that are gone. `alive`: the
 * words of a tab that is alive are better than nothing. */
export async function choose(mine: TabDrafts, alive: boolean): Promise<DraftInfo | undefined> {
  const all = await mine.all();
  const gone = await Promise.all(all.map((d) => d.ws === mine.key || isGone(d, LEAVING)));
  // A tab may have stored its last words while this one waited for its end.
  const now = await mine.all();
  const ours = now.filter((d) => all.some((a, i) => a.ws === d.ws && gone[i]));
  return ours.find((d) => d.ws === mine.key) ?? ours[0] ?? (alive ? now[0] : undefined);
}

/** The drafts of tabs that are gone that were not read here. */
export async function unreadBy(mine: TabDrafts): Promise<DraftInfo[]> {
  const others = (await mine.all()).filter((d) => d.ws !== mine.key && !mine.read.some((r) => isSame(r, d)));
  const gone = await Promise.all(others.map((d) => isGone(d)));
  return others.filter((_, i) => gone[i]);
}

/** Deletes the drafts of tabs that are gone whose words are contained in the words here. */
export async function dropRead(mine: TabDrafts): Promise<void> {
  for (const read of mine.read) {
    if (!(await isGone(read))) continue;
    await dropUnchanged(mine, read);
    mine.read = mine.read.filter((d) => d !== read);
  }
}

/** Deletes a draft of another tab, unless it changed since it was read: words stored later are
 * contained nowhere else. */
export async function dropUnchanged(mine: TabDrafts, draft: DraftInfo): Promise<void> {
  if ((await mine.all()).some((d) => isSame(d, draft))) await mine.signin.vault.dropDraft(draft.ws);
}

/** The words of two drafts in one text, with nothing twice. */
export function joined(here: string, there: string): string {
  if (here.includes(there)) return here;
  return there.includes(here) ? there : `${here}\n\n${there}`;
}
