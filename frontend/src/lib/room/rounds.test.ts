import { expect, test } from 'vitest';
import { stretch } from './rounds';

test('four minutes to try it, two to talk, then over', () => {
  const timer = { total_ms: 360_000, ends_at: 360_000 };
  expect(stretch(timer, 120_000, 0)).toEqual({ part: 'try', ms: 240_000 });
  expect(stretch(timer, 120_000, 239_999)).toEqual({ part: 'try', ms: 1 });
  expect(stretch(timer, 120_000, 240_000)).toEqual({ part: 'talk', ms: 120_000 });
  expect(stretch(timer, 120_000, 400_000)).toEqual({ part: 'over', ms: 0 });
});

test('a paused countdown stays where it is', () => {
  expect(stretch({ total_ms: 360_000, left_ms: 100_000 }, 120_000, 9e12)).toEqual({ part: 'talk', ms: 100_000 });
});
