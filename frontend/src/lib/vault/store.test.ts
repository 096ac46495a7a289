// The store when its connection is closed underneath it, and deleted pages.

import 'fake-indexeddb/auto';
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test, vi } from 'vitest';
import { Store, type Draft } from './store';

const ACCT = new Uint8Array(16).fill(7);
const WS = '0192f0c4-0000-7000-8000-000000000001';
const draft = (ws = WS, at = 1): Draft => ({ ws, file: new Uint8Array([at]), base: 0, hc: null, at });

/** Collects every connection opened from now on. */
function handles(): IDBDatabase[] {
  const all: IDBDatabase[] = [];
  const open = indexedDB.open.bind(indexedDB);
  vi.spyOn(indexedDB, 'open').mockImplementation((...args: Parameters<IDBFactory['open']>) => {
    const asked = open(...args);
    asked.addEventListener('success', () => all.push(asked.result as IDBDatabase));
    return asked;
  });
  return all;
}

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

test('a closed connection is reopened, and what was written meanwhile is kept', async () => {
  const all = handles();
  const store = await Store.open(ACCT);
  await store.keepDraft(draft());
  all.at(-1)?.close();
  await store.keepDraft(draft(WS, 2));
  // The browser closes the connection.
  forceCloseDatabase(all.at(-1) as unknown as Parameters<typeof forceCloseDatabase>[0]);
  await Promise.all([store.keepDraft(draft(WS, 3)), store.raise('x', 4)]);
  expect((await store.drafts())[0]?.at).toBe(3);
  expect(await store.highest('x')).toBe(4);
  expect(all).toHaveLength(3);
});

test('another tab can upgrade or delete the store without waiting, and writing goes on', async () => {
  const store = await Store.open(ACCT);
  await store.keepDraft(draft());
  await new Promise((ok, fail) => {
    const newer = indexedDB.open(store.name, 2);
    newer.onblocked = fail;
    newer.onsuccess = () => ok(newer.result.close());
  });
  await store.keepDraft(draft(WS, 2));
  expect((await store.drafts())[0]?.at).toBe(2);
  await new Promise((ok, fail) => {
    const gone = indexedDB.deleteDatabase(store.name);
    gone.onblocked = fail;
    gone.onsuccess = ok;
  });
  await store.keepDraft(draft(WS, 3));
  expect((await store.drafts()).map((d) => d.at)).toEqual([3]);
});

test('a store that cannot be opened reports it, and works again when it can', async () => {
  const store = await Store.open(ACCT);
  const all = handles();
  await store.keepDraft(draft());
  const broken = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
    throw new DOMException('storage is full', 'UnknownError');
  });
  await new Promise((ok) => {
    const gone = indexedDB.deleteDatabase(store.name);
    gone.onsuccess = ok;
  });
  await expect(store.keepDraft(draft(WS, 2))).rejects.toThrow('storage is full');
  broken.mockRestore();
  await store.keepDraft(draft(WS, 2));
  expect((await store.drafts())[0]?.at).toBe(2);
  expect(all).toHaveLength(0);
});

test('no draft, from any tab, brings back a deleted page', async () => {
  const store = await Store.open(ACCT);
  for (const ws of [WS, WS + '~tab', 'mine:' + WS, 'mine:' + WS + '~tab', 'note:' + WS]) await store.keepDraft(draft(ws));
  await store.forgetPage(WS);
  expect((await store.drafts()).map((d) => d.ws)).toEqual(['note:' + WS]);
  const other = await Store.open(ACCT);
  const refused = async () => {
    for (const ws of [WS, WS + '~late', 'mine:' + WS + '~late']) await expect(other.keepDraft(draft(ws))).rejects.toThrow('E_GONE');
  };
  await refused();
  expect(await other.deletions()).toEqual([{ ws: WS, waits: true }]);
  await store.noteGone(WS, true);
  expect(await other.deletions()).toEqual([{ ws: WS, waits: false }]);
  expect(await other.bringBack(WS)).toBe(false);
  await store.noteGone(WS, false);
  expect(await other.deletions()).toEqual([]);
  await refused();
});

test('a deletion can be undone until the server has done it', async () => {
  const store = await Store.open(ACCT);
  await store.forgetPage(WS);
  expect(await store.bringBack(WS)).toBe(true);
  await store.keepDraft(draft());
  expect(await store.drafts()).toHaveLength(1);
});
