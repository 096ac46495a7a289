// One shared page as a mentor reads it, and the feedback being written on it. What must hold:
// what is on screen is what the server's newest answer still grants, and nothing else. A refusal,
// or an answer without the page, empties it for good; what an earlier question brings after it is
// thrown away. Nothing shared is kept on the mentor's device; the mentor's own words stay.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { fromBody, textOf, today, type Answers } from '../sheet/answers';
import { knows, newestOf, type Kind, type Tpl } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import { bondsOf, checkOf, feedbackBody, gateOf, readFeedback, toldOf, verdictOf, type Feedback } from '../sheet/plan';
import { canBeReady } from '../sheet/safety/safety';
import type { Signin } from '../signin/signin.svelte';
import { bringVault, byVault, changeVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed } from '../wire/wire';
import { ANSWER_WITHIN, type Seen } from './sight';
import { isRefusal, Watch } from './watch.svelte';

/** Drafts of feedback stand beside the pages' own under this key. */
const DRAFT = 'feedback:';

export interface Words {
  mark: Feedback['mark'];
  /** The content of the version that the mark was picked on. */
  markedOn: string;
  ticked: string[];
  /** The reason that each tick was given for: the one that was on screen. */
  bonds: Record<string, string>;
  why: string[];
  overall: string;
  steps: Record<string, string>;
}

const nothing = (): Words => ({ mark: '', markedOn: '', ticked: [], bonds: {}, why: [], overall: '', steps: {} });

export class Reading {
  kind = $state<Kind>('entry');
  /** The form that the page was written with. */
  tpl = $state<Tpl>(newestOf('entry'));
  title = $state('');
  answers = $state.raw<Answers | null>(null);
  /** The version that was seen before, to mark what is new; null when it is the first. */
  before = $state.raw<Answers | null>(null);
  version = $state(0);
  day = $state('');
  /** The page cannot be proven to be from its owner. */
  refused = $state(false);
  /** What the server gave of the page goes back behind what was read before. */
  old = $state(false);
  /** The server does not have the mentor's own newest feedback, or hides it. */
  doubt = $state(false);
  /** The mentor's own newest feedback, and the words being written. */
  last = $state.raw<Feedback | null>(null);
  words = $state<Words>(nothing());
  saved = $state<'' | 'kept' | 'sending' | 'sent'>('');
  /** A newer version came while this one was read. */
  newer = $state(false);
  /** A newer version took a tick or a Ready back that is not sent yet. */
  moved = $state(false);
  readonly keeping = new Keeping();

  #hash = '';
  #changes = 0;
  /** Something was typed that is in no feedback. */
  #touched = false;
  #draftRead = false;
  /** Counts the fillings: one that another overtook, or that the page was emptied under, is void. */
  #filling = 0;
  #busy = false;
  /** The version before the one that is shown. */
  #seen: number;
  #beforeVer = 0;
  readonly #watch: Watch;

  constructor(
    readonly owner: string,
    readonly ws: string,
    private readonly signin: Signin,
  ) {
    this.#seen = signin.sheets[ws]?.ver ?? 0;
    this.#watch = new Watch(
      () => this.#ask(),
      (seen, why) => this.#turned(seen, why),
    );
  }

  /** What may be seen of the page now. */
  get sight(): Seen {
    return this.#watch.seen;
  }

  get offline(): boolean {
    return this.#watch.offline;
  }

  /** Opens the page and watches it. What this returns ends it, and keeps no word of it. */
  open(): () => void {
    const stop = this.#watch.start();
    return () => {
      stop();
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

  /** Reads the newest version, and says so when there is a new one. */
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
      // Without an answer the next question tries again.
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

  /** A tick goes with the reason that it was given for, and Ready with the version that was read:
   * neither moves on to something that was never seen. */
  #dropOld(): void {
    const { words } = this;
    const stay = this.#bound(words);
    const old = words.mark === 'ready' && words.markedOn !== this.#hash;
    this.moved ||= this.#touched && (old || stay.length < words.ticked.length);
    words.ticked = stay;
    if (old) words.mark = '';
  }

  /** The ticks whose reasons are those of the page as it is shown. */
  #bound(w: Words): string[] {
    const now = this.answers ? bondsOf(this.answers, w.ticked) : {};
    return w.ticked.filter((key) => now[key] && w.bonds[key] === now[key]);
  }

  /** Ready is only for a plan whose way is open with these ticks, and whose form this app has. */
  mayReady(ticked: readonly string[]): boolean {
    const a = this.answers;
    return a !== null && this.kind === 'plan' && knows(this.tpl) && canBeReady(verdictOf(a, today(), ticked), textOf(a, 'route'));
  }

  /** Ticks for the reasons that are on screen now. A change of them takes Ready back. */
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

  /** The mentor's own newest feedback. One that goes back, or is gone, is said to be in doubt; a
   * new answer stands on the one that the vault knows. */
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

  /** The words that wait on this device, once. */
  async #readDraft(): Promise<void> {
    if (this.#draftRead) return;
    this.#draftRead = true;
    const draft = (await this.signin.vault.drafts()).find((d) => d.ws === DRAFT + this.ws);
    if (!draft?.body || this.#touched) return;
    this.words = { ...nothing(), ...(JSON.parse(draft.body) as Partial<Words>) };
    this.saved = 'kept';
    this.#touched = true;
  }

  /** Something was written: it is sealed on this device at once. */
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
        () => this.signin.vault.keepDraft(DRAFT + this.ws, 0, null, words),
        () => this.signin.open && void this.keep(),
      );
      if (kept && this.saved === '' && change === this.#changes) this.saved = 'kept';
    });
  }

  /** Seals the feedback to the page's owner. What cannot be sent stays here, word for word. */
  async send(): Promise<boolean> {
    const a = this.answers;
    this.#touched = true;
    await this.keep();
    if (!a) return false;
    // Time passes too: what was open when it was picked may be closed by now.
    if (this.words.mark === 'ready' && (this.words.markedOn !== this.#hash || !this.mayReady(this.#bound(this.words)))) {
      this.words.mark = '';
      return false;
    }
    this.saved = 'sending';
    const w = $state.snapshot(this.words) as Words;
    w.ticked = this.#bound(w);
    const change = this.#changes;
    // Taken now: the page may be emptied while the words are on their way.
    const on = { ver: this.version, hash: this.#hash };
    const [gate, check] = await Promise.all([gateOf(this.tpl, a), checkOf(a)]);
    // Nobody says Ready to what this app cannot bind it to.
    if (gate === null && w.mark === 'ready') {
      this.saved = 'kept';
      return false;
    }
    // A Ready ends the Not yets of this mentor that the plan shows, and no other.
    const past = w.mark === 'ready' ? Object.keys(toldOf(a)) : [];
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
    // Words that came in meanwhile are in no feedback, and their draft stays.
    if (change === this.#changes) {
      this.#touched = false;
      this.keeping.stop();
      await this.signin.vault.dropDraft(DRAFT + this.ws).catch(() => undefined);
    }
    await this.load();
    this.saved = 'sent';
    return true;
  }

  /** The server has an answer of this number already: this very one, whose receipt was lost, or one
   * from another device. It is read, so that the next one stands on it. */
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

  /** Takes every word of the page out of memory, and voids what is on its way. */
  #empty(): void {
    this.#filling += 1;
    this.#busy = false;
    [this.answers, this.before, this.last, this.title, this.day, this.#hash, this.newer] = [null, null, null, '', '', '', false];
  }
}

/** A page without its earlier version is still whole; a refusal is not about one version. */
function unproven(e: unknown): null {
  if (e instanceof SealError) return null;
  throw e;
}
