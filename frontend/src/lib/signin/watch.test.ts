// When pages are locked, or the person left in another tab, nothing of the person stays in this
// tab's memory. Keys and server are real enough to open pages (sheet/house.testing).

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import { House } from '../sheet/house.testing';
import { Readership } from '../sheet/readership.svelte';
import type { Sheet } from '../sheet/sheet.svelte';
import { Sheets } from '../sheet/sheets.svelte';
import { toBody } from '../sheet/answers';
import { compared, person, type Person } from '../vault/people.testing';
import type { Me } from '../wire/wire';
import { SealError } from '../vault/error';
import { EXIT, listenForExit } from './exit';
import { emptyHolder, type Holder } from './holder';
import { lastRoom, lastUse, LOCKED, MARK, mark, mask, owed } from './leaving';
import { Signin } from './signin.svelte';
import { aTab, workerOf } from './tab.testing';
import { watchIdle, watchLeaving } from './watch';
import { whoseOpen } from './whose';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, maria: Person, house: House, signin: Signin, parts: { sheets: Sheets; pairs: Pairs; readership: Readership }, sheet: Sheet, stop: () => void;
const reload = vi.fn();

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  aTab(reload);
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

/** Everything that the parts hold in memory. */
const held = () =>
  JSON.stringify([parts.sheets.rows, parts.sheets.feedback, sheet.answers, sheet.conflict, parts.pairs.list, parts.pairs.contacts, parts.readership.known, signin.sheets]);
const NOTHING = '[[],{},{},null,[],{},{},{}]';

const leftElsewhere = () => dispatchEvent(Object.assign(new Event('storage'), { key: MARK, newValue: null }));

it('another tab signed out: pages, pairings and readers’ names are cleared, and the document reloads', async () => {
  localStorage.removeItem(MARK);
  leftElsewhere();
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(held()).toBe(NOTHING);
  expect(parts.readership.nameOf(maria.acct)).toBe('');
  expect([signin.state, signin.open, signin.me]).toEqual(['out', false, null]);
});

it('somebody else signed in before this tab noticed: it clears its own data and keeps theirs', async () => {
  localStorage.removeItem(MARK);
  mark.set(true);
  mask.set('theirs');
  leftElsewhere();
  await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
  expect(held()).toBe(NOTHING);
  expect([mark.get(), mask.get()]).toEqual([true, 'theirs']);
});

it('a frozen tab that finds another person signed in clears its data', async () => {
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

it('calls that ended with the keys are no error of the page; every other failure is', () => {
  const failed = (reason: unknown) => {
    const e = Object.assign(new Event('unhandledrejection', { cancelable: true }), { reason });
    dispatchEvent(e);
    return !e.defaultPrevented;
  };
  expect([failed(new SealError('E_LOCKED')), failed(new SealError('E_OPEN')), failed(new TypeError('a fault'))]).toEqual([false, true, true]);
  document.documentElement.hidden = true;
  expect(failed(new TypeError('a part of the page that did not load'))).toBe(false);
});

describe('quick exit in another tab', () => {
  const went = vi.fn();
  beforeEach(() => {
    went.mockClear();
    Object.assign(location, { replace: went });
  });

  it('takes along a tab that heard no event because it was still loading', () => {
    localStorage.setItem(EXIT, String(performance.timeOrigin - 1));
    listenForExit()();
    expect(went).not.toHaveBeenCalled();
    localStorage.setItem(EXIT, String(performance.timeOrigin + 1));
    listenForExit()();
    expect(went).toHaveBeenCalledOnce();
  });

  it('takes along a tab that was frozen at once: no last words keep its page on screen', () => {
    stop();
    const flush = vi.fn(() => new Promise<void>(() => undefined));
    stop = watchLeaving(signin, flush);
    localStorage.setItem(EXIT, String(Date.now()));
    localStorage.removeItem(MARK);
    dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect([went.mock.calls.length, document.documentElement.hidden]).toEqual([1, true]);
    document.documentElement.hidden = false;
    leftElsewhere();
    expect([went.mock.calls.length, document.documentElement.hidden]).toEqual([2, true]);
    expect(flush).not.toHaveBeenCalled();
  });

  it('takes along a tab that first hears that it is signed out', () => {
    localStorage.setItem(EXIT, String(performance.timeOrigin + 1));
    signin.lost();
    expect(went).toHaveBeenCalledOnce();
    expect(reload).not.toHaveBeenCalled();
  });
});

describe('a sign-out in another tab while this one starts', () => {
  // The next person's sign-in sets the mark and the mask again before this tab's replies arrive.
  const next = () => {
    localStorage.removeItem(MARK);
    leftElsewhere();
    mark.set(true);
    mask.set('the next person’s');
  };
  const starting = () => {
    const fresh = new Signin();
    const resume = () => Promise.resolve({ half: 'a new half', mask: 'a new mask' });
    Object.defineProperty(fresh, 'vault', { value: new Proxy(signin.vault, { get: (v, name) => (name === 'resume' ? resume : Reflect.get(v, name)) }) });
    return fresh;
  };

  it.each(['GET /me', 'GET /facility', 'POST /signin/half/take', 'GET /vault'])('leaves when it comes before the reply to %s, and keeps the next person’s', async (what) => {
    Object.assign(house, { me: { acct: sam.acct, shared: false, lock_minutes: 1, sign_out_minutes: 60 } });
    vi.stubGlobal('navigator', {});
    mask.set('mine');
    lastUse.set();
    const fresh = starting();
    const go = house.hold(new RegExp(what.replace(' ', ' .*') + '$'));
    house.held = 0;
    const started = fresh.start();
    await vi.waitFor(() => expect(house.held).toBe(1));
    next();
    go();
    await started;
    await fresh.cleared;
    expect([fresh.state, fresh.open, fresh.me, mark.get(), mask.get()]).toEqual(['out', false, null, true, 'the next person’s']);
  });
});

describe('a sign-in in a tab that asked who is signed in', () => {
  const eli = { acct: 'eli', shared: false, roles: [], lock_minutes: 1, sign_out_minutes: 60 };
  /** The worker of a password that is right. */
  const withPassword = (of: Signin) => {
    const worker = {
      deriveLogin: () => Promise.resolve({ apw: 'a' }),
      unlock: () => Promise.reject(new SealError('E_CARD_NEEDED')),
      end: () => undefined,
      lock: () => Promise.resolve(),
    };
    Object.defineProperty(of, 'vault', { value: worker });
    return of;
  };
  beforeEach(() => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('matchMedia', () => ({ matches: false }));
    lastUse.set();
  });

  it.each(['GET /me', 'GET /facility', 'POST /signin/half/take'])('a reply to %s about the person before comes late, and counts for nobody', async (what) => {
    house.me = { ...eli, acct: sam.acct };
    const fresh = withPassword(new Signin());
    const resume = vi.fn(() => Promise.resolve({ half: 'h', mask: 'of Sam' }));
    Object.assign(fresh.vault, { resume });
    const go = house.hold(new RegExp(what.replace(' ', ' .*') + '$'));
    const late: Promise<void> = fresh.start();
    await vi.waitFor(() => expect(house.held).toBe(1));
    // The next person's own replies are not held. Another tab signed Sam out meanwhile.
    house.release();
    localStorage.removeItem(MARK);
    mask.drop();
    house.me = eli;
    await fresh.signIn('eli', 'password', false);
    house.me = { ...eli, acct: sam.acct };
    go();
    await late;
    expect([fresh.me?.acct, fresh.state, mark.get(), mask.get()]).toEqual(['eli', 'in', true, null]);
    expect(resume).not.toHaveBeenCalled();
  });
});

it('before its watch has loaded, a tab leaves and locks with the others too', async () => {
  stop();
  vi.stubGlobal('navigator', {});
  Object.assign(house, { me: { acct: sam.acct, shared: false, lock_minutes: 1, sign_out_minutes: 60 } });
  mask.drop();
  const fresh = new Signin();
  await fresh.start();
  fresh.open = true;
  dispatchEvent(Object.assign(new Event('storage'), { key: LOCKED, newValue: '1' }));
  expect([fresh.state, fresh.open]).toEqual(['in', false]);
  localStorage.removeItem(MARK);
  leftElsewhere();
  expect([fresh.state, fresh.me]).toEqual(['out', null]);
  expect(reload).toHaveBeenCalledOnce();
  await fresh.cleared;
});

describe('a tab that starts again', () => {
  /** A tab killed this many minutes after the last use of any tab of this browser. */
  const killed = async (minutes: number): Promise<Signin> => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.stubGlobal('navigator', {});
    Object.assign(house, { me: { acct: sam.acct, room_name: 'Sam R.', shared: false, lock_minutes: 2, sign_out_minutes: 60 } });
    mask.set('mine');
    lastUse.set();
    vi.setSystemTime(Date.now() + minutes * 60_000);
    const fresh = new Signin();
    const resume = () => Promise.resolve({ half: 'a new half', mask: 'a new mask' });
    Object.defineProperty(fresh, 'vault', { value: new Proxy(signin.vault, { get: (v, name) => (name === 'resume' ? resume : Reflect.get(v, name)) }) });
    await fresh.start();
    return fresh;
  };

  it('opens pages without a password until the time of the lock, and not after it', async () => {
    const soon = await killed(1);
    expect([soon.state, soon.open, whoseOpen(soon), mask.get()]).toEqual(['in', true, 'Sam R.', 'a new mask']);
    const late = await killed(3);
    expect([late.state, late.open, whoseOpen(late), mask.get()]).toEqual(['in', false, '', null]);
    expect(house.did).toContain('DELETE /signin/half');
  });
});

describe('whose account is open', () => {
  it('is said from the sign-in and the keys, and is nobody’s when they differ or pages are locked', async () => {
    signin.me = { ...signin.me, room_name: 'Sam R.' } as Me;
    signin.open = false;
    expect(whoseOpen(signin)).toBe('');
    await signin.opened(sam.acct, { half: 'h', mask: 'm' }, () => Promise.resolve());
    expect(whoseOpen(signin)).toBe('Sam R.');
    signin.me = { ...signin.me, acct: maria.acct, room_name: 'Maria T.' } as Me;
    expect(whoseOpen(signin)).toBe('');
    signin.me = { ...signin.me, acct: sam.acct, room_name: 'Sam R.' } as Me;
    await signin.lock();
    expect(whoseOpen(signin)).toBe('');
  });

  it('is noticed by a tab in which nobody was signed in, when another tab signs in', async () => {
    signin.vanish();
    house.me = { acct: sam.acct, room_name: 'Sam R.', shared: true, lock_minutes: 2, sign_out_minutes: 60 };
    vi.stubGlobal('navigator', {});
    mask.drop();
    mark.set(true);
    dispatchEvent(Object.assign(new Event('storage'), { key: MARK, newValue: 'shared' }));
    await vi.waitFor(() => expect(signin.state).toBe('in'));
    expect([signin.me?.room_name, reload.mock.calls.length]).toEqual(['Sam R.', 0]);
  });

  it('is asked before anybody else signs in, also when another tab was faster', async () => {
    signin.vanish();
    house.me = { acct: sam.acct, room_name: 'Sam R.', shared: true, lock_minutes: 2, sign_out_minutes: 60 };
    vi.stubGlobal('navigator', {});
    mask.drop();
    await expect(signin.signIn('maria', 'a password', true)).rejects.toThrow('somebody is signed in');
    expect([signin.state, signin.me?.room_name]).toEqual(['in', 'Sam R.']);
    expect(house.did.filter((line) => line.includes('/auth/'))).toEqual([]);
  });

  it('ends nobody’s account while the server does not say whose it is', async () => {
    signin.vanish();
    vi.stubGlobal('navigator', {});
    mask.drop();
    mark.set(true);
    house.lie(/GET \/me$/, () => null);
    await expect(signin.signIn('maria', 'a password', true)).rejects.toMatchObject({ offline: true });
    expect([signin.state, mark.get(), owed()]).toEqual(['offline', true, []]);
    expect(house.did.filter((line) => line.includes('/auth/'))).toEqual([]);
  });
});

it('a page that the browser kept from before a sign-out is loaded again', async () => {
  const back = () => dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  signin.lost();
  await signin.cleared;
  reload.mockReset();
  back();
  expect(reload).toHaveBeenCalledOnce();
});

it('an idle lock leaves no word in memory, and late replies add none', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const ended = watchIdle(signin, () => parts.sheets.flush());
  const late = [parts.sheets.load(), parts.pairs.load(), parts.readership.look(WS, true)];
  vi.advanceTimersByTime(65_000);
  ended();
  await vi.waitFor(() => expect(signin.open).toBe(false));
  await Promise.allSettled(late);
  expect(held()).toBe(NOTHING);
});

const lockedElsewhere = () => dispatchEvent(Object.assign(new Event('storage'), { key: LOCKED, newValue: '1' }));

it('another tab locked the pages: this one saves its last words, locks, and keeps the new resume record', async () => {
  sheet.answers = { nick: 'Coach', did: 'I lied and stole.' };
  sheet.changed();
  house.lie(/PUT /, () => null);
  mask.set('new');
  lockedElsewhere();
  await vi.waitFor(() => expect(signin.open).toBe(false));
  expect(held()).toBe(NOTHING);
  expect([signin.state, mark.get(), mask.get()]).toEqual(['in', true, 'new']);
  expect(reload).not.toHaveBeenCalled();
  expect((await sam.keeper.drafts()).map((d) => d.body)).toEqual([expect.stringContaining('I lied and stole.')]);
});

it('a lock tells the other tabs, and stores nothing', async () => {
  const stored = vi.spyOn(localStorage, 'setItem');
  await signin.lock();
  expect(stored).toHaveBeenCalledWith(LOCKED, '1');
  expect(localStorage.getItem(LOCKED)).toBeNull();
});

it('a tab that was frozen while another one locked comes back locked', async () => {
  house.me = { acct: sam.acct };
  mask.drop();
  dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
  await vi.waitFor(() => expect(signin.open).toBe(false));
  expect(held()).toBe(NOTHING);
});

it('a tab that is resuming while another one locks stays locked', async () => {
  const parts = { half: 'h', mask: 'm' };
  signin.open = false;
  mask.drop();
  await signin.opened(sam.acct, parts, () => Promise.resolve(), true);
  expect([signin.open, mask.get()]).toEqual([false, null]);
  // Also when the lock comes together with the last reply.
  await signin.opened(sam.acct, parts, () => Promise.resolve(mask.drop()));
  expect([signin.open, mask.get()]).toEqual([false, null]);
  await signin.opened(sam.acct, parts, () => Promise.resolve());
  expect([signin.open, mask.get()]).toEqual([true, 'm']);
});

it('an idle tab does not lock or sign out a person who is active, or in a room, in another tab', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const out = vi.spyOn(signin, 'signOut').mockResolvedValue();
  const lock = vi.spyOn(signin, 'lock').mockResolvedValue();
  const ended = watchIdle(signin, () => Promise.resolve());
  const pass = async (minutes: number, meanwhile: () => void) => {
    for (let s = 0; s < minutes * 60; s += 5) {
      meanwhile();
      await vi.advanceTimersByTimeAsync(5_000);
    }
  };
  await pass(70, () => lastUse.set());
  expect([lock, out].map((f) => f.mock.calls.length)).toEqual([0, 0]);
  await pass(70, () => lastRoom.set());
  expect(lock).toHaveBeenCalled();
  expect(out).not.toHaveBeenCalled();
  await pass(3, () => undefined);
  expect(out).toHaveBeenCalled();
  ended();
});
