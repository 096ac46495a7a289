// The person's own pages: the list, and the page being written. Every change is sealed and stored
// on this device at once; the server gets a sealed version at most once a minute, on leaving, and
// on "Done".

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { uuid7 } from '../room/ids';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { bringVault, byVault, fetchVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed } from '../wire/wire';
import { fromBody, textOf, titleOf, today, type Answers } from './answers';
import { Deletions } from './deletions.svelte';
import { newestOf, type Kind, type Tpl } from './forms';
import { feedbackIn, inDoubt, listPages, unreadIn, type FeedbackByPage } from './feedback';
import type { Feedback, State } from './plan';
import type { PlanSafety } from './plansafety.svelte';
import { Sheet } from './sheet.svelte';

export interface Row {
  ws: string;
  kind: Kind;
  /** The form that it was written with. */
  tpl: Tpl;
  title: string;
  /** For an entry: when. For a plan: the route. */
  time: string;
  /** The entry that a plan or a look back is about. */
  about: string;
  day: string;
  state: State | null;
  /** A mentor answered, and the answer was not looked at on this device yet. */
  news: boolean;
  /** Accounts that the newest version is sealed for, without the owner, according to the file;
   * according to the server when the file does not open. */
  readers: string[];
  /** There are words on this device that the server does not have. */
  unsent: boolean;
  broken: boolean;
  answers: Answers;
}

export class Sheets {
  rows = $state.raw<Row[]>([]);
  feedback = $state.raw<FeedbackByPage>({});
  loaded = $state(false);
  fault = $state('');
  /** Pages were deleted in this tab a moment ago; used to show the progress. */
  deleted = $state(false);
  /** A deletion was to be undone, but the server had already done it. */
  late = $state(false);
  readonly deletions: Deletions;
  readonly signin: Signin;
  /** Titles of pages deleted in this tab that the server has a version of. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #titles = new Map<string, string>();
  /** Pages deleted in this tab, as they were: whom an answer on them is about. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #words = new Map<string, Pick<Row, 'ws' | 'kind' | 'answers'>>();
  #safety: PlanSafety | null = null;
  // Not drawn: pages hold the sheets themselves.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #sheets = new Map<string, Sheet>();
  readonly #reading = new WeakMap<Sheet, Promise<void>>();
  /** The page to which a conflict's words are being copied, until it is stored: makes keepBoth
   * idempotent on a double tap. */
  readonly #both = new WeakMap<Sheet, Promise<Sheet>>();
  #looks = 0;
  /** Counts locks: a reply requested before a lock is discarded after it. */
  #cleared = 0;
  /** Counts loads of the list, and the number of the one that is shown. */
  #turn = 0;
  #shown = 0;

  constructor(signin: Signin) {
    this.signin = signin;
    this.deletions = new Deletions(signin, (ws) => this.#lastLook(ws));
  }

  /** What stands against contact with people on the list; available once any page was opened. */
  get safety(): PlanSafety {
    if (!this.#safety) throw new Error('no page was opened');
    return this.#safety;
  }

  /** Loads what plans need; done after a room can be used. */
  async #ready(): Promise<PlanSafety> {
    const { PlanSafety } = await import('./plansafety.svelte');
    return (this.#safety ??= new PlanSafety(this));
  }

  /** The current answers of a page that is open now. */
  opened(ws: string): Answers | null {
    const sheet = this.#sheets.get(ws);
    return sheet && sheet.saved !== 'fresh' ? sheet.answers : null;
  }

  /** Loads the list: the server's newest versions, opened here, and this device's drafts. A load
   * that began before the one that is shown is discarded, since it knows less. */
  async load(): Promise<void> {
    this.fault = '';
    const cleared = this.#cleared;
    const turn = (this.#turn += 1);
    const stale = () => cleared !== this.#cleared || turn < this.#shown;
    const leaving = await this.deletions.read();
    const safety = await this.#ready();
    await safety.read();
    const drafts = (await this.signin.vault.drafts().catch(() => [])).filter((d) => !d.ws.includes(':'));
    const { stored, feedback } = await this.#stored(drafts.map((d) => d.ws));
    if (stale()) return;
    this.feedback = feedback;
    const rows: Row[] = [];
    for (const s of stored.filter((s) => s.typ === 'worksheet' && !leaving.includes(s.ws))) {
      const draft = drafts.find((d) => d.ws === s.ws);
      rows.push(await this.#row(s, draft?.body ?? null));
    }
    for (const d of drafts) {
      if (rows.some((r) => r.ws === d.ws) || d.body === null) continue;
      rows.push(this.#described(d.ws, d.body, { day: '', readers: [], unsent: true, broken: false }));
    }
    // Keep the rows that could not be fetched.
    if (this.fault) rows.push(...this.rows.filter((r) => !leaving.includes(r.ws) && !rows.some((x) => x.ws === r.ws)));
    const unlisted = this.fault ? [] : await this.#unlisted(rows, leaving).catch(() => []);
    await safety.raise([...rows, ...unlisted]);
    if (stale()) return;
    this.#shown = turn;
    this.rows = rows;
    const placed = await Promise.all(
      rows.map(async (r) => (r.kind === 'plan' ? { ...r, time: textOf(safety.settled(r.ws, r.answers), 'route'), state: (await safety.stands(r.ws, r.answers, r.tpl)).where } : r)),
    );
    if (stale()) return;
    this.rows = placed;
    this.loaded = true;
    // Opened feedback was marked in the vault: one upload for all of it.
    void bringVault(this.signin).catch(() => undefined);
    void this.deletions.send();
    const sent = this.rows.filter((r) => r.kind === 'plan' && textOf(r.answers, 'sent') !== '');
    // A lock in between ends it: the next load of the list continues.
    void this.#sendWaiting(
      drafts.map((d) => d.ws),
      sent,
    ).catch(() => undefined);
  }

  /** The server's list, with everybody's answers opened. */
  async #stored(here: string[]): Promise<{ stored: Sealed[]; feedback: FeedbackByPage }> {
    let [stored, feedback]: [Sealed[], FeedbackByPage] = [[], this.feedback];
    try {
      stored = await listPages();
      feedback = await feedbackIn(this.signin, stored, here);
      // Race: another tab may have opened an answer that arrived after this list was made, or
      // deleted a page before.
      if (inDoubt(feedback)) {
        await fetchVault(this.signin).catch(() => undefined);
        feedback = await feedbackIn(this.signin, (stored = await listPages()), here);
      }
    } catch (e) {
      this.fault = e instanceof ApiFault && e.offline ? 'offline' : 'broken';
      // This fails only when a lock comes in between, and then nothing is shown.
      feedback = await unreadIn(this.signin, feedback).catch(() => ({}));
    }
    return { stored, feedback };
  }

  /** Refreshes what an open plan is judged by: what stands, and the answers to it. Another device
   * may have found a reason to stop. */
  async look(sheet: Sheet): Promise<void> {
    if (sheet.conflict || sheet.gone || sheet.released) return;
    const cleared = this.#cleared;
    const turn = (this.#looks += 1);
    await this.safety.sync(sheet, true);
    const { ws } = sheet;
    const here = sheet.unsent ? [ws] : [];
    const ask = async () =>
      (
        await feedbackIn(
          this.signin,
          (await listPages()).filter((s) => s.ws === ws),
          here,
        )
      )[ws] ?? [];
    // Without a reply, keep the answers that are open.
    let of = await ask().catch(() => null);
    if (of && inDoubt({ [ws]: of })) of = await ask().catch(() => of);
    if (!of || cleared !== this.#cleared || turn !== this.#looks) return;
    this.feedback = { ...this.feedback, [ws]: of };
    await this.safety.raise([{ ws, kind: sheet.kind, answers: $state.snapshot(sheet.answers) as Answers }]);
  }

  /** Called before the server deletes a page: records an unread Not yet on it in the vault, with
   * the person. It fails when that cannot be done now: the pages are locked, or an answer could not
   * be fetched. A page that nobody answered needs nothing. */
  async #lastLook(ws: string): Promise<void> {
    await shut(ws);
    const ask = () => versionsOf(ws);
    let sealed = await ask();
    if (!this.signin.open) {
      if (sealed.some((s) => s.typ === 'feedback')) throw new SealError('E_LOCKED');
      return;
    }
    const answers = async () => (await feedbackIn(this.signin, sealed, []))[ws] ?? [];
    let said = await answers();
    if (inDoubt({ [ws]: said })) {
      await fetchVault(this.signin);
      sealed = await ask();
      said = await answers();
    }
    if (said.length === 0) return;
    if (said.some((f) => f.doubt === 'unread')) throw new Error('an answer was not fetched');
    const page = await this.#pageOf(ws, sealed);
    if (page.kind !== 'plan') return;
    // This is the last chance to read it: an answer in doubt counts as the Not yet it may be.
    this.feedback = { ...this.feedback, [ws]: said.map(({ doubt, ...f }) => (doubt ? { ...f, at: today() } : f)) };
    if (!(await (await this.#ready()).raise([page]))) throw new Error('an answer could not be kept');
  }

  /** A page that was answered: the server's newest version, or else what this tab knows of it. The
   * server can leave out the page, but not whom an answer on it is about: then it is the name in
   * the vault. */
  async #pageOf(ws: string, sealed: readonly Sealed[]): Promise<Pick<Row, 'ws' | 'kind' | 'answers'>> {
    const row = sealed.filter((s) => s.typ === 'worksheet').at(-1);
    try {
      if (row) return { ws, ...fromBody((await this.#newest(row)).body) };
    } catch (e) {
      if (!(e instanceof SealError) || !this.signin.open) throw e;
    }
    return this.#words.get(ws) ?? this.rows.find((r) => r.ws === ws && isRead(r)) ?? { ws, kind: 'plan', answers: { nick: this.signin.sheets[ws]?.title ?? '' } };
  }

  /** Pages with opened answers that the server's list leaves out or that do not open: what was
   * opened is recorded now, since it may be missing later. */
  async #unlisted(rows: readonly Row[], leaving: readonly string[]): Promise<Pick<Row, 'ws' | 'kind' | 'answers'>[]> {
    const missing = Object.keys(this.feedback).filter((ws) => !leaving.includes(ws) && !rows.some((r) => r.ws === ws && isRead(r)) && this.feedback[ws]?.some((f) => !f.doubt));
    return Promise.all(missing.map(async (ws) => this.#pageOf(ws, await versionsOf(ws).catch(() => []))));
  }

  /** Whether an open plan can be called done, after a refresh. */
  async mayEnd(sheet: Sheet): Promise<boolean> {
    await this.look(sheet).catch(() => undefined);
    const a = $state.snapshot(sheet.answers) as Answers;
    const { where } = await this.safety.stands(sheet.ws, a, sheet.tpl);
    const { canEnd } = await import('./plan');
    return where !== null && canEnd(where, this.safety.verdict(sheet.ws, a), textOf(a, 'route'));
  }

  async #row(s: Sealed, draft: string | null): Promise<Row> {
    const facts = { day: s.day, readers: s.readers.slice(1), unsent: draft !== null, broken: false };
    try {
      const opened = await this.#newest(s);
      return this.#described(s.ws, draft ?? opened.body, { ...facts, readers: opened.readers });
    } catch (e) {
      if (draft !== null) return this.#described(s.ws, draft, facts);
      const title = this.signin.sheets[s.ws]?.title ?? '';
      return { ws: s.ws, kind: 'entry', tpl: newestOf('entry'), title, time: '', about: '', state: null, news: false, answers: {}, ...facts, broken: e instanceof SealError };
    }
  }

  #newest(s: Sealed) {
    return byVault(this.signin, async (again) => {
      const all = again ? (await call(op.listVersions, { params: { ws: s.ws } })).sealed : [s];
      const row = all.filter((r) => r.typ === 'worksheet').at(-1) ?? s;
      return this.signin.vault.openDoc('worksheet', row.ws, row.ver, await bytesOf(row.id));
    });
  }

  #described(ws: string, json: string, facts: Pick<Row, 'day' | 'readers' | 'unsent' | 'broken'>): Row {
    const { kind, tpl, answers } = fromBody(json);
    const feedback = this.feedback[ws] ?? [];
    const news = feedback.some((f) => f.ver > seenFeedback(ws, f.author));
    return {
      ws,
      kind,
      tpl,
      title: titleOf(answers),
      time: textOf(answers, kind === 'plan' ? 'route' : 'time'),
      about: textOf(answers, 'about'),
      state: null,
      news,
      answers,
      ...facts,
    };
  }

  /** Uploads words written offline as soon as there is a connection, and sends changed safety
   * checks to mentors who have an older one. */
  async #sendWaiting(waiting: string[], sent: Row[]): Promise<void> {
    for (const ws of waiting) {
      const sheet = await this.open(ws);
      await sheet.save().catch(() => undefined);
    }
    for (const row of sent) {
      const readers = await this.signin.vault.readersOf(row.ws);
      if (readers.some((acct) => row.unsent || !row.readers.includes(acct))) await this.safety.inform(await this.open(row.ws));
    }
  }

  /** The sheet of a page, once it is loaded; one object per id for the life of the app. */
  open(ws: string, fresh = false): Promise<Sheet> {
    return this.#once(ws, () => new Sheet(ws, this.signin), fresh);
  }

  /** The note to oneself beside an entry. */
  mine(ws: string, fresh = false): Promise<Sheet> {
    return this.#once('mine:' + ws, () => new Sheet(ws, this.signin, 'mine'), fresh);
  }

  async #once(key: string, make: () => Sheet, fresh: boolean): Promise<Sheet> {
    let sheet = this.#sheets.get(key);
    if (!sheet) {
      sheet = make();
      this.#sheets.set(key, sheet);
      const made = sheet;
      made.settle = async () => (await this.#ready()).sync(made);
      this.#reading.set(
        made,
        made.load(fresh).then(() => (made.conflict ? undefined : made.settle?.())),
      );
    }
    await this.#reading.get(sheet);
    // What could not be read is requested again on each visit: another tab may have been faster
    // than this one.
    if (sheet.missing || (sheet.refused && sheet.saved === 'fresh')) {
      await sheet.load();
      if (!sheet.conflict) await sheet.settle?.();
    }
    if (this.deletions.waiting.includes(sheet.ws)) void sheet.end();
    return sheet;
  }

  /** Whether a page is about this account, as far as this device knows. */
  isTheirs(ws: string, acct: string): boolean {
    const a = this.opened(ws) ?? this.rows.find((r) => r.ws === ws)?.answers ?? {};
    return this.#safety?.bars(ws, a, acct) ?? false;
  }

  /** The same, after fetching the newest vault. */
  async askIsTheirs(ws: string, acct: string): Promise<boolean> {
    await (await this.#ready()).read();
    return this.isTheirs(ws, acct);
  }

  /** Reseals a page without former readers; a page that is not open here is not opened for it. */
  narrow(ws: string): Promise<void> {
    return (this.#sheets.get(ws) ?? new Sheet(ws, this.signin)).narrow();
  }

  /** Creates a page of a kind with what is known already, and stores it on this device at once.
   * Existing words are passed with the form they were written with. */
  async begin(kind: Kind, answers: Answers, tpl = newestOf(kind)): Promise<Sheet> {
    const sheet = await this.start(kind, answers, tpl);
    await sheet.flush();
    return sheet;
  }

  /** The same without waiting for the server, for a person who goes on to that page now. */
  async start(kind: Kind, answers: Answers, tpl = newestOf(kind)): Promise<Sheet> {
    const sheet = await this.open(uuid7(), true);
    sheet.begin(tpl, answers);
    sheet.changed();
    await sheet.keep();
    void sheet.flush();
    return sheet;
  }

  /** Resolves a conflict by keeping both: the words here move to a new page, the other device's
   * stay. Returns the new page, or null when this device cannot store it; then the words stay where
   * they are. */
  async keepBoth(old: Sheet): Promise<Sheet | null> {
    let made = this.#both.get(old);
    if (!made) this.#both.set(old, (made = this.#copyOf(old)));
    made.catch(() => this.#both.delete(old));
    const copy = await made;
    await copy.keep();
    if (!copy.safe) return null;
    // The new page is about the same person; a plan about an entry already says so itself.
    if (isOwn(old.kind, copy.answers)) await this.safety.tell(copy.ws, copy.answers, [old.ws], true);
    if (this.#both.delete(old)) await old.useTheirs();
    return copy;
  }

  #copyOf(old: Sheet): Promise<Sheet> {
    const { sent, ...mine } = $state.snapshot(old.answers) as Answers;
    // The new page was sent to nobody, whatever was sent of the old one.
    void sent;
    return this.begin(old.kind, { ...mine, nick: `${[...textOf(mine, 'nick')].slice(0, 38).join('')} 2` }, old.tpl);
  }

  /** Continues the words of a page deleted elsewhere as a new page, with the note to oneself. The
   * drafts under the old page are deleted once the new ones are stored. */
  async asNew(old: Sheet): Promise<Sheet> {
    // The new page was sent to nobody.
    const words = { ...($state.snapshot(old.answers) as Answers), sent: '' };
    const note = old.elsewhere ? ($state.snapshot((await this.mine(old.ws)).answers) as Answers) : {};
    const copy = await this.begin(old.kind, words, old.tpl);
    const beside = await this.mine(copy.ws, true);
    if (textOf(note, 'mine') !== '') {
      beside.answers = note;
      beside.changed();
      await beside.flush();
    }
    // What stands against contact follows the words to the new page.
    if (isOwn(old.kind, copy.answers)) await this.safety.tell(copy.ws, copy.answers, [old.ws], true).catch(() => undefined);
    if (!copy.safe || (beside.unsent && !beside.safe)) return copy;
    this.#forget(old.ws);
    for (const key of keysOf(old.ws)) await this.signin.vault.dropDraft(key).catch(() => undefined);
    this.rows = this.rows.filter((r) => r.ws !== old.ws);
    return copy;
  }

  /** Deletes a page: on this device now, on the server as soon as it can be reached. `noted` is
   * called in between: nobody has to wait for the server on a page that is gone. */
  async remove(sheet: Sheet, noted: () => void = () => undefined): Promise<void> {
    const { ws, title, version, kind } = sheet;
    const page = { ws, kind, answers: $state.snapshot(sheet.answers) as Answers };
    this.#words.set(ws, page);
    await this.#safety?.leave(page);
    await this.deletions.note(ws);
    if (version > 0) this.#titles.set(ws, title);
    this.deleted = true;
    this.rows = this.rows.filter((r) => r.ws !== ws);
    // A running upload must reach the server before the deletion.
    const ended = Promise.all(keysOf(ws).map((key) => this.#sheets.get(key)?.end()));
    noted();
    await ended;
    this.#forget(ws);
    await this.deletions.send();
  }

  #forget(ws: string): void {
    for (const key of keysOf(ws)) {
      this.#sheets.get(key)?.dispose();
      this.#sheets.delete(key);
    }
  }

  /** A pending deletion: the page's title, if it is known, and whether the server has the page. */
  leaving(ws: string): { title: string; stored: boolean } {
    const title = this.#titles.get(ws) ?? this.signin.sheets[ws]?.title;
    return { title: title ?? '', stored: title !== undefined };
  }

  /** Undoes a pending deletion: the page becomes the server's version. */
  async bringBack(ws: string): Promise<void> {
    const back = await this.deletions.bringBack(ws);
    this.#forget(ws);
    await this.load();
    // The server may have deleted it as well, with the reply lost.
    this.late = !back || (!this.fault && !this.rows.some((r) => r.ws === ws));
  }

  /** Seals everything being written now; called before a lock and before leaving. */
  async flush(): Promise<void> {
    for (const sheet of this.#sheets.values()) await sheet.flush();
  }

  /** Clears everything in memory when the pages are locked. */
  clear(): void {
    this.#cleared += 1;
    for (const sheet of this.#sheets.values()) sheet.dispose();
    this.#sheets.clear();
    this.#titles.clear();
    this.#words.clear();
    this.deletions.stop();
    this.rows = [];
    this.feedback = {};
    this.fault = '';
    this.#safety?.clear();
    this.loaded = false;
  }
}

/** Whether this page itself identifies the person in the vault: an entry, or a plan without one. */
const isOwn = (kind: Kind, a: Answers): boolean => kind === 'entry' || (kind === 'plan' && textOf(a, 'about') === '');

/** Whether the words of a page in the list could be read. */
const isRead = (r: Row): boolean => Object.keys(r.answers).length > 0;

/** The documents of one page: the page itself, and the note to oneself beside it. */
const keysOf = (ws: string) => [ws, 'mine:' + ws];
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
const bytesOf = (id: string) => call(op.openSealed, { params: { id } });

/** The key under which the device stores which feedback was looked at: only a number per page and
 * person. */
const seenKey = (ws: string, author: string) => `seen:${ws}:${author}`;
export const seenFeedback = (ws: string, author: string): number => Number(localStorage.getItem(seenKey(ws, author)) ?? 0);
export const markFeedbackSeen = (ws: string, f: Feedback): void => localStorage.setItem(seenKey(ws, f.author), String(f.ver));

/** The sheets of the person who is signed in, one for the life of the app. */
export function useSheets(): Sheets {
  const holder = useHolder();
  holder.sheets ??= new Sheets(useSignin());
  return holder.sheets as Sheets;
}
