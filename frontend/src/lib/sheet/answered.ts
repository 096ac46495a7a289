// What mentors answered on one's own pages, as the list and the open plan use it. Invariants: an
// answer that was opened is recorded in the vault with the person, before its page can be deleted or
// can vanish from the server's list; a reply that arrives after a lock, or after a newer one, is
// discarded.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { fetchVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed } from '../wire/wire';
import { fromBody, textOf, today } from './answers';
import { feedbackIn, inDoubt, listPages, unreadIn, type FeedbackByPage } from './feedback';
import type { Feedback } from './plan';
import { isRead, openNewest, type PageWords, type Row } from './rows';
import type { Sheet } from './sheet.svelte';
import type { Sheets } from './sheets.svelte';

export class Answered {
  /** Pages deleted in this tab, as they were: whom an answer on them is about. */
  readonly deleted = new Map<string, PageWords>();
  private looks = 0;

  constructor(private readonly sheets: Sheets) {}

  /** The server's list, with everybody's answers opened. `here`: the pages with drafts on this
   * device. */
  async stored(here: string[]): Promise<{ stored: Sealed[]; feedback: FeedbackByPage }> {
    const { sheets } = this;
    let [stored, feedback]: [Sealed[], FeedbackByPage] = [[], sheets.feedback];
    try {
      stored = await listPages();
      feedback = await feedbackIn(sheets.signin, stored, here);
      // Race: another tab may have opened an answer that arrived after this list was made, or
      // deleted a page before.
      if (inDoubt(feedback)) {
        await fetchVault(sheets.signin).catch(() => undefined);
        feedback = await feedbackIn(sheets.signin, (stored = await listPages()), here);
      }
    } catch (e) {
      sheets.fault = e instanceof ApiFault && e.offline ? 'offline' : 'broken';
      // This fails only when a lock comes in between, and then nothing is shown.
      feedback = await unreadIn(sheets.signin, feedback).catch(() => ({}));
    }
    return { stored, feedback };
  }

  /** Refreshes what an open plan is judged by: what stands, and the answers to it. Another device
   * may have found a reason to stop. */
  async look(sheet: Sheet): Promise<void> {
    if (sheet.conflict || sheet.gone || sheet.released) return;
    const { sheets } = this;
    const locks = sheets.locks;
    const turn = (this.looks += 1);
    await sheets.safety.sync(sheet, true);
    const { ws } = sheet;
    const here = sheet.unsent ? [ws] : [];
    const ask = () => this.answersOn(ws, here);
    // Without a reply, keep the answers that are open.
    let of = await ask().catch(() => null);
    if (of && inDoubt({ [ws]: of })) of = await ask().catch(() => of);
    if (!of || locks !== sheets.locks || turn !== this.looks) return;
    sheets.feedback = { ...sheets.feedback, [ws]: of };
    await sheets.safety.raise([{ ws, kind: sheet.kind, answers: sheet.snapshot() }]);
  }

  private async answersOn(ws: string, here: string[]): Promise<Feedback[]> {
    const stored = (await listPages()).filter((s) => s.ws === ws);
    return (await feedbackIn(this.sheets.signin, stored, here))[ws] ?? [];
  }

  /** Whether an open plan can be called done, after a refresh. */
  async mayEnd(sheet: Sheet): Promise<boolean> {
    await this.look(sheet).catch(() => undefined);
    const a = sheet.snapshot();
    const { safety } = this.sheets;
    const { where } = await safety.stands(sheet.ws, a, sheet.tpl);
    const { canEnd } = await import('./plan');
    return where !== null && canEnd(where, safety.verdict(sheet.ws, a), textOf(a, 'route'));
  }

  /** Called before the server deletes a page: records an unread Not yet on it in the vault, with
   * the person. It fails when that cannot be done now: the pages are locked, or an answer could not
   * be fetched. A page that nobody answered needs nothing. */
  async recordBeforeDeletion(ws: string): Promise<void> {
    const { sheets } = this;
    const { signin } = sheets;
    await shut(ws);
    let sealed = await versionsOf(ws);
    if (!signin.open) {
      if (sealed.some((s) => s.typ === 'feedback')) throw new SealError('E_LOCKED');
      return;
    }
    const answers = async () => (await feedbackIn(signin, sealed, []))[ws] ?? [];
    let said = await answers();
    if (inDoubt({ [ws]: said })) {
      await fetchVault(signin);
      sealed = await versionsOf(ws);
      said = await answers();
    }
    if (said.length === 0) return;
    if (said.some((f) => f.doubt === 'unread')) throw new Error('an answer was not fetched');
    const page = await this.pageOf(ws, sealed);
    if (page.kind !== 'plan') return;
    // This is the last chance to read it: an answer in doubt counts as the Not yet it may be.
    sheets.feedback = { ...sheets.feedback, [ws]: said.map(({ doubt, ...f }) => (doubt ? { ...f, at: today() } : f)) };
    if (!(await (await sheets.ready()).raise([page]))) throw new Error('an answer could not be kept');
  }

  /** Pages with opened answers that the server's list leaves out or that do not open: what was
   * opened is recorded now, since it may be missing later. */
  async unlisted(rows: readonly Row[], leaving: readonly string[]): Promise<PageWords[]> {
    const { feedback } = this.sheets;
    const missing = Object.keys(feedback).filter((ws) => !leaving.includes(ws) && !rows.some((r) => r.ws === ws && isRead(r)) && feedback[ws]?.some((f) => !f.doubt));
    return Promise.all(missing.map(async (ws) => this.pageOf(ws, await versionsOf(ws).catch(() => []))));
  }

  /** A page that was answered: the server's newest version, or else what this tab knows of it. The
   * server can leave out the page, but not whom an answer on it is about: then it is the name in
   * the vault. */
  private async pageOf(ws: string, sealed: readonly Sealed[]): Promise<PageWords> {
    const { signin } = this.sheets;
    const row = sealed.filter((s) => s.typ === 'worksheet').at(-1);
    try {
      if (row) return { ws, ...fromBody((await openNewest(signin, row)).body) };
    } catch (e) {
      if (!(e instanceof SealError) || !signin.open) throw e;
    }
    return this.deleted.get(ws) ?? this.sheets.rows.find((r) => r.ws === ws && isRead(r)) ?? { ws, kind: 'plan', answers: { nick: signin.sheets[ws]?.title ?? '' } };
  }
}

/** All versions and answers of a page; none when the server does not have it. */
const versionsOf = (ws: string): Promise<Sealed[]> =>
  call(op.listVersions, { params: { ws } }).then(
    (all) => all.sealed,
    (e: unknown) => {
      if (e instanceof ApiFault && e.status === 404) return [];
      throw e;
    },
  );

/** Closes a page that is being deleted for its mentors. An answer given after the last look at it
 * would be deleted unseen, while its mentor was told that it can be read. */
async function shut(ws: string): Promise<void> {
  const { grants } = await call(op.listGrants);
  for (const g of grants) if (g.ws === ws) await call(op.unshare, { params: { ws, reader: g.reader } });
}
