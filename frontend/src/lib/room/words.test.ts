import { expect, test } from 'vitest';
import type { SaidRow } from '../wire/wire';
import { LOOK, looked, noteListed } from './words';

const row = (id: string, shown = false): SaidRow => ({ id, word: 'calm', member: 'm', name: 'Sam R.', shown });
const ids = (rows: SaidRow[]) => rows.map((w) => w.id).join(' ');

test('a word counts as looked at after it was listed for a moment', () => {
  const since = new Map<string, number>();
  const first = [row('a'), row('b', true)];
  noteListed(since, first, 1_000);
  expect(ids(looked(first, since, 1_000 + LOOK - 1))).toBe('');
  expect(ids(looked(first, since, 1_000 + LOOK))).toBe('a');
  const more = [...first, row('c')];
  expect(ids(looked(more, since, 9_000))).toBe('a');
  noteListed(since, more, 9_000);
  expect(ids(looked(more, since, 9_000 + LOOK))).toBe('a c');
});

test('a word taken back waits again, and one that left the list starts over', () => {
  const since = new Map<string, number>();
  noteListed(since, [row('a', true)], 0);
  expect(ids(looked([row('a')], since, LOOK))).toBe('a');
  noteListed(since, [], LOOK);
  expect(since.size).toBe(0);
  noteListed(since, [row('a')], 2 * LOOK);
  expect(ids(looked([row('a')], since, 2 * LOOK))).toBe('');
});
