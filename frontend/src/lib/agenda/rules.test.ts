import { describe, expect, it } from 'vitest';
import type { AgendaPart } from '../wire/wire';
import { rowAt } from './drag';
import { freshPart, Part } from './part.svelte';
import { lacksOf, linesOf, minutesOf, moved, problemsOf, TYPES, withOwn } from './rules';

const part = (over: Partial<AgendaPart> = {}): AgendaPart => ({
  type: 'share',
  title: 'Share',
  planned_min: 10,
  prompt: '',
  stage_text: '',
  points: [],
  queue: true,
  worksheet: 'none',
  share_sec: 120,
  max_shares: 4,
  ...over,
});

describe('a part', () => {
  it.each<[string, Partial<AgendaPart>, string[]]>([
    ['is whole', {}, []],
    ['needs a title', { title: ' ' }, ['title']],
    ['needs minutes', { planned_min: 0 }, ['planned_min']],
    ['takes whole minutes only', { planned_min: 2.5 }, ['planned_min']],
    ['lasts up to 90 minutes', { planned_min: 91 }, ['planned_min']],
    ['takes twelve lines', { points: Array.from({ length: 13 }, () => 'x') }, ['points']],
    ['takes lines of 160 letters', { points: ['é'.repeat(160)] }, []],
    ['refuses a longer line', { points: ['x'.repeat(161)] }, ['points']],
    ['takes no share of 20 seconds', { share_sec: 20 }, ['share_sec']],
    ['takes up to 50 shares', { max_shares: 51 }, ['max_shares']],
  ])('%s', (_, over, fields) => {
    expect(Object.keys(problemsOf(part(over)))).toEqual(fields);
  });

  it('survives conversion to its form and back', () => {
    const whole = part({ points: ['One', 'Two'], prompt: 'Say it.', stage_text: 'Said.', worksheet: 'plan' });
    expect(new Part(whole).wire).toEqual(whole);
  });

  it('joins lines of a prompt and drops empty points', () => {
    const p = new Part(part());
    p.prompt = 'One\ntwo';
    p.points = ' a \n\n b';
    expect(p.wire.prompt).toBe('One two');
    expect(p.wire.points).toEqual(['a', 'b']);
  });

  it.each(TYPES)('a new part of type %s is complete in both languages', (type) => {
    for (const language of ['en', 'es']) expect(problemsOf(freshPart(type, language).wire)).toEqual({});
    expect(freshPart(type, 'en').wire.title).not.toBe('');
  });
});

describe('an agenda', () => {
  it('reports what is missing', () => {
    expect(lacksOf('', [])).toEqual(['title', 'parts']);
    expect(lacksOf('x', [part({ planned_min: 90 }), part({ planned_min: 90 }), part({ planned_min: 61 })])).toEqual(['total']);
    expect(lacksOf('x', [part()])).toEqual([]);
  });
  it('adds up its minutes', () => {
    expect(minutesOf([part(), part({ planned_min: 3 }), part({ planned_min: Number.NaN })])).toBe(13);
  });
});

it('moves one thing and keeps the rest in order', () => {
  expect(moved(['a', 'b', 'c', 'd'], 0, 2)).toEqual(['b', 'c', 'a', 'd']);
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  for (const [from, to] of [
    [0, -1],
    [2, 3],
    [-1, 0],
    [1, 1],
  ] as const)
    expect(moved(['a', 'b', 'c'], from, to)).toEqual(['a', 'b', 'c']);
});

it('finds the row under a finger, and the last one below the list', () => {
  const rows = [
    { top: 0, bottom: 50 },
    { top: 50, bottom: 100 },
  ];
  expect([rowAt(rows, -20), rowAt(rows, 49), rowAt(rows, 50), rowAt(rows, 400)]).toEqual([0, 0, 1, 1]);
  expect(rowAt([], 5)).toBe(-1);
});

it('splits lines, and adds the current value to the choices', () => {
  expect(linesOf('a\r\n b \n')).toEqual(['a', 'b']);
  expect(withOwn([30, 60], 45)).toEqual([30, 45, 60]);
});
