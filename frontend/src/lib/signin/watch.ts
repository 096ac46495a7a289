// What goes on while somebody is signed in, beside what they do: times run out, another tab signs
// out, the signal comes back. Loaded after the first page.

import type { Signin } from './signin.svelte';
import { EXIT, isLeaving, vanish } from '../ui/exit';
import { mark, MARK, owed } from './leaving';

const WARN_MS = 120_000;
/** How long the last words may take on their way into this device's store. */
const FLUSH_MS = 1_000;

type Flush = () => Promise<void>;

/** Listens on the window; what it gives ends that. */
function hear(events: Record<string, (e: Event) => unknown>): () => void {
  const all = Object.entries(events);
  for (const [name, f] of all) addEventListener(name, f, { passive: true });
  return () => all.forEach(([name, f]) => removeEventListener(name, f));
}

/** Locks pages and signs out after the times of this place; drafts are saved first. */
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
  const idle = Date.now() - signin.lastTouch;
  if (signin.open && idle > me.lock_minutes * 60_000) {
    await flush();
    await signin.lock();
  }
  if (signin.inRoom) return;
  if (idle > me.sign_out_minutes * 60_000) await signin.signOut();
  else signin.warned = idle > me.sign_out_minutes * 60_000 - WARN_MS;
}

/** Leaves with another tab that left, also when this page was frozen meanwhile; and tells the
 * server what is owed as soon as there is a signal. */
export function watchLeaving(signin: Signin, flush: Flush): () => void {
  const look = async () => {
    if (signin.state !== 'in' || isLeaving() || mark.get()) return;
    // The last words typed here are sealed on this device before the keys go.
    await Promise.race([flush().catch(() => undefined), new Promise((go) => setTimeout(go, FLUSH_MS))]);
    signin.lost();
  };
  return hear({
    storage: (e) => {
      const { key, newValue } = e as StorageEvent;
      if (key === EXIT && newValue !== null) vanish();
      else if (key === MARK || key === null) void look();
    },
    // Back into a page that was frozen as it was left: it leaves again.
    pageshow: (e) => (e as PageTransitionEvent).persisted && (isLeaving() ? vanish() : look()),
    online: () => signin.state === 'out' && owed().length > 0 && signin.tidy(),
  });
}
