// For tests of sharing: two compared people with real keys, and a server that can be told to lie.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { again, compared, person, stanzas, type Person } from '../vault/people.testing';
import { House } from './house.testing';
import { Sheet } from './sheet.svelte';

export const WS = '0192f0c4-0000-4000-8000-00000000000';
/** The owner of the pages, a mentor, the server, and the owner's sign-in: new for every test. */
export let sam: Person, maria: Person, house: House, signin: Signin;

/** Makes them before every test of a file. */
export function freshWorld(): void {
  beforeEach(async () => {
    globalThis.indexedDB = new IDBFactory();
    vi.stubGlobal('window', globalThis);
    vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
    [sam, maria] = [await person(1), await person(2)];
    await compared(sam, maria, 'Maria');
    house = new House(sam.acct);
    signin = await house.signin(sam);
  });
  afterEach(() => {
    vi.unstubAllGlobals();
  });
}

/** A page that is written and saved. */
export async function page(ws: string, nick: string): Promise<Sheet> {
  const sheet = new Sheet(ws, signin);
  await sheet.load(true);
  sheet.answers = { nick };
  sheet.changed();
  await sheet.flush();
  return sheet;
}

/** Turns a page on for Maria, in the vault and on the server. */
export async function turnOn(ws: string): Promise<void> {
  const next = await sam.keeper.setConsent(ws, maria.acct, true);
  house.vault = next;
  await sam.keeper.vaultSaved(next.ctr);
  house.grants.push({ ws, reader: maria.acct });
}

/** For how many people each stored version is sealed, oldest first. */
export const sealedFor = () => house.rows.map((r) => stanzas(r.file));

/** The same person after a lock: a new worker that knows what device and server have. */
export async function unlocked(): Promise<Signin> {
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return { ...signin, vault: keeper } as unknown as Signin;
}
