// One page in several tabs of one browser, without a connection. Real keys and stores, a server in
// memory; the browser's locks are replaced by ones that a test can release, as when a tab is killed.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { again, person, type Person } from '../vault/people.testing';
import { fromBody, textOf, toBody } from './answers';
import { deleteStores, House } from './house.testing';
import { Locks } from './locks.testing';
import { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';
import { WorkshopNote } from './note.svelte';
import { docOf } from './tabdrafts';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, house: House;
let open: Sheets[] = [];

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
  vi.stubGlobal('navigator', { locks: new Locks() });
  sam = await person(1);
  house = new House(sam.acct);
  open = [];
});
afterEach(() => {
  for (const sheets of open) sheets.clear();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

interface Tab {
  sheets: Sheets;
  signin: Signin;
  /** Ends its worker, as the browser does. */
  end: () => void;
}

/** Another tab of this browser. */
async function tab(): Promise<Tab> {
  let end = () => {};
  const over = new Promise<void>((ok) => (end = ok));
  const keeper = Object.assign(await again(sam), { over });
  const signin = await house.signin({ ...sam, keeper });
  const sheets = new Sheets(signin);
  open.push(sheets);
  return { sheets, signin, end };
}

/** Kills a tab: the browser releases its locks, and nothing of it runs any more. */
const kill = ({ sheets, end }: Tab) => {
  end();
  sheets.clear();
};

async function write(t: Tab, answers: Record<string, unknown>, fresh = false): Promise<Sheet> {
  const sheet = await t.sheets.open(WS, fresh);
  sheet.answers = { ...sheet.answers, ...answers };
  sheet.changed();
  await sheet.keep();
  expect(sheet.saved).toBe('device');
  return sheet;
}

const offline = () => house.lie(/PUT /, () => null);

/** A page on the server, open in two tabs without a connection, with different words in each. */
async function two(): Promise<[Tab, Tab]> {
  const [one, other] = [await tab(), await tab()];
  await write(one, { nick: 'Coach' }, true);
  await (await one.sheets.open(WS)).flush();
  await other.sheets.open(WS);
  offline();
  await write(other, { did: 'in the second' });
  await write(one, { did: 'in the first' });
  return [one, other];
}

/** The drafts of pages on this device. */
const drafts = async () => (await sam.keeper.drafts()).filter((d) => !d.ws.includes(':')).map((d) => ({ ws: docOf(d.ws), did: textOf(fromBody(d.body ?? '{}').answers, 'did') }));
const said = async () => (await drafts()).map((d) => d.did).sort();

it('words of two tabs that were killed are both there: the older ones become a page of their own', async () => {
  for (const t of await two()) kill(t);
  const later = await tab();
  await later.sheets.load();
  await vi.waitFor(() => expect(later.sheets.rows.map((r) => `${r.title}: ${textOf(r.answers, 'did')}`).sort()).toEqual(['Coach 2: in the second', 'Coach: in the first']));
  expect((await later.sheets.open(WS)).conflict).toBe(null);
  expect(await said()).toEqual(['in the first', 'in the second']);
  // Once there is a connection, both are on the server, and no draft is left.
  house.lies.length = 0;
  await later.sheets.flush();
  await vi.waitFor(async () => expect(await drafts()).toEqual([]));
  expect(new Set(house.rows.map((r) => r.ws)).size).toBe(2);
});

it('a save in one tab leaves the words of the other, which meet it as a conflict later', async () => {
  const [one, other] = await two();
  house.lies.length = 0;
  await (await one.sheets.open(WS)).save();
  expect(await said()).toEqual(['in the second']);
  kill(other);
  kill(one);
  const sheet = await (await tab()).sheets.open(WS);
  expect([sheet.answers['did'], sheet.conflict?.answers['did']]).toEqual(['in the second', 'in the first']);
});

it('notes to oneself from two tabs that were killed are one note', async () => {
  offline();
  const tabs = [await tab(), await tab()] as const;
  for (const [t, mine] of [
    [tabs[0], 'He cried.'],
    [tabs[1], 'He laughed.'],
  ] as const) {
    const note = await t.sheets.mine(WS, true);
    note.answers = { mine };
    note.changed();
    await note.keep();
  }
  tabs.forEach(kill);
  const note = await (await tab()).sheets.mine(WS);
  await note.keep();
  expect(textOf(note.answers, 'mine').split('\n\n').sort()).toEqual(['He cried.', 'He laughed.']);
  expect(await sam.keeper.drafts()).toHaveLength(1);
});

it('a tab that is alive keeps its words: another one neither shows nor deletes them', async () => {
  const [one, other] = await two();
  const third = await tab();
  await third.sheets.load();
  const sheet = await third.sheets.open(WS);
  expect([sheet.answers['did'], sheet.unsent]).toEqual([undefined, false]);
  expect(await said()).toEqual(['in the first', 'in the second']);
  // Not even when nothing else is known of the page, so that its words are shown.
  house.lie(/GET .*versions$/, () => null);
  const fourth = await tab();
  const shown = textOf((await fourth.sheets.open(WS)).answers, 'did');
  await write(fourth, { did: `${shown}, and more` });
  expect(await said()).toEqual([...new Set(['in the first', 'in the second', `${shown}, and more`])].sort());
  // What is contained in newer words is deleted once its tab is gone; the rest stays.
  for (const t of [one, other]) kill(t);
  await write(fourth, { did: `${shown}, and more still` });
  const unread = shown === 'in the first' ? 'in the second' : 'in the first';
  expect(await said()).toEqual([unread, `${shown}, and more still`].sort());
});

it('one tab that was killed asks nothing, and leaves one draft', async () => {
  offline();
  let now = await tab();
  await write(now, { nick: 'Coach', did: 'I lied.' }, true);
  for (const did of ['I lied. And', 'I lied. And stole.']) {
    kill(now);
    now = await tab();
    await now.sheets.load();
    expect(now.sheets.rows.map((r) => r.title)).toEqual(['Coach']);
    const sheet = await write(now, { did });
    expect([sheet.conflict, await said()]).toEqual([null, [did]]);
  }
});

it('a tab that is just disappearing at a reload counts as gone', async () => {
  const before = await tab();
  await write(before, { nick: 'Coach' }, true);
  await (await before.sheets.open(WS)).flush();
  offline();
  await write(before, { did: 'I lied.' });
  const asked = vi.spyOn(navigator.locks, 'request');
  const loading = (await tab()).sheets.open(WS);
  // The new document looks while the old one still holds its lock.
  await vi.waitFor(() => expect(asked.mock.calls.some((call) => call.length === 3)).toBe(true));
  kill(before);
  expect((await loading).answers['did']).toBe('I lied.');
});

it('a note on a workshop from two tabs that were killed is one note', async () => {
  const later = (await tab()).signin;
  const tabs = [await tab(), await tab()];
  vi.stubGlobal('fetch', async () => Response.json({ ver: 0, file: '' }));
  for (const [i, t] of tabs.entries()) {
    const note = new WorkshopNote(WS, t.signin);
    await note.load();
    note.words = ['Ask again.', 'He was late.'][i] ?? '';
    note.changed();
    await note.keep();
  }
  tabs.forEach(kill);
  const note = new WorkshopNote(WS, later);
  await note.load();
  await note.keep();
  expect(note.words.split('\n\n').sort()).toEqual(['Ask again.', 'He was late.']);
  expect(await sam.keeper.drafts()).toHaveLength(1);
});

it('a note on a workshop is stored again when the store was deleted, until it is closed', async () => {
  const signin = await house.signin(sam);
  vi.stubGlobal('fetch', async () => Response.json({ ver: 0, file: '' }));
  const note = new WorkshopNote(WS, signin);
  await note.load();
  note.words = 'Ask again.';
  note.changed();
  await note.keep();
  await deleteStores();
  await vi.waitFor(async () => expect(await sam.keeper.drafts()).toHaveLength(1));
  await note.close();
  await deleteStores();
  expect(await sam.keeper.drafts()).toEqual([]);
});

it('without Web Locks no words are dropped that were not read', async () => {
  vi.stubGlobal('navigator', {});
  offline();
  const [one, other] = [await tab(), await tab()];
  await write(one, { nick: 'Coach', did: 'I lied.' }, true);
  await other.sheets.open(WS);
  await write(one, { did: 'I lied. And stole.' });
  await write(other, { did: 'I lied. Twice.' });
  expect(await said()).toEqual(['I lied. And stole.', 'I lied. Twice.']);
});

it('a draft of an older build opens, and is replaced', async () => {
  offline();
  await sam.keeper.keepDraft(WS, 0, null, toBody('entry@1', { nick: 'Coach', did: 'I lied.' }));
  const now = await tab();
  expect((await now.sheets.open(WS)).answers['did']).toBe('I lied.');
  await write(now, { did: 'I stole.' });
  expect(await said()).toEqual(['I stole.']);
});

it('words are stored again at once when the store was deleted under an open page', async () => {
  const t = await tab();
  offline();
  const sheet = await write(t, { nick: 'Coach', did: 'I lied.' }, true);
  const name = (await indexedDB.databases())[0]?.name ?? '';
  await new Promise((ok) => (indexedDB.deleteDatabase(name).onsuccess = ok));
  await sheet.keeping.done;
  await vi.waitFor(async () => expect([await said(), sheet.saved]).toEqual([['I lied.'], 'device']));
});
