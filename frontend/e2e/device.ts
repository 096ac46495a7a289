// What a browser holds of the app on this device, for journeys on a device that several people use.

import type { BrowserContext, Page } from '@playwright/test';
import { account, expect, origin } from './fixtures';

/** Signs in on a device that other people use too, with the 12 words. */
export async function signInShared(page: Page, handle: string): Promise<void> {
  const who = account(handle);
  await page.getByLabel('Sign-in name').fill(who.handle);
  await page.getByLabel('Password', { exact: true }).fill(who.password);
  await page.getByLabel(/Other people use/).check({ force: true });
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('My 12 words').fill(who.words);
  await page.getByRole('button', { name: 'Open my pages' }).click();
  await page.waitForURL(/\/today$/);
}

export interface Held {
  /** Everything that this origin keeps, as text; bytes as Latin-1, so that words in them are found. */
  all: string;
  local: string[];
  session: string[];
  /** The personal databases: how many, and the keys of each of their object stores. */
  stores: Record<string, string[]>[];
  cookies: string[];
}

/** Reads it all from a page without scripts. Its URL is one that the service worker ignores; for all
 * others it serves the app. */
export async function heldOn(context: BrowserContext, who: string): Promise<Held> {
  const page = await context.newPage();
  await page.route('**/api/still', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto(`${origin(who)}/api/still`);
  const held = await page.evaluate(async () => {
    const done = <T>(r: IDBRequest<T>) =>
      new Promise<T>((ok, fail) => {
        r.onsuccess = () => ok(r.result);
        r.onerror = () => fail(r.error ?? new Error('not read'));
      });
    const flat = (value: unknown): unknown =>
      value instanceof ArrayBuffer || ArrayBuffer.isView(value)
        ? Array.from(new Uint8Array(value instanceof ArrayBuffer ? value : value.buffer), (b) => String.fromCharCode(b)).join('')
        : value instanceof CryptoKey
          ? `key ${value.extractable}`
          : value && typeof value === 'object'
            ? Object.entries(value).map(([k, v]) => [k, flat(v)])
            : value;
    const stores: Record<string, string[]>[] = [];
    const content: unknown[] = [];
    for (const { name = '' } of await indexedDB.databases()) {
      const db = await done(indexedDB.open(name));
      const keys: Record<string, string[]> = {};
      for (const store of db.objectStoreNames) {
        const part = db.transaction(store).objectStore(store);
        const [names, values] = await Promise.all([done(part.getAllKeys()), done(part.getAll())]);
        keys[store] = names.map(String).sort();
        content.push([name, store, names, flat(values)]);
      }
      db.close();
      stores.push(keys);
    }
    const files: string[] = [];
    for (const name of await caches.keys()) files.push(name, ...(await (await caches.open(name)).keys()).map((r) => new URL(r.url).pathname));
    return {
      all: JSON.stringify([content, { ...localStorage }, { ...sessionStorage }, window.name, files]),
      local: Object.keys(localStorage).sort(),
      session: Object.keys(sessionStorage),
      stores,
      api: files.filter((f) => f.startsWith('/api/')),
    };
  });
  await page.close();
  expect(held.api).toEqual([]);
  return { ...held, cookies: (await context.cookies(origin(who))).map((c) => c.name) };
}

/** Nothing that is held says one of these. */
export function saysNone(held: Held, words: string[]): void {
  for (const word of words) expect(held.all, word).not.toContain(word);
}
