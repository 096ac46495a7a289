// Who is signed in, and whether their pages are open. The keys themselves live in the crypto
// worker; this class only asks it.

import { getContext, setContext } from 'svelte';
import { call } from '../net/api';
import * as op from '../wire/operations';
import { trustedScript } from '../trusted';
import { isLeaving } from './exit';
import { openVault, type Vault } from '../vault/client';
import type { Wraps } from '../vault/keeper';
import type { Way } from '../vault/way';
import workerUrl from '../vault/worker.ts?worker&url';
import type { Facility, Me } from '../wire/wire';
import { forgetHere, lastUse, mark, mask, owe, owed, tellLocked } from './leaving';

export type State = 'asking' | 'out' | 'in' | 'offline';

/** How long a sign-out waits for this device and for the server. What is not done by then is
 * done when the app is next opened. */
const LEAVING_MS = 4_000;

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
  /** Signed out here, on the way to another document. */
  left = false;
  /** Signed out here, and the server does not know yet. */
  untold = $state(untold());
  sheets = $state.raw<Record<string, { title: string; ver: number; hash: string }>>({});

  /** Takes every word of the pages out of memory; the app says how. It runs in the same instant
   * as each lock and each leaving. */
  forget = () => {};

  #vault: Vault | null = null;
  wraps: Wraps | null = null;
  lastTouch = Date.now();
  /** Counts the times that it was asked who this is. */
  asked = 0;
  /** What an earlier leaving had no time for. */
  cleared: Promise<void> = Promise.resolve();

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
      this.cleared = this.tidy();
      return;
    }
    const { start } = await enter().catch(() => ({ start: null }));
    // A part of the app that did not come is no signal either.
    if (start) await start(this);
    else if (this.state === 'asking') this.state = 'offline';
  }

  /** Coming back failed; `dead` is the mask with which it cannot work later either. */
  async stayLocked(dead: string | null): Promise<void> {
    this.open = false;
    this.#end();
    // Another tab may have opened the pages anew meanwhile: that way back is good.
    if (dead === null || mask.get() !== dead) return;
    mask.drop();
    await import('./tidy').then((m) => m.clearWay());
  }

  /** Does what a leaving had no time for. */
  async tidy(): Promise<void> {
    await import('./tidy').then((m) => m.tidy()).catch(() => undefined);
    this.untold = untold();
  }

  async signIn(handle: string, password: string, shared: boolean, words: string | null = null): Promise<void> {
    await (await enter()).signIn(this, handle, password, shared, words);
  }

  /** `back`: by the way back, and not by a password. */
  async opened(way: Way, fetchVault: (of: Signin) => Promise<void>, back = false): Promise<void> {
    // Whoever left while the keys were made leaves no way back behind.
    if (isLeaving() || !mark.get()) return;
    // No mask: another tab locked the pages while this one came back to them.
    if (back && mask.get() === null) return this.stayLocked(null);
    mask.set(way.mask);
    await call(op.keepHalf, { body: { half: way.half }, keepalive: true }).catch(() => undefined);
    await fetchVault(this);
    if (mask.get() === null) return this.stayLocked(null);
    this.needCard = false;
    this.open = true;
  }

  /** Opens the pages with the 12 words, after a sign-in on a new device. */
  async openWithCard(words: string): Promise<void> {
    await (await enter()).unlock(this, words);
  }

  /** Opens locked pages again with the password, and the card where this device needs it. */
  async openWithPassword(password: string, words: string | null = null): Promise<void> {
    await (await enter()).openWithPassword(this, password, words);
  }

  /** Makes this fresh account the signed-in one, with its pages open. */
  async adopt(handle: string, password: string): Promise<void> {
    await this.vault.adoptAccount();
    await this.signIn(handle, password, false);
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

  /** Another tab locked the pages, and did what is done once: here only the memory goes. */
  lockHere(): void {
    this.open = false;
    this.sheets = {};
    this.forget();
    this.#end();
  }

  async signOut(): Promise<void> {
    owe(...owed(), '/auth/sign-out');
    forgetHere();
    const locked = this.#vault?.lock().catch(() => undefined);
    await Promise.race([Promise.all([locked, this.tidy()]), new Promise((go) => setTimeout(go, LEAVING_MS))]);
    this.left = true;
    this.vanish();
    location.replace('/');
  }

  /** Ends the worker and with it every key, in this instant. */
  vanish(): void {
    this.#end();
    this.open = false;
    this.me = null;
    this.sheets = {};
    this.forget();
    this.state = 'out';
  }

  #end(): void {
    this.#vault?.end();
    this.#vault = null;
  }

  /** Nobody is signed in any more: the server says so, or another tab signed out. The document
   * begins anew, so that whoever signs in here next finds nothing of this person, on whatever page.
   * `next`: somebody signed in meanwhile in another tab; what is theirs on this device stays. */
  lost(next?: boolean): void {
    // A quick exit has done all of it, and is on its way to the neutral site: loading this page
    // anew would bring it back here.
    if (isLeaving()) return;
    // No page sends this one elsewhere while it goes.
    this.left = !!this.me;
    forgetHere(next);
    this.vanish();
    this.cleared = this.tidy();
    if (this.left) location.reload();
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
