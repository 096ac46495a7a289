import type { Signin } from './signin.svelte';

const AGAIN_MS = 5_000;

/** Asks again who is signed in until there is a connection, whatever the browser reports. Returns a
 * function that ends it. */
export function askAgain(signin: Signin): () => void {
  const again = () => void signin.start();
  const timer = setInterval(again, AGAIN_MS);
  addEventListener('online', again);
  return () => {
    clearInterval(timer);
    removeEventListener('online', again);
  };
}
