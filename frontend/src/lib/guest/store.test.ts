// A guest's words when the handle of their database is closed: by the browser, and because the
// person had them wiped in another tab.

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

test('words go on being kept when the browser let go of the database', async () => {
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

test('what was wiped in another tab is not made anew by one that still writes', async () => {
  const store = await GuestStore.open(NAME);
  await store.put(WS, 'one');
  await drop(NAME);
  await expect(store.put(WS, 'two')).rejects.toThrow('destroyed');
  expect(await indexedDB.databases()).toEqual([]);
});
