// Moving a guest's words into an account: they are destroyed here only after they are sealed there.
// A real store, real keys and a server that may be unreachable.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toBody } from '../sheet/answers';
import { House } from '../sheet/house.testing';
import { Sheets } from '../sheet/sheets.svelte';
import { person, type Person } from '../vault/people.testing';
import { carry } from './carry';
import { begun, kept } from './kept';
import { GuestStore } from './store';

const [NAME, WS] = ['g0123456789abcdef', '0192f0c4-0000-7000-8000-000000000001'];
let sam: Person, house: House, sheets: Sheets;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  const held = new Map<string, string>();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => held.get(k) ?? null,
    setItem: (k: string, v: string) => void held.set(k, v),
    removeItem: (k: string) => void held.delete(k),
  });
  sam = await person(1);
  house = new House(sam.acct);
  sheets = new Sheets(await house.signin(sam));
  begun(NAME, undefined);
  const store = await GuestStore.open(NAME);
  await store.put(WS, toBody('entry@1', { nick: 'Coach', did: 'I lied.' }), '');
  store.close();
});
afterEach(() => {
  sheets.clear();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

async function here(): Promise<string[]> {
  if (kept().length === 0) return [];
  const store = await GuestStore.open(NAME);
  return (await store.pages().finally(() => store.close())).map((p) => p.ws);
}

it('words that neither this device nor the server can store stay where they are', async () => {
  vi.spyOn(sam.keeper, 'keepDraft').mockRejectedValue(new Error('full'));
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no signal')));
  await expect(carry(NAME, sheets)).rejects.toThrow('not sealed');
  expect(await here()).toEqual([WS]);
});

it('words of a page that was locked during the move stay where they are', async () => {
  vi.spyOn(sam.keeper, 'drafts').mockImplementationOnce(() => {
    sheets.clear();
    return Promise.resolve([]);
  });
  await expect(carry(NAME, sheets)).rejects.toThrow('not sealed');
  expect(await here()).toEqual([WS]);
});

it('words sealed on this device while offline are destroyed here, and sent later', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new Error('no signal')));
  await carry(NAME, sheets);
  expect(await here()).toEqual([]);
  expect((await sam.keeper.drafts()).map((d) => d.body)).toEqual([toBody('entry@1', { nick: 'Coach', did: 'I lied.' })]);
});

it('words stored by the server are destroyed here, even if this device could not store them', async () => {
  vi.spyOn(sam.keeper, 'keepDraft').mockRejectedValue(new Error('full'));
  await carry(NAME, sheets);
  expect(await here()).toEqual([]);
  expect(house.rows.map((r) => r.ver)).toEqual([1]);
});
