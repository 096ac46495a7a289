// Background work while somebody is signed in: timeouts, a lock or sign-out in another tab, a
// connection that returns. Loaded after the first page.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { SealError } from '../vault/error';
import type { Signin } from './signin.svelte';
import { isLeaving, leaveAlong, load } from './exit';
import { lastRoom, lastUse, LOCKED, mark, MARK, mask, owed } from './leaving';

const WARN_MS = 120_000;
/** How long storing the last words on this device may take before a lock, in ms. */
const FLUSH_MS = 1_000;
/** A room counts as open when some tab had one open within this time (ms): timers of background
 * tabs are slow. */
const ROOM_MS = 120_000;

/** Keys and pages go while something is still opening with them: a component's call that nobody
 * waits for any more ends with E_LOCKED. What a person has to know of it, the lock itself says. */
const isAbandoned = (reason: unknown): boolean => isLeaving() || (reason instanceof SealError && reason.code === 'E_LOCKED');

type Flush = () => Promise<void>;

/** Adds window listeners; returns a function that removes them. */
function hear(events: Record<string, (e: Event) => unknown>): () => void {
  const all = Object.entries(events);
  for (const [name, f] of all) addEventListener(name, f, { passive: true });
  return () => all.forEach(([name, f]) => removeEventListener(name, f));
}

/** Locks pages and signs out after the facility's timeouts; drafts are saved first. */
export function watchIdle(signin: Signin, flush: Flush): () => void {
  const touch = () => signin.touched();
  const timer = setInterval(() => void checkIdle(signin, flush), 5_000);
  const stop = hear({ pointerdown: touch, keydown: touch, input: touch });
  return () => {
    clearInterval(timer);
    stop();
  };
}

async function checkIdle(signin: Signin, flush: Flush): Promise<void> {
  const me = signin.me;
  if (!me || signin.state !== 'in') return;
  if (signin.inRoom) lastRoom.set();
  const now = Date.now();
  // A person who is active in one tab is idle in none.
  const idle = now - Math.max(signin.lastTouch, lastUse.get(now));
  if (signin.open && idle > me.lock_minutes * 60_000) {
    await flush();
    await signin.lock();
  }
  if (signin.inRoom) return;
  if (now - lastRoom.get(now) < ROOM_MS) signin.warned = false;
  else if (idle > me.sign_out_minutes * 60_000) await signin.signOut();
  else signin.warned = idle > me.sign_out_minutes * 60_000 - WARN_MS;
}

/** Locks and leaves when another tab did, also if this page was frozen meanwhile; and sends pending
 * goodbyes when there is a connection. */
export function watchLeaving(signin: Signin, flush: Flush): () => void {
  // The last words typed here are sealed on this device before the keys are deleted.
  const lastWords = () => Promise.race([flush().catch(() => undefined), new Promise((go) => setTimeout(go, FLUSH_MS))]);
  const lock = async () => {
    if (!signin.open || isLeaving()) return;
    await lastWords();
    if (signin.open) signin.lockHere();
  };
  // After quick exit nothing waits: the page vanishes at once.
  const leave = async () => {
    if (signin.state !== 'in' || isLeaving() || leaveAlong()) return;
    await lastWords();
    // Another person may have signed in by now; then the mark is theirs.
    signin.lost(mark.get());
  };
  signin.watched = true;
  // The other tab signed out before this listened.
  if (signin.ended) void leave();
  // A frozen page received no events: the same person may be signed in, another one, or nobody.
  const back = async () => {
    if (signin.state !== 'in' || isLeaving() || leaveAlong()) return;
    if (!mark.get()) return leave();
    if (mask.get() === null) void lock();
    const now = await call(op.readMe).catch(() => null);
    if (now && now.acct !== signin.me?.acct) await leave();
  };
  return hear({
    storage: (e) => {
      const { key, newValue } = e as StorageEvent;
      if (key === LOCKED && newValue !== null) void lock();
      // Somebody signed in in another tab: this page is theirs from now on, or asks.
      else if (key === MARK && newValue !== null && signin.state === 'out' && !signin.left) void signin.start();
      // The mark was removed, even if the next person has set it again by the time this event
      // arrives.
      else if ((key === MARK && newValue === null) || key === null) void leave();
    },
    unhandledrejection: (e) => isAbandoned((e as PromiseRejectionEvent).reason) && e.preventDefault(),
    // A page kept by the browser after a sign-out shows nothing, but does not work either.
    pageshow: (e) => (e as PageTransitionEvent).persisted && (signin.left ? load() : back()),
    online: () => signin.state === 'out' && owed().length > 0 && signin.tidy(),
  });
}
