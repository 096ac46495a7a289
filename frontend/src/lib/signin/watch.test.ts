// What is left of a person in a tab's memory when their pages are locked, or when they left in another
// tab: nothing. The keys and the server are real enough to open pages (sheet/house.testing).

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import { House } from '../sheet/house.testing';
import { Readership } from '../sheet/readership.svelte';
import type { Sheet } from '../sheet/sheet.svelte';
import { Sheets } from '../sheet/sheets.svelte';
import { toBody } from '../sheet/answers';
import { compared, person, type Person } from '../vault/people.testing';
import type { Me } from '../wire/wire';
import { emptyHolder, type Holder } from './holder';
import { MARK, mark, mask } from './leaving';
import { Signin } from './signin.svelte';
import { watchIdle, watchLeaving } from './watch';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, maria: Person, house: House, signin: Signin, parts: { sheets: Sheets; pairs: Pairs; readership: Readership }, sheet: Sheet, stop: () => void;
const reload = vi.fn();

/** Memory in place of the browser's. */
function storage(): Record<string, unknown> {
  const methods = {
    getItem: (k: string) => (held[k] as string | undefined) ?? null,
    setItem: (k: string, v: string) => void (held[k] = v),
    removeItem: (k: string) => void Reflect.deleteProperty(held, k),
  };
  const held: Record<string, unknown> = Object.create(methods) as Record<string, unknown>;
  return held;
}

/** The crypto worker, on this side. */
function workerOf(keeper: Person['keeper']) {
  return class {
    onmessage: ((e: { data: unknown }) => void) | null = null;
    postMessage({ id, verb, args }: { id: number; verb: string; args: unknown[] }): void {
      const verbs = keeper as unknown as Record<string, (...a: unknown[]) => unknown>;
      void Promise.resolve()
        .then(() => verbs[verb]?.apply(keeper, args))
        .then(
          (value) => this.onmessage?.({ data: { id, value } }),
          (e: { code: string }) => this.onmessage?.({ data: { id, error: e.code } }),
        );
    }
    terminate(): void {
      this.onmessage = null;
    }
  };
}

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  const page = new EventTarget();
  for (const [name, of] of Object.entries({
    localStorage: storage(),
    sessionStorage: storage(),
    location: { origin: 'http://localhost', reload },
    document: { documentElement: { hidden: false } },
  }))
    vi.stubGlobal(name, of);
  for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, page[name].bind(page));
  vi.stubGlobal('window', globalThis);
  reload.mockReset();
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  house = new House(sam.acct);
  const one = await sam.keeper.sealDoc('worksheet', WS, 1, null, toBody('entry@1', { nick: 'Coach', did: 'I lied.' }));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct], one.file);
  await sam.keeper.noteSheet(WS, 'Coach', 1, one.hc);
  await house.signin(sam);
  house.assignments = [{ id: 'a', participant: { acct: sam.acct }, mentor: { acct: maria.acct, room_name: 'Maria' } }];
  house.grants = [{ ws: WS, reader: maria.acct }];
  vi.stubGlobal('Worker', workerOf(sam.keeper));
  signin = new Signin();
  Object.assign(signin, { state: 'in', open: true, me: { acct: sam.acct, roles: ['participant'], lock_minutes: 1, sign_out_minutes: 60 } as unknown as Me });
  mark.set(true);
  mask.set('m');
  const sheets = new Sheets(signin);
  parts = { sheets, pairs: new Pairs(signin, sheets), readership: new Readership(signin) };
  const holder: Holder = { ...parts };
  signin.forget = () => emptyHolder(holder);
  await sheets.load();
  await parts.pairs.load();
  await parts.readership.look(WS, true);
  sheet = await sheets.open(WS);
  stop = watchLeaving(signin, () => sheets.flush());
  expect([sheets.rows.map((r) => r.title), sheet.answers['did'], Object.keys(parts.pairs.contacts).length]).toEqual([['Coach'], 'I lied.', 1]);
  expect(parts.readership.nameOf(maria.acct)).toBe('Maria');
});
afterEach(async () => {
  stop();
  await signin.cleared;
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Everything that the parts hold, as it stands in memory. */
const held = () =>
  JSON.stringify([parts.sheets.rows, parts.sheets.feedback, sheet.answers, sheet.conflict, parts.pairs.list, parts.pairs.contacts, parts.readership.known, signin.sheets]);
const NOTHING = '[[],{},{},null,[],{},{},{}]';

const leftElsewhere = () => dispatchEvent(Object.assign(new Event('storage'), { key: MARK, newValue: null }));

it('another tab signed out: the pages, the pairings and the names of readers go, and the document begins anew', async () => {
  localStorage.removeItem(MARK);
  leftElsewhere();
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(held()).toBe(NOTHING);
  expect(parts.readership.nameOf(maria.acct)).toBe('');
  expect([signin.state, signin.open, signin.me]).toEqual(['out', false, null]);
});

it('somebody else signed in before this tab heard of it: it lets go, and leaves what is theirs', async () => {
  localStorage.removeItem(MARK);
  mark.set(true);
  mask.set('theirs');
  leftElsewhere();
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(held()).toBe(NOTHING);
  expect([mark.get(), mask.get()]).toEqual([true, 'theirs']);
});

it('a tab that was frozen meanwhile finds another person signed in, and lets go', async () => {
  const back = () => dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  house.me = { acct: sam.acct };
  back();
  await vi.waitFor(() => expect(house.asked).toContain('GET /me'));
  expect(reload).not.toHaveBeenCalled();
  house.me = { acct: 'somebody' };
  back();
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(held()).toBe(NOTHING);
  expect(mark.get()).toBe(true);
});

it('where nobody was signed in there is nothing to begin anew for', async () => {
  const fresh = new Signin();
  fresh.lost();
  await fresh.cleared;
  expect(reload).not.toHaveBeenCalled();
});

it('a lock after a time without a touch leaves no word in memory, and neither does an answer that comes after it', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const ended = watchIdle(signin, () => parts.sheets.flush());
  const late = [parts.sheets.load(), parts.pairs.load(), parts.readership.look(WS, true)];
  vi.advanceTimersByTime(65_000);
  ended();
  await vi.waitFor(() => expect(signin.open).toBe(false));
  await Promise.allSettled(late);
  expect(held()).toBe(NOTHING);
});
