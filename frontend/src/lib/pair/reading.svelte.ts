// One shared page as a mentor reads it, and the feedback being written on it. Invariants: the
// screen shows only what the server's newest reply still grants. A refusal, or a reply without the
// page, clears it for good, and replies to earlier requests are discarded. Nothing shared is stored
// on the mentor's device; the mentor's own words are.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { fromBody, textOf, today, type Answers } from '../sheet/answers';
import { knows, newestOf, type Kind, type Tpl } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import { joined } from '../sheet/otherdrafts';
import { bondsOf, checkOf, feedbackBody, gateOf, readFeedback, otherNotYetsOf, verdictOf, type Feedback } from '../sheet/plan';
import { canBeReady } from '../sheet/safety/safety';
import { TabDrafts } from '../sheet/tabdrafts';
import type { Signin } from '../signin/signin.svelte';
import { bringVault, byVault, changeVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import { onLost } from '../vault/lost';
import type { DraftInfo } from '../vault/keeper';
import type { Sealed } from '../wire/wire';
import { ANSWER_WITHIN, type Seen } from './sight';
import { isRefusal, Watch } from './watch.svelte';

/** The key prefix of feedback drafts, which are stored beside those of pages. */
const DRAFT = 'feedback:';

export interface Words {
  mark: Feedback['mark'];
  /** The content hash of the version on which the mark was picked. */
  markedOn: string;
  ticked: string[];
  /** For each tick, the reason that was on screen when it was given. */
  bonds: Record<string, string>;
  why: string[];
  overall: string;
  steps: Record<string, string>;
}

const nothing = (): Words => ({ mark: '', markedOn: '', ticked: [], bonds: {}, why: [], overall: '', steps: {} });

const wordsIn = (d: DraftInfo): Words => ({ ...nothing(), ...(JSON.parse(d.body ?? '{}') as Partial<Words>) });

/** What was written in another tab is added; marks that differ are picked again. */
function joinedWords(here: Words, there: Words): Words {
  const steps = { ...there.steps };
  for (const [step, words] of Object.entries(here.steps)) steps[step] = joined(words, steps[step] ?? '');
  const mark = here.mark === there.mark && here.markedOn === there.markedOn ? here.mark : '';
  return { ...here, mark, steps, overall: joined(here.overall, there.overall) };
}

export class Reading {
  kind = $state<Kind>('entry');
  /** The form that the page was written with. */
  tpl = $state<Tpl>(newestOf('entry'));
  title = $state('');
  answers = $state.raw<Answers | null>(null);
  /** The version seen before, to highlight what is new; null when this is the first. */
  before = $state.raw<Answers | null>(null);
  version = $state(0);
  day = $state('');
  /** The page cannot be proven to be from its owner. */
  refused = $state(false);
  /** The server returned an older version than the one read before. */
  old = $state(false);
  /** The server lost or hides the mentor's own newest feedback. */
  doubt = $state(false);
  /** The mentor's own newest feedback, and the words being written. */
  last = $state.raw<Feedback | null>(null);
  words = $state<Words>(nothing());
  saved = $state<'' | 'kept' | 'sending' | 'sent'>('');
  /** A newer version arrived while this one was read. */
  newer = $state(false);
  /** A newer version removed a tick or a Ready that was not sent yet. */
  moved = $state(false);
  readonly keeping = new Keeping();

  #hash = '';
  #changes = 0;
  /** Something was typed that is not in any feedback yet. */
  #touched = false;
  #draftRead = false;
  /** Counts loads: a load is discarded when a newer one started or the page was cleared. */
  #filling = 0;
  #busy = false;
  /** The version shown before the current one. */
  #seen: number;
  #beforeVer = 0;
  readonly #watch: Watch;
  readonly #drafts: TabDrafts;

  constructor(
    readonly owner: string,
    readonly ws: string,
    private readonly signin: Signin,
  ) {
    this.#seen = signin.sheets[ws]?.ver ?? 0;
    this.#drafts = new TabDrafts(signin, DRAFT + ws);
    this.#watch = new Watch(
      () => this.#ask(),
      (seen, why) => this.#turned(seen, why),
    );
  }

  /** What may be shown of the page now. */
  get sight(): Seen {
    return this.#watch.seen;
  }

  get offline(): boolean {
    return this.#watch.offline;
  }

  /** Opens the page and watches it. Returns a function that ends this and clears every word of it. */
  open(): () => void {
    const stops = [this.#watch.start(), onLost(() => this.again())];
    return () => {
      stops.forEach((stop) => stop());
      void this.keep();
      this.#empty();
    };
  }

  async #rows(): Promise<Sealed[]> {
    return (await call(op.listSharedVersions, { params: { owner: this.owner, ws: this.ws }, within: ANSWER_WITHIN })).sealed;
  }

  async #ask(): Promise<boolean> {
    const rows = await this.#rows();
    const versions = rows.filter((r) => r.typ === 'worksheet');
    const newest = versions.at(-1);
    if (!newest) return false;
    if (this.answers && !versions.some((v) => v.ver === this.version)) this.#empty();
    if (this.before && !versions.some((v) => v.ver === this.#beforeVer)) this.before = null;
    this.newer = this.answers !== null && newest.ver > this.version;
    if (!this.answers && !this.refused && !this.#busy) void this.#fill(rows);
    return true;
  }

  /** Loads the newest version, and sets `newer` when there is a new one. */
  async load(): Promise<void> {
    try {
      await this.#fill(await this.#rows());
    } catch (e) {
      if (isRefusal(e)) this.#watch.refuse(e);
    }
  }

  async #fill(rows: Sealed[]): Promise<void> {
    const mine = ++this.#filling;
    const overtaken = () => mine !== this.#filling || this.sight === 'ended';
    this.#busy = true;
    try {
      await this.#readFeedback(rows, overtaken);
      await byVault(this.signin, async (again) => this.#readPage(again ? await this.#rows() : rows, overtaken));
    } catch (e) {
      if (isRefusal(e)) this.#watch.refuse(e);
      else if ((e instanceof SealError || e instanceof SyntaxError) && !overtaken()) {
        this.#empty();
        this.old = e instanceof SealError && (e.code === 'E_ROLLBACK' || e.code === 'E_CHAIN' || e.code === 'E_CONTEXT');
        this.refused = true;
      }
      // No reply: the next request tries again.
    } finally {
      if (mine === this.#filling) this.#busy = false;
    }
  }

  async #readPage(rows: Sealed[], overtaken: () => boolean): Promise<void> {
    const versions = rows.filter((r) => r.typ === 'worksheet');
    const newest = versions.at(-1);
    if (!newest || overtaken()) return;
    const page = await this.#open(newest);
    if (this.version > 0 && newest.ver > this.version) this.#seen = this.version;
    const earlier = versions.find((v) => v.ver === this.#seen && v.ver !== newest.ver);
    const before = earlier ? await this.#open(earlier, true).catch(unproven) : null;
    if (overtaken()) return;
    [this.before, this.#beforeVer] = [before?.answers ?? null, earlier?.ver ?? 0];
    [this.kind, this.tpl, this.title, this.answers, this.version, this.#hash, this.day] = [page.kind, page.tpl, page.title, page.answers, newest.ver, page.hc, newest.day];
    this.newer = false;
    this.#dropOld();
    await changeVault(this.signin, () => this.signin.vault.noteRead(this.ws, this.owner, newest.ver, page.hc)).catch(() => undefined);
    this.signin.sheets = { ...this.signin.sheets, [this.ws]: { title: '', ver: newest.ver, hash: page.hc } };
  }

  /** Removes ticks whose reason has changed, and a Ready picked on another version: neither may
   * carry over to something that the mentor never saw. */
  #dropOld(): void {
    const { words } = this;
    const stay = this.#bound(words);
    const old = words.mark === 'ready' && words.markedOn !== this.#hash;
    this.moved ||= this.#touched && (old || stay.length < words.ticked.length);
    words.ticked = stay;
    if (old) words.mark = '';
  }

  /** The ticks whose reasons match those of the page on screen. */
  #bound(w: Words): string[] {
    const now = this.answers ? bondsOf(this.answers, w.ticked) : {};
    return w.ticked.filter((key) => now[key] && w.bonds[key] === now[key]);
  }

  /** Ready is allowed only on a plan whose route is open with these ticks, and whose form this app
   * has. */
  mayReady(ticked: readonly string[]): boolean {
    const a = this.answers;
    return a !== null && this.kind === 'plan' && knows(this.tpl) && canBeReady(verdictOf(a, today(), ticked), textOf(a, 'route'));
  }

  /** Ticks are bound to the reasons on screen now. Changing them clears Ready. */
  tick(ticked: string[]): void {
    const { words } = this;
    const [now, before] = [bondsOf(this.answers ?? {}, ticked), words.bonds];
    words.bonds = Object.fromEntries(ticked.map((key) => [key, (words.ticked.includes(key) && before[key]) || (now[key] ?? '')]));
    words.ticked = ticked;
    if (words.mark === 'ready') words.mark = '';
    this.changed();
  }

  pick(mark: Words['mark']): void {
    Object.assign(this.words, { mark, markedOn: this.#hash });
    this.changed();
  }

  async #open(row: Sealed, earlier = false) {
    const o = await this.signin.vault.openShared(this.ws, row.ver, this.owner, await call(op.openSealed, { params: { id: row.id } }), earlier);
    const body = fromBody(o.body);
    return { ...body, title: String(body.answers['nick'] ?? ''), hc: o.hc };
  }

  /** Loads the mentor's own newest feedback. When it is older than the vault's or missing, `doubt`
   * is set; a new answer follows the one in the vault. */
  async #readFeedback(rows: Sealed[], overtaken: () => boolean): Promise<void> {
    const me = this.signin.me;
    if (!me) return;
    let last: Feedback | null = null;
    let doubt: boolean;
    try {
      last = await byVault(this.signin, async (again) => this.#newestFeedback(again ? await this.#rows() : rows, me.acct, me.room_name));
      doubt = last === null && ((await this.signin.vault.markedFeedback())[this.ws]?.includes(me.acct) ?? false);
    } catch (e) {
      if (!(e instanceof SealError)) throw e;
      doubt = true;
    }
    if (overtaken()) return;
    [this.last, this.doubt] = [last, doubt];
    if (last && !this.#touched) this.words = { ...nothing(), ticked: last.ticked, bonds: last.bonds };
    void bringVault(this.signin).catch(() => undefined);
    await this.#readDraft();
  }

  async #newestFeedback(rows: Sealed[], acct: string, name: string): Promise<Feedback | null> {
    const newest = rows.filter((r) => r.typ === 'feedback').at(-1);
    if (!newest) return null;
    const o = await this.signin.vault.openFeedback(this.ws, newest.ver, acct, await call(op.openSealed, { params: { id: newest.id } }));
    return readFeedback(o.body, acct, name, newest.ver);
  }

  /** Reads the draft on this device, once. */
  async #readDraft(): Promise<void> {
    if (this.#draftRead) return;
    this.#draftRead = true;
    const draft = await this.#drafts.find(false);
    if (!draft || this.#touched) return;
    this.words = wordsIn(draft);
    this.saved = 'kept';
    this.#touched = true;
    for (const d of await this.#drafts.unread()) {
      this.words = joinedWords(this.words, wordsIn(d));
      this.#drafts.took(d);
      this.changed();
    }
  }

  /** Called when something was typed: it is sealed on this device at once. */
  changed(): void {
    this.saved = '';
    this.#changes += 1;
    this.moved = false;
    this.#touched = true;
    void this.keep();
  }

  keep(): Promise<void> {
    if (!this.#touched) return this.keeping.done;
    const [words, change] = [JSON.stringify($state.snapshot(this.words)), this.#changes];
    return this.keeping.newest(async () => {
      const kept = await this.keeping.wait(
        () => this.#drafts.keep(0, null, words),
        () => this.signin.open && void this.keep(),
      );
      if (kept && this.saved === '' && change === this.#changes) this.saved = 'kept';
    });
  }

  /** This device may have lost the words that it stored: they are stored again. */
  again(): void {
    if (this.saved === 'kept') this.saved = '';
    void this.keep();
  }

  /** Seals the feedback for the page's owner and sends it. What cannot be sent stays here
   * unchanged. */
  async send(): Promise<boolean> {
    const a = this.answers;
    this.#touched = true;
    await this.keep();
    if (!a) return false;
    // Time passes as well: a route that was open when Ready was picked may be closed by now.
    if (this.words.mark === 'ready' && (this.words.markedOn !== this.#hash || !this.mayReady(this.#bound(this.words)))) {
      this.words.mark = '';
      return false;
    }
    this.saved = 'sending';
    const w = $state.snapshot(this.words) as Words;
    w.ticked = this.#bound(w);
    const change = this.#changes;
    // Snapshot now: the page may be cleared while the feedback is being sent.
    const on = { ver: this.version, hash: this.#hash };
    const [gate, check] = await Promise.all([gateOf(this.tpl, a), checkOf(a)]);
    // Without a gate this app cannot bind a Ready to the plan.
    if (gate === null && w.mark === 'ready') {
      this.saved = 'kept';
      return false;
    }
    // A Ready ends this mentor's Not yets that the plan shows, and no others.
    const past = w.mark === 'ready' ? Object.keys(otherNotYetsOf(a)) : [];
    const said = { ...w, on, at: today(), gate: gate ?? '', check, bonds: bondsOf(a, w.ticked) };
    const body = feedbackBody(past.length > 0 ? { ...said, past } : said);
    try {
      await this.#put(body);
    } catch (e) {
      if (isRefusal(e)) this.#watch.refuse(e);
      if (!(await this.#arrived(e, body))) {
        this.saved = this.keeping.failing ? '' : 'kept';
        return false;
      }
    }
    // Words typed during the send are in no feedback yet, so their draft is kept.
    if (change === this.#changes) {
      this.#touched = false;
      this.keeping.stop();
      await this.#drafts.drop().catch(() => undefined);
    }
    await this.load();
    this.saved = 'sent';
    return true;
  }

  /** Conflict: the server already has an answer with this number, either this very one, whose reply
   * was lost, or one from another device. It is loaded, so that the next one follows it. */
  async #arrived(e: unknown, body: string): Promise<boolean> {
    if (!(e instanceof ApiFault) || e.code !== 'worksheet.moved_on') return false;
    await this.load();
    return this.last !== null && feedbackBody(this.last) === body;
  }

  async #put(body: string): Promise<void> {
    const me = this.signin.me?.acct ?? '';
    const sealed = await this.signin.vault.sealFeedback(this.ws, this.owner, body);
    const save = { typ: 'feedback', owner: this.owner, readers: [me, this.owner], replace: false, file: sealed.file };
    await call(op.saveWorksheet, { params: { ws: this.ws, ver: String(sealed.ver) }, body: save });
    await this.signin.vault.feedbackSent(this.ws, sealed.ver, sealed.hc);
  }

  #turned(seen: Seen, why: unknown): void {
    if (seen !== 'ended' && seen !== 'silent') return;
    this.#empty();
    void this.#readDraft()
      .catch(() => undefined)
      .then(() => this.keep())
      .then(() => {
        if (why instanceof ApiFault && why.status === 401) this.signin.lost();
      });
  }

  /** Clears every word of the page from memory, and discards running loads. */
  #empty(): void {
    this.#filling += 1;
    this.#busy = false;
    [this.answers, this.before, this.last, this.title, this.day, this.#hash, this.newer] = [null, null, null, '', '', '', false];
  }
}

/** A missing earlier version does not make the page incomplete; a refusal does not concern one
 * version only, so it is thrown again. */
function unproven(e: unknown): null {
  if (e instanceof SealError) return null;
  throw e;
}
