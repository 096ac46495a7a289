import { expect, test } from 'vitest';
import type { FacilitatorView, PulseView } from '../wire/wire';
import { answersOf, beforeAfter, labelsOf, suggested, wordsOf } from './pulse';

const pulse = (over: Partial<PulseView>): PulseView => ({ pulse: 'p', kind: 'scale', tag: 'start', words: [], result: 'counts', counts: [], shown: false, ...over });
const view = (type: string, pulses: PulseView[], at = 0, all = 3): FacilitatorView =>
  ({ segment: at, segments: Array.from({ length: all }, (_, i) => ({ type: i === at ? type : 'teach' })), pulses }) as unknown as FacilitatorView;
const MOOD = ['heavy', 'light'];

test('words are split at line breaks or commas, and trimmed', () => {
  expect(wordsOf(' heavy \n\nvery   light, steady')).toEqual(['heavy', 'very light', 'steady']);
});

test('too few, too many, too long or equal words are refused', () => {
  for (const bad of ['', 'one', 'a\na', 'a,b,c,d,e,f,g', 'ok,' + 'x'.repeat(25)]) expect(wordsOf(bad), bad).toBeNull();
  expect(wordsOf('ok,' + 'é'.repeat(24))).toHaveLength(2);
});

test('every kind has a label for each answer', () => {
  expect(labelsOf(pulse({}), [])).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  expect(labelsOf(pulse({ kind: 'words', words: MOOD }), [])).toEqual(MOOD);
  expect(labelsOf(pulse({ kind: 'replies' }), ['f', 'a', 's', 'n'])).toEqual(['f', 'a', 's', 'n']);
  expect(answersOf(pulse({ counts: [0, 2, 3] }))).toBe(5);
});

test('before and after are the newest with counts; "same" only when one question was asked twice', () => {
  const start = pulse({ pulse: '1', kind: 'words', words: MOOD });
  const few = pulse({ pulse: '2', kind: 'words', words: MOOD, result: 'few' });
  const end = pulse({ pulse: '3', kind: 'words', words: MOOD, tag: 'end' });
  expect(beforeAfter([start, few, end])).toEqual({ before: start, after: end, same: true });
  expect(beforeAfter([start, { ...end, words: ['a', 'b'] }]).same).toBe(false);
  expect(beforeAfter([start, pulse({ tag: 'end' })]).same).toBe(false);
  expect(beforeAfter([few])).toEqual({ before: undefined, after: undefined, same: false });
});

test('the suggestion fits the part: a start, the four replies, the start again at the end', () => {
  const start = pulse({ kind: 'words', words: ['a', 'b'] });
  expect(suggested(view('arrive', []), MOOD)).toEqual({ kind: 'scale', tag: 'start', words: MOOD });
  expect(suggested(view('teach', [start]), MOOD)).toEqual({ kind: 'scale', tag: 'other', words: MOOD });
  expect(suggested(view('answers', [start]), MOOD)).toEqual({ kind: 'replies', tag: 'other', words: MOOD });
  expect(suggested(view('check_out', [start]), MOOD)).toEqual({ kind: 'words', tag: 'end', words: ['a', 'b'] });
  expect(suggested(view('share', [start], 2), MOOD)).toEqual({ kind: 'words', tag: 'end', words: ['a', 'b'] });
  expect(suggested(view('close', [pulse({ result: 'few' })]), MOOD)).toEqual({ kind: 'scale', tag: 'end', words: MOOD });
});
