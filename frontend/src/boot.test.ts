// Quick exit in public/boot.js, which runs before the app: three presses of Shift count from the
// first moment on, the app takes over when it is there, and both leave the same behind.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import boot from '../public/boot.js?raw';
import { beforeLeaving, leaveNow, listenForExit } from './lib/signin/exit';
import { owe } from './lib/signin/leaving';

/** In-memory storage in place of the browser's; `full`: with room for nothing more than it has. */
function storage(content: Record<string, string>, full = false): Record<string, string> {
  const size = (of: object) => Object.entries(of).flat().join('').length;
  const most = full ? size(content) : Infinity;
  const held: Record<string, string> = Object.create({
    getItem: (k: string) => held[k] ?? null,
    setItem: (k: string, v: string) => {
      if (size({ ...held, [k]: v }) > most) throw new Error('QuotaExceededError');
      held[k] = v;
    },
    removeItem: (k: string) => void Reflect.deleteProperty(held, k),
  }) as Record<string, string>;
  return Object.assign(held, content);
}

const replace = vi.fn();
const fetched = vi.fn(() => Promise.resolve());

/** A new document in a browser that holds this. */
function open(local: Record<string, string>, session: Record<string, string> = {}, full = false): void {
  vi.clearAllMocks();
  const page = new EventTarget();
  for (const [name, of] of Object.entries({
    localStorage: storage(local, full),
    sessionStorage: storage(session),
    location: { replace },
    document: { title: 'Today', documentElement: { hidden: false, setAttribute: () => undefined } },
    fetch: fetched,
    ...Object.fromEntries((['addEventListener', 'removeEventListener', 'dispatchEvent'] as const).map((n) => [n, page[n].bind(page)])),
  }))
    vi.stubGlobal(name, of);
  new Function(boot)();
}

const press = (at: number, more: Partial<KeyboardEvent> = {}) => {
  const e = Object.assign(new Event('keydown'), { key: 'Shift', repeat: false, ...more });
  Object.defineProperty(e, 'timeStamp', { value: at });
  dispatchEvent(e);
};
const gone = () => [document.documentElement.hidden, replace.mock.calls.length];
const threePresses = () => [0, 1, 2].forEach((at) => press(at));

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test.each([
  ['before the app is there', threePresses],
  ['in the app', leaveNow],
])('%s, a full storage does not keep other tabs and a guest from leaving', (_, how) => {
  for (const local of [
    { kept: '[]', guest: '1', numbers: '[{"label":"Willow House"}]' },
    { in: '1', resume: 'm'.repeat(43) },
  ]) {
    open(local, {}, true);
    how();
    expect([localStorage.getItem('exit'), localStorage.getItem('numbers'), localStorage.getItem('resume')]).toEqual([String(Date.now()), null, null]);
  }
});

test.each([
  ['a visitor', {}],
  [
    'a person of this facility',
    { in: '1', resume: 'm', used: '1', roomed: '2', neutral: 'https://example.org/', goodbye: '/guest/leave', kept: '[]', numbers: '[{"label":"Willow House"}]' },
  ],
  ['a person at a shared device', { in: 'shared', goodbye: '/auth/quick-exit', exit: '7' }],
])('before the app is there, %s leaves exactly as the app would', (_, local) => {
  const left = (how: () => void) => {
    open(local, { 'agenda:1': 'a', stage: 's', to: '/today' });
    how();
    return JSON.parse(JSON.stringify([localStorage, sessionStorage, document, fetched.mock.calls, replace.mock.calls])) as unknown;
  };
  const early = left(threePresses);
  expect(gone()).toEqual([true, 1]);
  expect(early).toEqual(left(leaveNow));
});

test.each([
  ['quick exit was used', { left: 'https://example.org/', out: '1' }, 'back_forward', 'https://example.org/'],
  ['somebody signed out', { out: '1' }, 'back_forward', '/sign-in'],
  ['somebody signed out, and opens the app anew', { out: '1' }, 'navigate', null],
  ['nobody left', {}, 'back_forward', null],
])('the way back in a tab in which %s', (_, session, type, to) => {
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([{ type } as PerformanceNavigationTiming]);
  open({}, session);
  expect(replace.mock.calls).toEqual(to === null ? [] : [[to]]);
  expect(document.documentElement.hidden).toBe(to !== null);
});

test('a browser that stores nothing leaves too', () => {
  open({});
  for (const name of ['localStorage', 'sessionStorage']) vi.stubGlobal(name, undefined);
  threePresses();
  expect(gone()).toEqual([true, 1]);
});

test('presses before the app is there count, and then the app leaves by itself', () => {
  open({});
  press(0);
  press(500);
  const ended = vi.fn();
  const stops = [listenForExit(), beforeLeaving(ended)];
  press(1000);
  expect(gone()).toEqual([true, 1]);
  expect([ended, fetched].map((f) => f.mock.calls.length)).toEqual([1, 1]);
  stops.forEach((stop) => stop());
});

test('presses count although the page was loaded again in between', () => {
  open({});
  [0, 500].forEach((at) => press(at));
  dispatchEvent(new Event('pagehide'));
  open({}, { ...sessionStorage });
  expect(Object.keys(sessionStorage)).toEqual([]);
  press(1000);
  expect(gone()).toEqual([true, 1]);
  // Leaving itself ends a page too.
  dispatchEvent(new Event('pagehide'));
  expect(Object.keys(sessionStorage)).toEqual(['out', 'left']);
});

test.each([
  ['before the app is there', threePresses],
  ['in the app', leaveNow],
])('where the storage is full, %s, the server is told and what unlocks pages goes', (_, how) => {
  open({ in: 'shared', resume: 'm', used: '1' });
  for (const of of [localStorage, sessionStorage]) Object.assign(Object.getPrototypeOf(of) as object, { setItem: () => { throw new Error('full'); } }); // prettier-ignore
  how();
  expect([gone(), fetched.mock.calls.length, Object.keys(localStorage)]).toEqual([[true, 1], 1, []]);
});

test('only three presses of Shift in a row, within a moment, leave', () => {
  open({});
  press(0);
  press(1, { repeat: true });
  press(2);
  press(3, { key: 'A' });
  press(4);
  press(5);
  press(3000);
  press(4000);
  expect(gone()).toEqual([false, 0]);
  press(4400);
  expect(gone()).toEqual([true, 1]);
});

test('nothing that names the facility stays', () => {
  open({ neutral: 'https://example.org/', numbers: '[{"label":"Willow House"}]' });
  threePresses();
  expect(JSON.stringify(localStorage)).not.toContain('Willow');
});

test('the goodbye of a guest stays pending beside the one of quick exit', () => {
  open({});
  owe('/guest/leave');
  threePresses();
  expect(localStorage['goodbye']).toBe('/guest/leave /auth/quick-exit');
});
