// Words are stored on every keystroke: a page that is being closed leaves no time for postponed
// writes. No timer runs in these tests.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GuestPage } from '../guest/page.svelte';
import type { GuestStore } from '../guest/store';
import { Reading } from '../pair/reading.svelte';
import type { Signin } from '../signin/signin.svelte';
import { Keeping } from './keeping.svelte';
import { WorkshopNote } from './note.svelte';
import { Sheet } from './sheet.svelte';

const WS = '0192f0c4-0000-4000-8000-000000000001';

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A slow store: what it was given, and a way to finish its current write. */
function slow() {
  const given: string[] = [];
  const going: (() => void)[] = [];
  const keep = (body: string) => {
    given.push(body);
    return new Promise<void>((ok) => going.push(ok));
  };
  return { given, keep, end: () => going.shift()?.() };
}

/** Resolves when everything that needs no timer has run. */
const settled = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

const signinOf = (keep: (body: string) => Promise<void>) =>
  ({ open: true, sheets: {}, me: { acct: 'a' }, vault: { keepDraft: (_ws: string, _base: number, _hc: string | null, body: string) => keep(body) } }) as unknown as Signin;

const writers: Record<string, (keep: (body: string) => Promise<void>) => { type: (words: string) => void; saved: () => string }> = {
  'a page': (keep) => {
    const sheet = new Sheet(WS, signinOf(keep));
    return { type: (did) => ((sheet.answers = { did }), sheet.changed()), saved: () => sheet.saved };
  },
  'a note on a workshop': (keep) => {
    const note = new WorkshopNote(WS, signinOf(keep));
    return { type: (words) => ((note.words = words), note.changed()), saved: () => note.saved };
  },
  'an answer to a page': (keep) => {
    const reading = new Reading('owner', WS, signinOf(keep));
    return { type: (words) => ((reading.words.overall = words), reading.changed()), saved: () => reading.saved };
  },
  'a guest’s page': (keep) => {
    const page = new GuestPage(WS, { put: (_ws: string, body: string) => keep(body) } as unknown as GuestStore);
    return { type: (did) => ((page.answers = { did }), page.changed()), saved: () => page.saved };
  },
};

describe.each(Object.entries(writers))('%s', (_, make) => {
  it('stores the first keystroke at once, and then only the newest words', async () => {
    const store = slow();
    const writer = make(store.keep);
    for (const words of ['I', 'I l', 'I li']) {
      writer.type(words);
      await settled();
    }
    // One write is running; of the calls that came meanwhile only the newest waits.
    expect(store.given).toEqual([expect.stringMatching(/"I"/)]);
    expect(writer.saved()).not.toMatch(/device|kept/);
    store.end();
    await settled();
    expect(store.given).toEqual([expect.stringMatching(/"I"/), expect.stringMatching(/"I li"/)]);
    expect(writer.saved()).not.toMatch(/device|kept/);
    store.end();
    await settled();
    expect(writer.saved()).toMatch(/device|kept/);
    expect(store.given.length).toBe(2);
  });
});

it('words that wait for their turn when the page releases them are still stored unchanged', async () => {
  const store = slow();
  const sheet = new Sheet(WS, signinOf(store.keep));
  for (const did of ['I', 'I lied.']) {
    sheet.answers = { did };
    sheet.changed();
    await settled();
  }
  sheet.dispose();
  store.end();
  await settled();
  expect(store.given.at(-1)).toMatch(/"I lied\."/);
});

it('a caller that waits for its words waits until these or newer ones are stored', async () => {
  const store = slow();
  const keeping = new Keeping();
  const [first, second] = ['a', 'b', 'c'].map((body) => keeping.newest(() => store.keep(body)));
  let done = '';
  void first?.then(() => (done += '1'));
  void second?.then(() => (done += '2'));
  await settled();
  store.end();
  await settled();
  expect([store.given, done]).toEqual([['c'], '12']);
});
