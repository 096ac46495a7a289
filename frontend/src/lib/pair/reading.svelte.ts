// One shared page as a mentor reads it, and the feedback being written on it. What must hold:
// nothing shared is kept on the mentor's device; when sharing ends, the page goes from an open
// screen within seconds, and the mentor's own words stay.

import { api, apiBytes, ApiFault } from '../net/api';
import { fromBody, today, type Answers } from '../sheet/answers';
import type { Kind } from '../sheet/forms';
import { Keeping } from '../sheet/keeping.svelte';
import { bondsOf, checkOf, feedbackBody, gateOf, readFeedback, type Feedback } from '../sheet/plan';
import type { Signin } from '../signin/signin.svelte';
import { bringVault, byVault, changeVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed, SealedList } from '../wire/wire';

/** Drafts of feedback stand beside the pages' own under this key. */
const DRAFT = 'feedback:';
const LOOK_EVERY = 3_000;

export interface Words {
  mark: Feedback['mark'];
  ticked: string[];
  why: string[];
  overall: string;
  steps: Record<string, string>;
}

const nothing = (): Words => ({ mark: '', ticked: [], why: [], overall: '', steps: {} });

export class Reading {
  kind = $state<Kind>('entry');
  title = $state('');
  answers = $state.raw<Answers | null>(null);
  /** The version that was seen before, to mark what is new; null when it is the first. */
  before = $state.raw<Answers | null>(null);
  version = $state(0);
  day = $state('');
  /** Sharing has ended, or the page cannot be proven to be from its owner. */
  ended = $state(false);
  refused = $state(false);
  /** What the server gave of the page goes back behind what was read before. */
  old = $state(false);
  offline = $state(false);
  /** The server does not have the mentor's own newest feedback, or hides it. */
  doubt = $state(false);
  /** The mentor's own newest feedback, and the words being written. */
  last = $state.raw<Feedback | null>(null);
  words = $state<Words>(nothing());
  saved = $state<'' | 'kept' | 'sending' | 'sent'>('');
  /** A newer version came while this one was read. */
  newer = $state(false);
  readonly keeping = new Keeping();

  #hash = '';
  #timer = 0;

  constructor(
    readonly owner: string,
    readonly ws: string,
    private readonly signin: Signin,
  ) {}

  async load(): Promise<void> {
    try {
      const rows = await byVault(this.signin, async () => {
        const rows = await this.#rows();
        await this.#readPage(rows.filter((r) => r.typ === 'worksheet'));
        return rows;
      });
      await this.#readFeedback(rows);
      this.#dropOldTicks();
    } catch (e) {
      this.old = e instanceof SealError && (e.code === 'E_ROLLBACK' || e.code === 'E_CHAIN' || e.code === 'E_CONTEXT');
      if (e instanceof ApiFault && e.status === 404) this.#close();
      else if (e instanceof ApiFault && e.offline) this.offline = true;
      else this.refused = true;
    }
    await this.#readDraft();
  }

  async #rows(): Promise<Sealed[]> {
    return (await api<SealedList>('GET', `/shared/${this.owner}/${this.ws}`)).sealed;
  }

  async #readPage(versions: Sealed[]): Promise<void> {
    const newest = versions.at(-1);
    if (!newest) {
      this.#close();
      return;
    }
    const page = await this.#open(newest);
    const seen = this.signin.sheets[this.ws]?.ver ?? 0;
    const earlier = versions.find((v) => v.ver === seen && v.ver !== newest.ver);
    this.before = earlier ? ((await this.#open(earlier, true).catch(() => null))?.answers ?? null) : null;
    [this.kind, this.title, this.answers, this.version, this.#hash, this.day] = [page.kind, page.title, page.answers, newest.ver, page.hc, newest.day];
    this.newer = false;
    await changeVault(this.signin, () => this.signin.vault.noteRead(this.ws, this.owner, newest.ver, page.hc)).catch(() => undefined);
    this.signin.sheets = { ...this.signin.sheets, [this.ws]: { title: '', ver: newest.ver, hash: page.hc } };
  }

  /** A tick goes with the reason that it was bound to. */
  #dropOldTicks(): void {
    const [a, last] = [this.answers, this.last];
    if (!a || !last) return;
    const now = bondsOf(a, last.ticked);
    this.words.ticked = this.words.ticked.filter((key) => last.bonds[key] && last.bonds[key] === now[key]);
  }

  async #open(row: Sealed, earlier = false) {
    const o = await this.signin.vault.openShared(this.ws, row.ver, this.owner, await apiBytes('/sealed/' + row.id), earlier);
    const body = fromBody(o.body);
    return { ...body, title: String(body.answers['nick'] ?? ''), hc: o.hc };
  }

  /** The mentor's own newest feedback. One that goes back, or is gone, is said to be in doubt; a
   * new answer stands on the one that the vault knows. */
  async #readFeedback(rows: Sealed[]): Promise<void> {
    const me = this.signin.me;
    if (!me) return;
    try {
      this.last = await byVault(this.signin, async (again) => this.#newestFeedback(again ? await this.#rows() : rows, me.acct, me.room_name));
      this.doubt = this.last === null && ((await this.signin.vault.markedFeedback())[this.ws]?.includes(me.acct) ?? false);
    } catch (e) {
      if (!(e instanceof SealError)) throw e;
      [this.last, this.doubt] = [null, true];
    }
    if (this.last) this.words = { ...nothing(), ticked: this.last.ticked };
    await bringVault(this.signin).catch(() => undefined);
  }

  async #newestFeedback(rows: Sealed[], acct: string, name: string): Promise<Feedback | null> {
    const newest = rows.filter((r) => r.typ === 'feedback').at(-1);
    if (!newest) return null;
    const o = await this.signin.vault.openFeedback(this.ws, newest.ver, acct, await apiBytes('/sealed/' + newest.id));
    return readFeedback(o.body, acct, name, newest.ver);
  }

  async #readDraft(): Promise<void> {
    const draft = (await this.signin.vault.drafts()).find((d) => d.ws === DRAFT + this.ws);
    if (!draft?.body) return;
    this.words = { ...nothing(), ...(JSON.parse(draft.body) as Partial<Words>) };
    this.saved = 'kept';
  }

  /** Something was written: it is sealed on this device at once. */
  changed(): void {
    clearTimeout(this.#timer);
    this.saved = '';
    this.#timer = window.setTimeout(() => void this.keep(), 300);
  }

  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    const kept = await this.keeping.wait(
      () => this.signin.vault.keepDraft(DRAFT + this.ws, 0, null, JSON.stringify($state.snapshot(this.words))),
      () => this.signin.open && void this.keep(),
    );
    if (kept && this.saved === '') this.saved = 'kept';
  }

  /** Seals the feedback to the page's owner. What cannot be sent stays here, word for word. */
  async send(): Promise<boolean> {
    const a = this.answers;
    await this.keep();
    if (!a) return false;
    this.saved = 'sending';
    const w = $state.snapshot(this.words) as Words;
    const [gate, check] = await Promise.all([gateOf(a), checkOf(a)]);
    const body = feedbackBody({ ...w, on: { ver: this.version, hash: this.#hash }, at: today(), gate, check, bonds: bondsOf(a, w.ticked) });
    try {
      await this.#put(body);
    } catch (e) {
      if (e instanceof ApiFault && (e.status === 404 || e.status === 403)) this.#close();
      this.saved = this.keeping.failing ? '' : 'kept';
      return false;
    }
    this.keeping.stop();
    await this.signin.vault.dropDraft(DRAFT + this.ws).catch(() => undefined);
    await this.load();
    this.saved = 'sent';
    return true;
  }

  async #put(body: string): Promise<void> {
    const me = this.signin.me?.acct ?? '';
    const sealed = await this.signin.vault.sealFeedback(this.ws, this.owner, body);
    const save = { typ: 'feedback', owner: this.owner, readers: [me, this.owner], replace: false, file: sealed.file };
    await api('PUT', `/worksheets/${this.ws}/versions/${sealed.ver}`, { body: save });
    await this.signin.vault.feedbackSent(this.ws, sealed.ver, sealed.hc);
  }

  /** Watches an open page: it goes as soon as sharing ends, and says when it changed. */
  watch(): () => void {
    const look = async () => {
      if (document.visibilityState === 'hidden' || this.ended) return;
      try {
        const rows = (await api<SealedList>('GET', `/shared/${this.owner}/${this.ws}`)).sealed;
        const newest = rows.filter((r) => r.typ === 'worksheet').at(-1);
        this.offline = false;
        if (!newest) this.#close();
        else this.newer = this.answers !== null && newest.ver > this.version;
      } catch (e) {
        if (e instanceof ApiFault && (e.status === 404 || e.status === 403)) this.#close();
        else this.offline = e instanceof ApiFault && e.offline;
      }
    };
    const timer = setInterval(() => void look(), LOOK_EVERY);
    const seen = () => void look();
    document.addEventListener('visibilitychange', seen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', seen);
    };
  }

  #close(): void {
    this.ended = true;
    this.answers = null;
    this.before = null;
    this.title = '';
  }
}
