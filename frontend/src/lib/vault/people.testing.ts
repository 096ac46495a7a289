// For tests: people with real keepers, each on a device of their own. Only the password is left
// out, because deriving its key takes most of a second and other tests cover it.

import { b64u } from './bytes';
import { Keeper } from './keeper';
import { deriveKeys } from './keys';
import { Store } from './store';

class Unlocked extends Keeper {
  async begin(n: number, known: boolean): Promise<void> {
    const acct = new Uint8Array(16).fill(n);
    this.keys = await deriveKeys(new Uint8Array(32).fill(n), acct, 1);
    this.store = await Store.open(acct);
    // As on every device that was unlocked.
    await this.store.keepResume([]);
    this.known = known;
  }

  /** Marks the device as shared by several people. */
  lent(): void {
    this.shared = true;
  }

  get bundleText(): string {
    return b64u(this.need().bundle);
  }
}

export interface Person {
  n: number;
  acct: string;
  bundle: string;
  keeper: Keeper;
}

/** A person with a new account, unlocked. */
export async function person(n: number): Promise<Person> {
  const keeper = new Unlocked();
  await keeper.begin(n, true);
  return { n, acct: b64u(new Uint8Array(16).fill(n)), bundle: keeper.bundleText, keeper };
}

/** The same person in another tab of this device, with the vault still closed. It is another device
 * when the test replaced the database before. */
export async function again(p: Person): Promise<Unlocked> {
  const keeper = new Unlocked();
  await keeper.begin(p.n, false);
  return keeper;
}

/** One compares the other in person. */
export async function compared(one: Person, other: Person, name: string): Promise<void> {
  await one.keeper.pinByCode(other.keeper.myCode(), other.acct, other.bundle, name, '2026-05-12');
}

/** How many people a sealed file is for, its author among them. */
export const stanzas = (file: Uint8Array): number => (new TextDecoder('latin1').decode(file).match(/\n-> mlkem768x25519 /g) ?? []).length;
