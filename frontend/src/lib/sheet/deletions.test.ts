// Deletions that wait: on a device that several people use, and when the server was faster than the
// way back. Real stores, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { person, type Person } from '../vault/people.testing';
import { House } from './house.testing';
import { Sheets } from './sheets.svelte';
import { sendDeletions } from './waiting';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, house: House, signin: Signin, sheets: Sheets;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  const held = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => held.get(k) ?? null,
    setItem: (k: string, v: string) => void held.set(k, v),
    removeItem: (k: string) => void held.delete(k),
  });
  sam = await person(1);
  house = new House(sam.acct);
  signin = { ...(await house.signin(sam)), state: 'in' } as unknown as Signin;
  sheets = new Sheets(signin);
  await sheets.load();
  const sheet = await sheets.open(WS, true);
  sheet.answers = { nick: 'Coach' };
  sheet.changed();
  await sheet.flush();
  await sheets.load();
});
afterEach(() => {
  sheets.clear();
  vi.unstubAllGlobals();
});

const removeOffline = async () => {
  house.lie(/DELETE/, () => null);
  await sheets.remove(await sheets.open(WS));
  expect(sheets.deletions.waiting).toEqual([WS]);
};

it('the visit of another person does not end what waits for the first one', async () => {
  await removeOffline();
  sheets.clear();
  const eli = await person(2);
  const theirs = new Sheets({ ...signin, vault: eli.keeper, me: { acct: eli.acct } } as unknown as Signin);
  await theirs.deletions.send();
  house.lies.length = 0;
  await sendDeletions(signin, {});
  expect(house.rows).toEqual([]);
  // And then there is nothing more to load anything for.
  expect(localStorage.getItem('deleting')).toBeNull();
});

it('says nothing of whom it waits for', async () => {
  await removeOffline();
  expect(localStorage.getItem('deleting')).toMatch(/^[0-9a-f]{16}$/);
});

it('a page comes back while its deletion waits', async () => {
  await removeOffline();
  await sheets.bringBack(WS);
  expect([sheets.rows.map((r) => r.title), sheets.late]).toEqual([['Coach'], false]);
});

it('a page that the server deleted meanwhile is said to be gone', async () => {
  await removeOffline();
  house.lies.length = 0;
  // It is known from the deletion alone, whatever the list says.
  house.lie(/GET \/worksheets$/, () => null);
  const sent = sheets.deletions.send();
  await Promise.all([sent, sheets.bringBack(WS)]);
  expect([sheets.rows, sheets.late]).toEqual([[], true]);
});

it('so is one whose deletion was done and its answer lost', async () => {
  await removeOffline();
  house.rows = [];
  await sheets.bringBack(WS);
  expect([sheets.rows, sheets.late]).toEqual([[], true]);
});

it('one that another tab brought back is there', async () => {
  await removeOffline();
  await sam.keeper.bringBack(WS);
  await sheets.bringBack(WS);
  expect([sheets.rows.map((r) => r.title), sheets.late]).toEqual([['Coach'], false]);
});
