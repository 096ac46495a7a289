// Pending deletions: on a device shared by several people, when the server deleted a page before it
// could be undone, in two tabs, and when the device lost its store. Real stores, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { lost } from '../vault/lost';
import { person, type Person } from '../vault/people.testing';
import { deleteStores, House } from './house.testing';
import { Locks } from './locks.testing';
import { Sheets } from './sheets.svelte';
import { sendDeletions } from './waiting';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, house: House, signin: Signin, sheets: Sheets;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('navigator', { locks: new Locks() });
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

it.each(['before', 'after'])('beside a page that was brought back nothing is called removed that went %s it', async (when) => {
  const other = '0192f0c4-0000-4000-8000-000000000002';
  const second = await sheets.open(other, true);
  second.answers = { nick: 'Neighbor' };
  second.changed();
  await second.flush();
  await removeOffline();
  await sheets.remove(await sheets.open(other));
  const goes = async () => {
    house.lies.length = 0;
    house.lie(new RegExp(`DELETE.*${WS}`), () => null);
    await sheets.deletions.send();
    expect(house.rows.map((r) => r.ws)).toEqual([WS]);
  };
  if (when === 'before') await goes();
  await sheets.bringBack(WS);
  if (when === 'after') await goes();
  expect(sheets.rows.map((r) => r.title)).toEqual(['Coach']);
  expect([sheets.deletions.waiting, sheets.deletions.done]).toEqual([[], false]);
  // The next deletion is said again.
  house.lies.length = 0;
  await sheets.remove(await sheets.open(WS));
  expect([house.rows, sheets.deletions.done]).toEqual([[], true]);
});

it('another person’s visit does not cancel the first person’s pending deletion', async () => {
  await removeOffline();
  sheets.clear();
  const eli = await person(2);
  const elis = new Sheets({ ...signin, vault: eli.keeper, me: { acct: eli.acct } } as unknown as Signin);
  await elis.deletions.send();
  house.lies.length = 0;
  await sendDeletions(signin, {});
  expect(house.rows).toEqual([]);
  // Then nothing is left to load the pages for.
  expect(localStorage.getItem('deleting')).toBeNull();
});

it('the pending flag does not reveal whose deletion waits', async () => {
  await removeOffline();
  expect(localStorage.getItem('deleting')).toMatch(/^[0-9a-f]{16}$/);
});

it('a deletion can be undone while it is pending', async () => {
  await removeOffline();
  await sheets.bringBack(WS);
  expect([sheets.rows.map((r) => r.title), sheets.late]).toEqual([['Coach'], false]);
  // Nothing waits, and nothing was removed.
  expect([sheets.deletions.waiting, sheets.deletions.done]).toEqual([[], false]);
});

it('a page is called removed once the server confirmed it, and not after a lock before that', async () => {
  await removeOffline();
  sheets.clear();
  expect([sheets.deletions.waiting, sheets.deletions.done]).toEqual([[], false]);
  house.lies.length = 0;
  await sheets.deletions.send();
  expect([sheets.deletions.waiting, sheets.deletions.done]).toEqual([[], true]);
  await sheets.deletions.note('0192f0c4-0000-4000-8000-000000000009');
  expect(sheets.deletions.done).toBe(false);
});

it('undoing a deletion that the server already did reports the page as gone', async () => {
  await removeOffline();
  house.lies.length = 0;
  // This is known from the deletion itself, whatever the list says.
  house.lie(/GET \/worksheets$/, () => null);
  const sent = sheets.deletions.send();
  await Promise.all([sent, sheets.bringBack(WS)]);
  expect([sheets.rows, sheets.late]).toEqual([[], true]);
});

it('a deletion whose answer was lost is reported as done too', async () => {
  await removeOffline();
  house.rows = [];
  await sheets.bringBack(WS);
  expect([sheets.rows, sheets.late]).toEqual([[], true]);
});

it('a page whose deletion another tab undid is still there', async () => {
  await removeOffline();
  await sam.keeper.bringBack(WS);
  await sheets.bringBack(WS);
  expect([sheets.rows.map((r) => r.title), sheets.late]).toEqual([['Coach'], false]);
});

it('nothing is called removed after another tab undid a deletion that waited here too', async () => {
  const other = '0192f0c4-0000-4000-8000-000000000009';
  await removeOffline();
  await sheets.deletions.note(other);
  await sam.keeper.bringBack(WS);
  house.lies.length = 0;
  await sheets.deletions.send();
  expect([sheets.deletions.waiting, sheets.deletions.done]).toEqual([[], false]);
});

it('a deletion that could not be undone is still called removed', async () => {
  await removeOffline();
  house.lies.length = 0;
  await sheets.deletions.send();
  await sheets.deletions.bringBack(WS);
  expect(sheets.deletions.done).toBe(true);
});

it('a deletion that waits is still sent after a lock without signal', async () => {
  await removeOffline();
  sheets.deletions.stop();
  Object.assign(signin, { open: false });
  await sheets.deletions.send();
  expect([sheets.deletions.waiting, localStorage.getItem('deleting')]).toEqual([[WS], expect.any(String)]);
  house.lies.length = 0;
  await sendDeletions(signin, {});
  expect(house.rows).toEqual([]);
});

it('a deletion that waits is recorded again when the store was deleted, and is not said to be done', async () => {
  await removeOffline();
  await deleteStores();
  await sheets.deletions.send();
  expect(sheets.deletions.waiting).toEqual([WS]);
  house.lies.length = 0;
  await sheets.deletions.send();
  expect([house.rows, sheets.deletions.waiting]).toEqual([[], []]);
});

it('a store that lost nothing brings no deletion back that another tab undid', async () => {
  await removeOffline();
  await sam.keeper.bringBack(WS);
  lost();
  await sheets.deletions.send();
  expect([sheets.deletions.waiting, house.rows.length]).toEqual([[], 1]);
});

it('a store that does not answer has forgotten no deletion', async () => {
  await removeOffline();
  vi.spyOn(sam.keeper, 'deletions').mockRejectedValue(new Error('closed'));
  expect(await sheets.deletions.read()).toEqual([WS]);
});

it('a deletion is not undone while another tab is sending it', async () => {
  await removeOffline();
  house.lies.length = 0;
  const arrive = house.hold(/DELETE .*worksheets/);
  const other = new Sheets(signin);
  const sent = other.deletions.send();
  await vi.waitFor(() => expect(house.held).toBe(1));
  // Nor is it sent twice.
  await sheets.deletions.send();
  expect(house.held).toBe(1);
  const there: number[] = [];
  const undo = sam.keeper.bringBack.bind(sam.keeper);
  vi.spyOn(sam.keeper, 'bringBack').mockImplementation((ws) => (there.push(house.rows.length), undo(ws)));
  const back = sheets.bringBack(WS);
  arrive();
  await Promise.all([sent, back]);
  expect([there, sheets.rows, sheets.late]).toEqual([[0], [], true]);
  other.clear();
});
