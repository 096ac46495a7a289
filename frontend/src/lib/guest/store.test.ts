// A guest's words when the database connection is closed: by the browser, and by a wipe in another
// tab.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test, vi } from 'vitest';
import { begun } from './kept';
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

test('words are still stored after the browser closed the connection', async () => {
  const store = await GuestStore.open(NAME);
  await store.put(WS, 'one');
  await new Promise((ok) => {
    const newer = indexedDB.open(NAME, 2);
    newer.onsuccess = () => ok(newer.result.close());
  });
  await store.put(WS, 'two');
  const later = await GuestStore.open(NAME);
  expect(await later.pages()).toEqual([{ ws: WS, body: 'two' }]);
});

test('a store wiped in another tab is not re-created by a tab that still writes', async () => {
  const store = await GuestStore.open(NAME);
  await store.put(WS, 'one');
  await drop(NAME);
  await expect(store.put(WS, 'two')).rejects.toThrow('destroyed');
  expect(await indexedDB.databases()).toEqual([]);
});
