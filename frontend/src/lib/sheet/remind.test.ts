import { expect, test } from 'vitest';
import { dueDays, isDue } from './remind';

const page = { day: '2026-01-30', remind: ['1d', '1w', '1m', '3m'] };

test('a page comes back on the chosen days', () => {
  expect(dueDays(page)).toEqual(['2026-01-31', '2026-02-06', '2026-03-02', '2026-04-30']);
  expect(dueDays({ day: '', remind: ['1d'] })).toEqual([]);
  expect(dueDays({ day: '2026-01-30', remind: ['nonsense'] })).toEqual([]);
});

test('a due page waits until it is opened, and then until the next day', () => {
  expect(isDue(page, '2026-01-30', '')).toBe(false);
  expect(isDue(page, '2026-01-31', '')).toBe(true);
  expect(isDue(page, '2026-02-01', '2026-02-01')).toBe(false);
  expect(isDue(page, '2026-02-06', '2026-02-01')).toBe(true);
  expect(isDue({ day: '2026-01-30' }, '2026-02-06', '')).toBe(false);
});
