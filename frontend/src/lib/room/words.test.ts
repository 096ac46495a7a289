import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Words } from './words.svelte';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

let n = 0;
const word = (text: string, for_ms = 20_000) => ({ id: `w${++n}`, word: text, for_ms });
const shown = (w: Words) => w.shown.map((x) => x.word);

test('each word stands for its own time, in the order in which it came', () => {
  const w = new Words();
  w.add(word('tired'));
  vi.advanceTimersByTime(5_000);
  w.add(word('hopeful'));
  expect(shown(w)).toEqual(['tired', 'hopeful']);
  vi.advanceTimersByTime(15_000);
  expect(shown(w)).toEqual(['hopeful']);
  vi.advanceTimersByTime(5_000);
  expect(shown(w)).toEqual([]);
});

test('the same word of two people stands twice, and newer ones push out the oldest', () => {
  const w = new Words();
  for (let i = 0; i < 13; i++) w.add(word(i < 2 ? 'calm' : `w${'x'.repeat(i)}`));
  expect(w.shown).toHaveLength(12);
  expect(shown(w)[0]).toBe('calm');
  expect(shown(w)[1]).toBe('wxx');
  expect(new Set(w.shown.map((x) => x.n)).size).toBe(12);
});

test('a page that goes forgets all of them and leaves no timer', () => {
  const w = new Words();
  w.add(word('calm'));
  w.close();
  expect(shown(w)).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test('a word that is told again stands once, for the time of the first telling', () => {
  const w = new Words();
  const once = word('tired');
  w.add(once);
  vi.advanceTimersByTime(5_000);
  w.add({ ...once, for_ms: 15_000 });
  expect(shown(w)).toEqual(['tired']);
  vi.advanceTimersByTime(15_000);
  w.add({ ...once, for_ms: 1 });
  expect(shown(w)).toEqual([]);
});
