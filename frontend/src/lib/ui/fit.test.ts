import { expect, test } from 'vitest';
import { fitting, overflow, startOf } from './fit';

const FAMILY = '👨‍👩‍👧';

test('the start of a text never ends with half a character', () => {
  expect(startOf('abc', 5)).toBe('abc');
  expect(startOf('a🌱b', 2)).toBe('a🌱');
  expect(startOf('a' + FAMILY, 3)).toBe('a');
  expect(startOf('an\u0303', 2)).toBe('a');
  expect(startOf('abc', 0)).toBe('');
  expect(startOf('abc', -3)).toBe('');
});

test('typing into a full field is refused, and a selection makes room', () => {
  expect(fitting('12345', 0, 0, 'x', 5)).toBe('');
  expect(fitting('12345', 0, 2, 'xyz', 5)).toBe('xy');
  expect(fitting('1234', 2, 2, 'xyz', 5)).toBe('x');
  expect(fitting('🌱🌱', 0, 0, '🌱🌱', 3)).toBe('🌱');
});

test('a text over the limit may be edited but not grow', () => {
  expect(fitting('12345678', 0, 0, 'x', 5)).toBe('');
  expect(fitting('12345678', 0, 2, 'xyz', 5)).toBe('xy');
  expect(overflow('12345678', 'x2345678', 5)).toBeNull();
  expect(overflow('12345678', '1234567', 5)).toBeNull();
  expect(overflow('12345678', 'x12345678', 5)).toEqual({ start: 0, end: 1, fits: '' });
});

test('too much text that could not be refused before is cut within the new range', () => {
  const after = (before: string, now: string, max: number) => {
    const o = overflow(before, now, max);
    return o ? now.slice(0, o.start) + o.fits + now.slice(o.end) : now;
  };
  expect(after('old text', 'NEWold text', 8)).toBe('old text');
  expect(after('old text', 'old NEWtext', 9)).toBe('old Ntext');
  expect(after('old text', 'old textNEW', 10)).toBe('old textNE');
  expect(after('aaa', 'aaaaaa', 4)).toBe('aaaa');
  // 🌱 and 🌲 share their first UTF-16 unit.
  expect(after('🌱🌱', '🌲🌱🌱', 2)).toBe('🌱🌱');
  expect(after('x🌱', 'x🌲🌱', 2)).toBe('x🌱');
  expect(after('🌱', '🌱🌲', 1)).toBe('🌱');
});
