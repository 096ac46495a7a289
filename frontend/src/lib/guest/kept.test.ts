import { beforeEach, expect, test, vi } from 'vitest';
import { begun, doom, gone, kept, KEPT_MS, keepOn, listed, UNDECIDED_MS } from './kept';

const HOUR = 3600_000;

beforeEach(() => {
  const held = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (k: string) => held.get(k) ?? null,
    setItem: (k: string, v: string) => void held.set(k, v),
    removeItem: (k: string) => void held.delete(k),
  });
});

const names = (now: number) => kept(now).map((k) => k.store);

test('what nobody chose to keep expires half a day after its start, and writing on does not extend that', () => {
  begun('a', undefined, 0);
  begun('a', undefined, 11 * HOUR);
  expect(names(UNDECIDED_MS - 1)).toEqual(['a']);
  expect(names(UNDECIDED_MS)).toEqual([]);
});

test('what was kept expires after seven days', () => {
  begun('a', undefined, 0);
  keepOn('a', HOUR);
  expect(names(HOUR + KEPT_MS - 1)).toEqual(['a']);
  expect(names(HOUR + KEPT_MS)).toEqual([]);
  // It stays listed until its database is really deleted.
  expect(listed().map((k) => k.store)).toEqual(['a']);
  gone('a');
  expect(listed()).toEqual([]);
  expect(localStorage.getItem('kept')).toBeNull();
});

test('words under a room pass wait seven days for their account', () => {
  begun('a', 'hash', 0);
  expect(kept(KEPT_MS - 1)).toEqual([{ store: 'a', until: KEPT_MS, chosen: true, own: 'hash' }]);
  expect(kept(KEPT_MS)).toEqual([]);
});

test('quick exit expires the seat and what nobody chose to keep, and leaves what was kept', () => {
  begun('a', undefined, 0);
  begun('b', undefined, 0);
  keepOn('b', 0);
  localStorage.setItem('guest', '1');
  localStorage.setItem('exit', '1');
  expect(names(1)).toEqual(['b']);
  expect(localStorage.getItem('guest')).toBeNull();
  // Only once: what is begun later is not affected. The stamp stays, for tabs that load later.
  begun('c', undefined, 2);
  localStorage.setItem('guest', '1');
  expect(names(3)).toEqual(['b', 'c']);
  expect(['exit', 'guest'].map((k) => localStorage.getItem(k))).toEqual(['1', '1']);
  localStorage.setItem('exit', '2');
  expect(names(3)).toEqual(['b']);
  expect(localStorage.getItem('guest')).toBeNull();
});

test('what has expired is never shown again', () => {
  begun('a', undefined, 0);
  doom('a');
  expect(names(0)).toEqual([]);
  expect(listed()).toHaveLength(1);
});

test('an unreadable list is an empty one', () => {
  for (const bad of ['{', '{}', '[null, {"store": 1}]', 'null']) {
    localStorage.setItem('kept', bad);
    expect(kept(0)).toEqual([]);
  }
});
