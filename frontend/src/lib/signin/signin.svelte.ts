// Who is signed in, and whether their pages are unlocked. The keys themselves are in the crypto
// worker; this class only calls it.

import { getContext, setContext } from 'svelte';
import { call } from '../net/api';
import * as op from '../wire/operations';
import { trustedScript } from '../trusted';
import { isLeaving, leaveAlong, load } from './exit';
import { openVault, type Vault } from '../vault/client';
import type { Wraps } from '../vault/keeper';
import type { ResumeParts } from '../vault/resume';
import workerUrl from '../vault/worker.ts?worker&url';
import type { Facility, Me } from '../wire/wire';
import { forgetHere, lastUse, mark, mask, owe, owed, tellLocked } from './leaving';

export type State = 'asking' | 'out' | 'in' | 'offline';

/** How long a sign-out waits for this device and the server, in ms. The rest is done when the app
 * is next opened. */
const LEAVING_MS = 4_000;

export class Signin {
  state = $state<State>('asking');
  me = $state.raw<Me | null>(null);
  facility = $state.raw<Facility | null>(null);
  /** The pages are unlocked: the worker holds the keys. */
  open = $state(false);
  /** This device does not know the pages yet: the key card is needed once. */
  needCard = $state(false);
  warned = $state(false);
  /** While a room is open, a person without input is not idle. */
  inRoom = $state(false);
  /** Another tab signed out since this one began to start: what comes then is about nobody here, even
   * when the next person has signed in. */
  ended = false;
  /** Counts sign-ins begun in this tab: a reply about who was signed in before one is about nobody. */
  entries = 0;
  /** watch.ts hears what other tabs do; until then enter.ts does. */
  watched = false;
  /** Signed out here; another document is being loaded. */
  left = false;
  /** Signed out here, and the server does not know yet. */
  untold = $state(untold());
  sheets = $state.raw<Record<string, { title: string; ver: number; hash: string }>>({});

  /** Clears every word of the pages from memory; set by the app. Called synchronously on each lock
   * and each sign-out. */
  forget = () => {};

  #vault: Vault | null = null;
  /** The account whose keys the worker last got. */
  keysOf = '';
  wraps: Wraps | null = null;
  lastTouch = Date.now();
  /** Counts the requests that ask who is signed in. */
  asked = 0;
  /** The cleanup that an earlier sign-out did not finish. */
  cleared: Promise<void> = Promise.resolve();

  /** The worker, made on first use. */
  get vault(): Vault {
    this.#vault ??= openVault(new Worker(trustedScript(workerUrl), { type: 'module' }));
    return this.#vault;
  }

  /** Nothing may be replaced under the person's hands now, such as the app by an update. */
  get busy(): boolean {
    return this.inRoom || this.open;
  }

  has(role: string): boolean {
    return this.me?.roles.includes(role) ?? false;
  }

  get staff(): boolean {
    return this.has('counselor') || this.has('admin');
  }

  /** The start page of this person. */
  get home(): '/desk' | '/today' {
    return this.has('admin') && !this.has('counselor') ? '/desk' : '/today';
  }

  /** Finds out who is signed in, and resumes unlocked pages if the server still has its half. */
  async start(): Promise<void> {
    if (!mark.get()) {
      this.state = 'out';
      this.cleared = this.tidy();
      return;
    }
    const { start } = await enter().catch(() => ({ start: null }));
    // A part of the app that could not be loaded counts as offline too.
    if (start) await start(this);
    else if (this.state === 'asking') this.state = 'offline';
  }

  /** Resuming failed; `dead` is a mask that will not work later either. */
  async stayLocked(dead: string | null): Promise<void> {
    this.open = false;
    this.#end();
    if (this.ended) return;
    // Another tab may have unlocked the pages meanwhile: its resume record is valid.
    if (dead === null || mask.get() !== dead) return;
    mask.drop();
    await import('./tidy').then((m) => m.clearWay());
  }

  /** Finishes the cleanup of an earlier sign-out. */
  async tidy(): Promise<void> {
    await import('./tidy').then((m) => m.tidy()).catch(() => undefined);
    this.untold = untold();
  }

  async signIn(handle: string, password: string, shared: boolean, words: string | null = null): Promise<void> {
    await (await enter()).signIn(this, handle, password, shared, words);
  }

  /** The worker holds the keys of `acct`. `back`: resumed, and not unlocked with a password. */
  async opened(acct: string, parts: ResumeParts, fetchVault: (of: Signin) => Promise<void>, back = false): Promise<void> {
    // A person who left while the keys were being made must not leave a resume record behind.
    if (isLeaving() || this.ended || !mark.get()) return;
    this.keysOf = acct;
    // The mask is gone: another tab locked the pages while this one resumed.
    if (back && mask.get() === null) return this.stayLocked(null);
    const { entries } = this;
    mask.set(parts.mask);
    await call(op.keepHalf, { body: { half: parts.half }, keepalive: true }).catch(() => undefined);
    await fetchVault(this);
    if (entries !== this.entries) return;
    if (this.ended || mask.get() === null) return this.stayLocked(null);
    this.needCard = false;
    this.open = true;
  }

  /** Unlocks the pages with the 12 words, after signing in on a new device. */
  async openWithCard(words: string): Promise<void> {
    await (await enter()).unlock(this, words);
  }

  /** Unlocks pages with the password, and with the card if this device needs it. */
  async openWithPassword(password: string, words: string | null = null): Promise<void> {
    await (await enter()).openWithPassword(this, password, words);
  }

  /** Locks the pages in every tab of this browser. */
  async lock(): Promise<void> {
    mask.drop();
    tellLocked();
    this.open = false;
    this.sheets = {};
    this.forget();
    await this.#vault?.lock().catch(() => undefined);
    this.#end();
    await call(op.dropHalf).catch(() => undefined);
  }

  /** Another tab locked the pages and did the shared steps: here only the memory is cleared. */
  lockHere(): void {
    this.open = false;
    this.sheets = {};
    this.forget();
    this.#end();
  }

  /** `to`: the address that is loaded then. */
  async signOut(to = '/'): Promise<void> {
    owe(...owed(), '/auth/sign-out');
    forgetHere();
    const locked = this.#vault?.lock().catch(() => undefined);
    await Promise.race([Promise.all([locked, this.tidy()]), new Promise((go) => setTimeout(go, LEAVING_MS))]);
    this.left = true;
    this.vanish();
    load(to);
  }

  /** Terminates the worker and with it every key, synchronously. */
  vanish(): void {
    this.#end();
    this.open = false;
    this.me = this.facility = null;
    this.sheets = {};
    this.forget();
    this.state = 'out';
  }

  #end(): void {
    this.#vault?.end();
    this.#vault = null;
  }

  /** Nobody is signed in any more: the server said so, or another tab signed out. The document is
   * reloaded, so that the next person to sign in here finds nothing of this one on any page.
   * `next`: somebody else has signed in in another tab; their data on this device stays. */
  lost(next?: boolean): void {
    // Quick exit has done all of this, and is navigating to the neutral site; a reload would bring
    // this page back.
    if (isLeaving() || leaveAlong()) return;
    // Blocks other navigation while this one is under way.
    this.left = !!this.me;
    forgetHere(next);
    this.vanish();
    this.cleared = this.tidy();
    if (this.left) load();
  }

  touched(): void {
    this.lastTouch = Date.now();
    if (this.me) lastUse.set();
    this.warned = false;
  }

  stay(): void {
    this.touched();
    void call(op.readMe).catch(() => undefined);
  }
}

const enter = () => import('./enter');
const untold = (): boolean => owed().includes('/auth/sign-out');

const KEY = Symbol('signin');

export const provideSignin = (s: Signin): Signin => setContext(KEY, s);
export const useSignin = (): Signin => getContext(KEY);
