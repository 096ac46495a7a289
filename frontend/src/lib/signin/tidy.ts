// What leaving had no time for: this device's stores are cleared, and the server is told what it
// has not heard. A page loads this when it leaves, and when the app is next opened.

import { api, ApiFault } from '../net/api';
import { clearStores } from '../vault/leftovers';
import { mark, owe, owed, UNTIDY, type Goodbye } from './leaving';

/** What belongs to the device or the house and not to one person. Everything else that is kept
 * here goes when a person leaves a shared device. */
const DEVICE = ['theme', 'language', 'neutral', 'numbers', 'kept', 'guest', 'exit', 'goodbye', 'deleting', 'run-keys-off'];

/** Only while nobody is signed in on this device. */
export async function tidy(): Promise<void> {
  await Promise.all([clearHere(), settle()]);
}

export async function clearHere(): Promise<void> {
  if (mark.get()) return;
  if (localStorage.getItem(UNTIDY) !== null) for (const key of Object.keys(localStorage)) if (!DEVICE.includes(key)) localStorage.removeItem(key);
  await clearStores(true).catch(() => undefined);
}

/** The way back into open pages is of no use any more. */
export const clearWay = (): Promise<void> => clearStores(false).catch(() => undefined);

/** Tells what is owed; what does not get through stays owed. To tell it twice does no harm, as
 * long as nobody came in anew between: whoever comes in settles first. */
export async function settle(): Promise<void> {
  for (const which of owed()) {
    try {
      await api('POST', which);
    } catch (e) {
      // A refusal is an answer: nobody is there any more to be signed out.
      if (!(e instanceof ApiFault) || e.offline || e.status >= 500) continue;
    }
    owe(...owed().filter((g) => g !== which));
  }
}

/** A new sign-in took the place of the old one's cookie: nothing is owed for that. Quick exit owes
 * a guest's goodbye too. */
export const forgive = (): void => owe(...owed().flatMap((g): Goodbye[] => (g === '/auth/sign-out' ? [] : ['/guest/leave'])));
