// Entering: signing in, unlocking pages, and resuming unlocked pages after the tab was killed.
// Loaded after the first page; all state is in Signin.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { text } from '../text/text.svelte';
import { rememberLines } from '../ui/crisis';
import { leftMeanwhile, rememberNeutral } from './exit';
import { SealError } from '../vault/error';
import { forgetHere, lastUse, LOCKED, MARK, mark, mask, OUT, owe, owed } from './leaving';
import type { Signin } from './signin.svelte';
import { forgive } from './tidy';

const fetchVault = (signin: Signin) => import('./vaultsync').then((m) => m.fetchVault(signin));

const DEAD = ['E_WRAP_KEY', 'E_CARD_NEEDED'];

const heard = new WeakSet<Signin>();

/** Notices a sign-out in another tab from the first request on. The event tells it from the next
 * person's sign-in, which sets the mark again. As long as watch.ts is still loading, this leaves and
 * locks too. */
function hearSignOut(signin: Signin): void {
  signin.ended = false;
  if (heard.has(signin)) return;
  heard.add(signin);
  addEventListener('storage', (e) => {
    const watches = !signin.watched && signin.state === 'in';
    if (e.key === LOCKED && e.newValue !== null && watches && signin.open) signin.lockHere();
    if ((e.key !== MARK || e.newValue !== null) && e.key !== null) return;
    signin.ended = true;
    if (watches) signin.lost(mark.get());
  });
}

/** Before the first request of a sign-in: replies that were asked for earlier count for nobody from now
 * on. What is left of a former sign-in (nobodyElse let this one through) ends in all tabs, so that no
 * word of theirs goes out with the next person's cookie. */
function endFormer(signin: Signin): void {
  signin.asked += 1;
  signin.entries += 1;
  if (!mark.get()) return;
  owe(...owed(), '/auth/sign-out');
  forgetHere();
  signin.vanish();
}

/** Finds out who is signed in. */
export async function start(signin: Signin): Promise<void> {
  const [turn, entries] = [(signin.asked += 1), signin.entries];
  // Read before this start counts as use.
  const idle = Date.now() - lastUse.get();
  hearSignOut(signin);
  try {
    await know(signin, entries);
  } catch (e) {
    // Race: asked again meanwhile. A yes counts from any request, a no only from the newest.
    if (turn !== signin.asked) return;
    // Only the server's no ends a sign-in here; anything else leaves open who is signed in.
    if (e instanceof ApiFault && e.status === 401) signin.lost(signin.ended && mark.get());
    else signin.state = 'offline';
    return;
  }
  if (signin.state === 'in') return;
  // One tab at a time: each tab that resumes replaces the half on the server, and the next resumes
  // with the new one.
  await alone('resume', () => comeBack(signin, entries, idle));
  if (signin.entries !== entries) return;
  if (signin.ended) signin.lost(mark.get());
  else signin.state = 'in';
}

/** Runs in one tab of this browser at a time. */
function alone(what: string, run: () => Promise<void>): Promise<void> {
  const locks = navigator.locks as LockManager | undefined;
  return locks ? locks.request(what, run) : run();
}

/** `entries`: signed in before, and not just now; the sign-ins begun here by then. */
async function know(signin: Signin, entries?: number): Promise<void> {
  const me = await call(op.readMe);
  const facility = await call(op.readFacility);
  await leftMeanwhile();
  // Another tab signed out, or somebody began to sign in here, while the replies were on their way:
  // they are about nobody now.
  if (entries !== undefined && (signin.ended || !mark.get() || signin.entries !== entries)) throw new ApiFault(401, 'session.ended', '');
  signin.me = me;
  signin.facility = facility;
  rememberNeutral(facility.neutral_url);
  rememberLines(facility.crisis);
  signin.touched();
  sessionStorage.removeItem(OUT);
  mark.set(me.shared);
}

/** What this browser runs on, as the list of devices names it. */
function deviceKind(): 'phone' | 'tablet' | 'computer' {
  if (!matchMedia('(pointer: coarse)').matches) return 'computer';
  return Math.min(screen.width, screen.height) < 600 ? 'phone' : 'tablet';
}

/** Signs in. The password never leaves the worker; the server gets a derived key. */
export function signIn(signin: Signin, handle: string, password: string, shared: boolean, words: string | null): Promise<void> {
  return alone('enter', () => enterAs(signin, handle, password, shared, words));
}

/** A browser has one sign-in. Signing in over it would leave the tabs of the other person with open
 * pages that act under this one's cookie, so this fails, and the page asks whether to sign out. It
 * fails too while the server does not say whether somebody is. */
export async function nobodyElse(signin: Signin): Promise<void> {
  // Asked again when another tab signed out, and the next person in, meanwhile.
  for (let turn = 0; turn < 3 && mark.get() && signin.state !== 'in' && (turn === 0 || signin.state === 'out'); turn++) await start(signin);
  if (!mark.get()) return;
  if (signin.state === 'offline') throw new ApiFault(0, 'offline', '');
  if (signin.state === 'in') throw new DOMException('somebody is signed in here', 'SomebodyElse');
}

async function enterAs(signin: Signin, handle: string, password: string, shared: boolean, words: string | null): Promise<void> {
  await nobodyElse(signin);
  hearSignOut(signin);
  endFormer(signin);
  await signin.cleared;
  if (owed().length > 0) await signin.tidy();
  const pre = await call(op.prelogin, { body: { handle } });
  await leftMeanwhile();
  const { apw } = await signin.vault.deriveLogin(pre.acct, pre.kdf, pre.salt, password);
  await call(op.logIn, { body: { handle, apw, shared, device: deviceKind() } });
  await leftMeanwhile();
  forgive();
  await know(signin);
  signin.state = 'in';
  if (signin.me && signin.me.language !== text.language && localStorage.getItem('language') === null) text.choose(signin.me.language === 'es' ? 'es' : 'en');
  signin.wraps = await call(op.readWraps);
  await unlock(signin, words);
}

export async function unlock(signin: Signin, words: string | null): Promise<void> {
  const me = signin.me;
  if (!me || !signin.wraps) return;
  try {
    await signin.opened(me.acct, await signin.vault.unlock(me.acct, signin.wraps, words, me.shared), fetchVault);
  } catch (e) {
    if (e instanceof SealError && e.code === 'E_CARD_NEEDED') {
      signin.needCard = true;
      return;
    }
    throw e;
  }
}

/** Unlocks pages with the password, and with the card if this device needs it. */
export async function openWithPassword(signin: Signin, password: string, words: string | null): Promise<void> {
  const me = signin.me;
  if (!me) return;
  const wraps = await call(op.readWraps);
  signin.wraps = wraps;
  await signin.vault.deriveLogin(me.acct, wraps.kdf, wraps.salt, password);
  await unlock(signin, words);
}

/** Resumes unlocked pages if the server still has its half. `entries`: the sign-ins begun here by then;
 * `idle`: how long nobody did anything in any tab, in ms. */
async function comeBack(signin: Signin, entries: number, idle: number): Promise<void> {
  const [me, mine] = [signin.me, mask.get()];
  const overtaken = () => signin.entries !== entries;
  if (!me || mine === null || signin.open || signin.ended || overtaken()) return;
  // A tab that was still there would have locked by now; a killed one could not.
  if (idle > me.lock_minutes * 60_000) {
    await Promise.all([signin.stayLocked(mine), call(op.dropHalf).catch(() => undefined)]);
    return;
  }
  try {
    const { half } = await call(op.takeHalf);
    if (overtaken()) return;
    const parts = await signin.vault.resume(me.acct, { half, mask: mine }, me.shared);
    if (!overtaken()) await signin.opened(me.acct, parts, fetchVault, true);
  } catch (e) {
    if (overtaken()) return;
    // A record that does not open, or whose half the server deleted, never will. When the page was
    // closed meanwhile, or offline, nothing is decided, and the next page tries again.
    const dead = e instanceof SealError ? DEAD.includes(e.code) : e instanceof ApiFault && e.code === 'half.gone';
    await signin.stayLocked(dead ? mine : null);
  }
}
