// A guest's words when the database connection is closed, by the browser and by a wipe in another tab;
// when the database is deleted under an open page; and in two tabs.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test, vi } from 'vitest';
import { fromBody, textOf } from '../sheet/answers';
import { onLost } from '../vault/lost';
import { begun } from './kept';
import { GuestPage } from './page.svelte';
import { GuestStore } from './store';
import { drop } from './wipe';

const [NAME, WS] = ['g0123456789abcdef', '0192f0c4-0000-7000-8000-000000000001'];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  const held = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => held.get(k) ?? null,
    setItem: (k: string, v: string) => void held.set(k, v),
    removeItem: (k: string) => void held.delete(k),
  });
  begun(NAME, undefined);
});

/** What is stored, as a reload reads it. */
async function bodies(): Promise<string[]> {
  const store = await GuestStore.open(NAME);
  return (await store.pages().finally(() => store.close())).map((p) => p.body);
}

test('words are still stored after the browser closed the connection', async () => {
  const store = await GuestStore.open(NAME);
  const mark = (await store.put(WS, 'one', '')) ?? '';
  await new Promise((ok) => {
    const newer = indexedDB.open(NAME, 2);
    newer.onsuccess = () => ok(newer.result.close());
  });
  await store.put(WS, 'two', mark);
  expect(await bodies()).toEqual(['two']);
});

test('a store wiped in another tab is not re-created by a tab that still writes', async () => {
  const store = await GuestStore.open(NAME);
  await store.put(WS, 'one', '');
  await drop(NAME);
  await expect(store.put(WS, 'two', '')).rejects.toThrow('destroyed');
  expect(await indexedDB.databases()).toEqual([]);
});

test('in two tabs, the words of each stay: the second continues as a page of its own', async () => {
  const [first, second] = [await GuestStore.open(NAME), await GuestStore.open(NAME)];
  const fresh = new GuestPage(WS, first);
  await type(fresh, 'I lied');
  const [found] = await second.pages();
  if (!found) throw new Error('nothing is stored');
  const other = GuestPage.of(found, second);
  await type(fresh, 'I lied to him');
  await type(other, 'I lied to her');
  await type(fresh, 'I lied to him.');
  await type(other, 'I lied to her.');
  expect((await bodies()).map((b) => textOf(fromBody(b).answers, 'did')).sort()).toEqual(['I lied to her.', 'I lied to him.']);
});

test('a database that was deleted is made again with the words on the screen', async () => {
  const page = new GuestPage(WS, await GuestStore.open(NAME));
  const stop = onLost(() => page.again());
  await type(page, 'I lied');
  await new Promise((ok) => (indexedDB.deleteDatabase(NAME).onsuccess = ok));
  await vi.waitFor(() => expect(page.saved).toBe('device'));
  expect(await bodies()).toHaveLength(1);
  stop();
});

async function type(page: GuestPage, did: string): Promise<void> {
  page.answers = { did };
  page.changed();
  await page.keep();
  expect(page.saved).toBe('device');
}
