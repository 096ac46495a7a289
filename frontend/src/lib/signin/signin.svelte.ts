// Who is signed in, and whether their pages are open. The keys themselves live in the crypto
// worker; this class only asks it.

import { getContext, setContext } from 'svelte';
import { api, ApiFault } from '../net/api';
import { text } from '../text/text.svelte';
import { trustedScript } from '../trusted';
import { rememberLines } from '../ui/crisis';
import { rememberNeutral } from '../ui/exit';
import { openVault, type Vault } from '../vault/client';
import { SealError } from '../vault/error';
import type { Wraps } from '../vault/keeper';
import workerUrl from '../vault/worker.ts?worker&url';
import type { Facility, Half, Me, Prelogin, VaultFile } from '../wire/wire';

export type State = 'asking' | 'out' | 'in' | 'offline';

const WARN_MS = 120_000;

export class Signin {
  state = $state<State>('asking');
  me = $state.raw<Me | null>(null);
  facility = $state.raw<Facility | null>(null);
  /** The pages are open: the worker holds the keys. */
  open = $state(false);
  /** This device does not know the pages yet: the key card is needed, once. */
  needCard = $state(false);
  warned = $state(false);
  /** While a room is open, silence is not absence. */
  inRoom = $state(false);
  sheets = $state.raw<Record<string, { title: string; ver: number; hash: string }>>({});

  #vault: Vault | null = null;
  #wraps: Wraps | null = null;
  #lastTouch = Date.now();

  /** The worker, made on first use. */
  get vault(): Vault {
    this.#vault ??= openVault(new Worker(trustedScript(workerUrl), { type: 'module' }));
    return this.#vault;
  }

  /** Nothing may be swapped under the person's hands now. */
  get busy(): boolean {
    return this.inRoom || this.open;
  }

  has(role: string): boolean {
    return this.me?.roles.includes(role) ?? false;
  }

  get staff(): boolean {
    return this.has('counselor') || this.has('admin');
  }

  /** Where this person lands. */
  get home(): '/desk' | '/today' {
    return this.has('admin') && !this.has('counselor') ? '/desk' : '/today';
  }

  /** Finds out who this is, and comes back into open pages if the server still has its half. */
  async start(): Promise<void> {
    if (!mark.get()) {
      this.state = 'out';
      return;
    }
    try {
      await this.#know();
    } catch (e) {
      const away = e instanceof ApiFault && e.offline;
      this.state = away ? 'offline' : 'out';
      if (!away) mark.clear();
      return;
    }
    await this.#resume();
    this.state = 'in';
  }

  async #know(): Promise<void> {
    this.me = await api<Me>('GET', '/me');
    this.facility = await api<Facility>('GET', '/facility');
    rememberNeutral(this.facility.neutral_url);
    rememberLines(this.facility.crisis);
    this.#lastTouch = Date.now();
    mark.set();
  }

  async #resume(): Promise<void> {
    const me = this.me;
    if (!me) return;
    try {
      const half = await api<Half>('GET', '/signin/half');
      const next = await this.vault.resume(me.acct, half.half, me.shared);
      await this.#opened(next.half);
    } catch {
      this.open = false;
    }
  }

  /** Signs in. The password never leaves the worker; the server gets a derived key. */
  async signIn(handle: string, password: string, shared: boolean, words: string | null = null): Promise<void> {
    const pre = await api<Prelogin>('POST', '/auth/prelogin', { body: { handle } });
    const { apw } = await this.vault.deriveLogin(pre.acct, pre.kdf, pre.salt, password);
    await api('POST', '/auth/login', { body: { handle, apw, shared } });
    await this.#know();
    this.state = 'in';
    if (this.me && this.me.language !== text.language && localStorage.getItem('language') === null) text.choose(this.me.language === 'es' ? 'es' : 'en');
    this.#wraps = await api<Wraps>('GET', '/keys/wraps');
    await this.#unlock(words);
  }

  async #unlock(words: string | null): Promise<void> {
    const me = this.me;
    if (!me || !this.#wraps) return;
    try {
      const { half } = await this.vault.unlock(me.acct, this.#wraps, words, me.shared);
      await this.#opened(half);
    } catch (e) {
      if (e instanceof SealError && e.code === 'E_CARD_NEEDED') {
        this.needCard = true;
        return;
      }
      throw e;
    }
  }

  async #opened(half: string): Promise<void> {
    await api('PUT', '/signin/half', { body: { half } }).catch(() => undefined);
    const file = await api<VaultFile>('GET', '/vault');
    this.sheets = (await this.vault.openVault(file.ctr, file.file)).sheets;
    this.needCard = false;
    this.open = true;
  }

  /** Opens the pages with the 12 words, after a sign-in on a new device. */
  async openWithCard(words: string): Promise<void> {
    await this.#unlock(words);
  }

  /** Opens locked pages again with the password, and the card where this device needs it. */
  async openWithPassword(password: string, words: string | null = null): Promise<void> {
    const me = this.me;
    if (!me) return;
    const wraps = await api<Wraps>('GET', '/keys/wraps');
    this.#wraps = wraps;
    await this.vault.deriveLogin(me.acct, wraps.kdf, wraps.salt, password);
    await this.#unlock(words);
  }

  /** Makes this fresh account the signed-in one, with its pages open. */
  async adopt(handle: string, password: string): Promise<void> {
    await this.vault.adoptAccount();
    await this.signIn(handle, password, false);
  }

  async lock(): Promise<void> {
    this.open = false;
    this.sheets = {};
    await this.#vault?.lock().catch(() => undefined);
    this.#end();
    await api('DELETE', '/signin/half').catch(() => undefined);
  }

  async signOut(): Promise<void> {
    await this.#vault?.lock().catch(() => undefined);
    await api('POST', '/auth/sign-out').catch(() => undefined);
    this.vanish();
    location.replace('/');
  }

  /** Ends the worker and with it every key, in this instant. */
  vanish(): void {
    mark.clear();
    this.#end();
    this.open = false;
    this.me = null;
    this.sheets = {};
    this.state = 'out';
  }

  #end(): void {
    this.#vault?.end();
    this.#vault = null;
  }

  /** The server says that nobody is signed in any more. */
  lost(): void {
    this.vanish();
  }

  stay(): void {
    this.#lastTouch = Date.now();
    this.warned = false;
    void api('GET', '/me').catch(() => undefined);
  }

  /** Locks pages and signs out after the times of this place; drafts are saved first. */
  watchIdle(flush: () => Promise<void>): () => void {
    const touch = () => {
      this.#lastTouch = Date.now();
      this.warned = false;
    };
    const events = ['pointerdown', 'keydown', 'input'] as const;
    for (const e of events) addEventListener(e, touch, { passive: true });
    const timer = setInterval(() => void this.#checkIdle(flush), 5_000);
    return () => {
      clearInterval(timer);
      for (const e of events) removeEventListener(e, touch);
    };
  }

  async #checkIdle(flush: () => Promise<void>): Promise<void> {
    const me = this.me;
    if (!me || this.state !== 'in') return;
    const idle = Date.now() - this.#lastTouch;
    if (this.open && idle > me.lock_minutes * 60_000) {
      await flush();
      await this.lock();
    }
    if (this.inRoom) return;
    if (idle > me.sign_out_minutes * 60_000) await this.signOut();
    else this.warned = idle > me.sign_out_minutes * 60_000 - WARN_MS;
  }
}

/** Whether somebody signed in on this device and did not sign out: it spares strangers a
 * question to the server. It says nothing about who. */
const mark = {
  get: () => localStorage.getItem('in') !== null,
  set: () => localStorage.setItem('in', '1'),
  clear: () => localStorage.removeItem('in'),
};

const KEY = Symbol('signin');

export const provideSignin = (s: Signin): Signin => setContext(KEY, s);
export const useSignin = (): Signin => getContext(KEY);
