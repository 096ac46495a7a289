// The cleanup for which a leaving page had no time: this device's stores are cleared, and pending
// goodbyes are sent to the server. Loaded when a person leaves, and when the app is next opened.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { clearStores } from '../vault/leftovers';
import { mark, owe, owed, UNTIDY, type Goodbye } from './leaving';

/** The operation of each goodbye. The stored values are paths and must not change. */
const OPERATION = { '/auth/sign-out': op.signOut, '/auth/quick-exit': op.quickExit, '/guest/leave': op.leaveAsGuest } as const satisfies Record<Goodbye, string>;

/** Storage keys of the device, which say nothing of a person or a facility. All others are deleted
 * when a person leaves a shared device. */
const DEVICE = ['theme', 'language', 'neutral', 'kept', 'guest', 'exit', 'exited', 'goodbye', 'deleting', 'run-keys-off'];

/** Call only while nobody is signed in on this device. */
export async function tidy(): Promise<void> {
  await Promise.all([clearHere(), settle()]);
}

export async function clearHere(): Promise<void> {
  if (mark.get()) return;
  if (localStorage.getItem(UNTIDY) !== null) for (const key of Object.keys(localStorage)) if (!DEVICE.includes(key)) localStorage.removeItem(key);
  await clearStores(true).catch(() => undefined);
}

/** Deletes the resume records. */
export const clearWay = (): Promise<void> => clearStores(false).catch(() => undefined);

/** Sends pending goodbyes; what fails stays pending. Sending one twice is harmless as long as
 * nobody signed in between, so a sign-in settles first. */
export async function settle(): Promise<void> {
  for (const which of owed()) {
    try {
      await call(OPERATION[which]);
    } catch (e) {
      // A refusal is a reply: nobody is signed in there any more.
      if (!(e instanceof ApiFault) || e.offline || e.status >= 500) continue;
    }
    owe(...owed().filter((g) => g !== which));
  }
}

/** A new sign-in replaced the old cookie, so its goodbye is cancelled. After a quick exit the
 * guest's goodbye stays pending. */
export const forgive = (): void => owe(...owed().flatMap((g): Goodbye[] => (g === '/auth/sign-out' ? [] : ['/guest/leave'])));
