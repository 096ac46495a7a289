// The person's own pages: the list, and the page being written. Every change is sealed and stored
// on this device at once; the server gets a sealed version at most once a minute, on leaving, and
// on "Done". Rows are made in rows.ts, the sheets of open pages are kept in opensheets.ts, mentors'
// answers are opened and recorded in answered.ts, and copies of a page are made in copies.ts.

import { uuid7 } from '../room/ids';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { bringVault } from '../signin/vaultsync';
import { onLost } from '../vault/lost';
import { Answered } from './answered';
import { textOf, type Answers } from './answers';
import { Deletions } from './deletions.svelte';
import type { FeedbackByPage } from './feedback';
import { newestOf, type Kind } from './forms';
import { keysOf, OpenSheets } from './opensheets';
import type { PlanSafety } from './plansafety';
import { draftRow, storedRow, type Row } from './rows';
import { Sheet } from './sheet.svelte';
import { newestDrafts, TabDrafts } from './tabdrafts';

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
  readonly answered = new Answered(this);
  readonly signin: Signin;
  /** Counts locks: a reply requested before a lock is discarded after it. */
  locks = 0;
  readonly #open = new OpenSheets(this);
  /** Titles of pages deleted in this tab that the server has a version of. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #titles = new Map<string, string>();
  #safety: PlanSafety | null = null;
  /** Counts loads of the list, and the number of the one that is shown. */
  #turn = 0;
  #shown = 0;

  constructor(signin: Signin) {
    this.signin = signin;
    this.deletions = new Deletions(signin, (ws) => this.answered.recordBeforeDeletion(ws));
    onLost(() => this.#open.again());
  }

  /** What stands against contact with people on the list; available once any page was opened. */
  get safety(): PlanSafety {
    if (!this.#safety) throw new Error('no page was opened');
    return this.#safety;
  }

  /** Loads what plans need; done after a room can be used. */
  async ready(): Promise<PlanSafety> {
    const { PlanSafety } = await import('./plansafety');
    return (this.#safety ??= new PlanSafety(this));
  }

  /** The current answers of a page that is open now. */
  opened(ws: string): Answers | null {
    return this.#open.answers(ws);
  }

  /** Loads the list: the server's newest versions, opened here, and this device's drafts. A load
   * that began before the one that is shown is discarded, since it knows less. */
  async load(): Promise<void> {
    this.fault = '';
    const locks = this.locks;
    const turn = (this.#turn += 1);
    const stale = () => locks !== this.locks || turn < this.#shown;
    const leaving = await this.deletions.read();
    const safety = await this.ready();
    await safety.read();
    const drafts = newestDrafts((await this.signin.vault.drafts().catch(() => [])).filter((d) => !d.ws.includes(':')));
    const { stored, feedback } = await this.answered.stored(drafts.map((d) => d.ws));
    if (stale()) return;
    this.feedback = feedback;
    const rows: Row[] = [];
    for (const s of stored.filter((s) => s.typ === 'worksheet' && !leaving.includes(s.ws))) {
      const draft = drafts.find((d) => d.ws === s.ws);
      rows.push(await storedRow(this, s, draft?.body ?? null));
    }
    for (const d of drafts) {
      if (rows.some((r) => r.ws === d.ws) || d.body === null) continue;
      rows.push(draftRow(this, d.ws, d.body));
    }
    // Keep the rows that could not be fetched.
    if (this.fault) rows.push(...this.rows.filter((r) => !leaving.includes(r.ws) && !rows.some((x) => x.ws === r.ws)));
    const unlisted = this.fault ? [] : await this.answered.unlisted(rows, leaving).catch(() => []);
    await safety.raise([...rows, ...unlisted]);
    if (stale()) return;
    this.#shown = turn;
    this.rows = rows;
    const placed = await Promise.all(
      rows.map(async (r) => (r.kind === 'plan' ? { ...r, time: textOf(safety.settled(r.ws, r.answers), 'route'), state: (await safety.stands(r.ws, r.answers, r.tpl)).where } : r)),
    );
    if (stale()) return;
    // What was sent is shown as sent only when its readers have it; the rest is looked up below.
    const claims = placed.filter((r) => r.state === 'sent');
    this.rows = placed.map((r) => (r.state === 'sent' ? { ...r, state: null } : r));
    this.loaded = true;
    if (claims.length > 0) void import('./sendplan.svelte').then((m) => m.placeSent(this, claims, stale));
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

  /** Uploads words written offline as soon as there is a connection, and sends changed safety
   * checks to mentors who have an older one. */
  async #sendWaiting(waiting: string[], sent: Row[]): Promise<void> {
    let copied = false;
    for (const ws of waiting) {
      const sheet = await this.open(ws);
      copied = (await this.#copyUnread(sheet).catch(() => false)) || copied;
      await sheet.save().catch(() => undefined);
    }
    if (copied) void this.load();
    for (const row of sent) {
      const readers = await this.signin.vault.readersOf(row.ws);
      if (readers.some((acct) => row.unsent || !row.readers.includes(acct))) await this.safety.inform(await this.open(row.ws));
    }
  }

  async #copyUnread(sheet: Sheet): Promise<boolean> {
    return (await sheet.drafts.unread()).length > 0 && (await import('./unread')).copyUnread(this, sheet);
  }

  /** The sheet of a page, once it is loaded; one object per id for the life of the app. */
  open(ws: string, fresh = false): Promise<Sheet> {
    return this.#open.open(ws, fresh);
  }

  /** The note to oneself beside an entry. */
  mine(ws: string, fresh = false): Promise<Sheet> {
    return this.#open.mine(ws, fresh);
  }

  /** Whether a page is about this account, as far as this device knows. */
  isAbout(ws: string, acct: string): boolean {
    const a = this.opened(ws) ?? this.rows.find((r) => r.ws === ws)?.answers ?? {};
    return this.#safety?.bars(ws, a, acct) ?? false;
  }

  /** The same, after fetching the newest vault. */
  async askIsAbout(ws: string, acct: string): Promise<boolean> {
    await (await this.ready()).read();
    return this.isAbout(ws, acct);
  }

  /** Reseals a page without former readers; a page that is not open here is not opened for it. */
  narrow(ws: string): Promise<void> {
    return (this.#open.get(ws) ?? new Sheet(ws, this.signin)).sharing.narrow();
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

  /** Clears a page that continues as another one: its sheets, its drafts and its row. */
  async dropDrafts(ws: string): Promise<void> {
    const drafts = keysOf(ws).map((key) => this.#open.get(key)?.drafts ?? new TabDrafts(this.signin, key));
    this.#open.forget(ws);
    for (const of of drafts) await of.drop().catch(() => undefined);
    this.rows = this.rows.filter((r) => r.ws !== ws);
  }

  /** Deletes a page: on this device now, on the server as soon as it can be reached. `noted` is
   * called in between: nobody has to wait for the server on a page that is gone. */
  async remove(sheet: Sheet, noted: () => void = () => undefined): Promise<void> {
    const { ws, title, version, kind } = sheet;
    const page = { ws, kind, answers: sheet.snapshot() };
    this.answered.deleted.set(ws, page);
    await this.#safety?.leave(page);
    await this.deletions.note(ws);
    if (version > 0) this.#titles.set(ws, title);
    this.deleted = true;
    this.rows = this.rows.filter((r) => r.ws !== ws);
    // A running upload must reach the server before the deletion.
    const ended = this.#open.end(ws);
    noted();
    await ended;
    this.#open.forget(ws);
    await this.deletions.send();
  }

  /** Whether a page is being deleted. */
  isLeaving(ws: string): boolean {
    return this.deletions.waiting.includes(ws);
  }

  /** A pending deletion: the page's title, if it is known, and whether the server has the page. */
  leaving(ws: string): { title: string; stored: boolean } {
    const title = this.#titles.get(ws) ?? this.signin.sheets[ws]?.title;
    return { title: title ?? '', stored: title !== undefined };
  }

  /** Undoes a pending deletion: the page becomes the server's version. */
  async bringBack(ws: string): Promise<void> {
    const back = await this.deletions.bringBack(ws);
    this.#open.forget(ws);
    await this.load();
    // The server may have deleted it as well, with the reply lost.
    this.late = !back || (!this.fault && !this.rows.some((r) => r.ws === ws));
  }

  /** Seals everything being written now; called before a lock and before leaving. */
  flush(): Promise<void> {
    return this.#open.flush();
  }

  /** Clears everything in memory when the pages are locked. */
  clear(): void {
    this.locks += 1;
    this.#open.clear();
    this.#titles.clear();
    this.answered.deleted.clear();
    this.deletions.stop();
    this.rows = [];
    this.feedback = {};
    this.fault = '';
    this.#safety?.clear();
    this.loaded = false;
  }
}

/** The sheets of the person who is signed in, one for the life of the app. */
export function useSheets(): Sheets {
  const holder = useHolder();
  holder.sheets ??= new Sheets(useSignin());
  return holder.sheets as Sheets;
}
