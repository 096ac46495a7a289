import { expect, test } from 'vitest';
import { figures, left, minutesLeft, ServerClock } from './clock';

test('a clock that is 15 minutes off agrees within 250 ms after jittered samples', () => {
  const clock = new ServerClock();
  const off = -15 * 60_000;
  for (const [i, delay] of [40, 180, 25, 120, 60].entries()) clock.sample(1_000_000 + i * 1000, 1_000_000 + i * 1000 + off + delay);
  expect(Math.abs(clock.now(2_000_000 + off) - 2_000_000)).toBeLessThan(250);
});

test('after sleep the next sample counts whole', () => {
  const clock = new ServerClock();
  clock.sample(1000, 0);
  clock.forget();
  clock.sample(5000, 0);
  expect(clock.now(0)).toBe(5000);
});

test('countdowns run, rest and run over', () => {
  expect(left({ ends_at: 5000 }, 2000)).toBe(3000);
  expect(left({ left_ms: -1 }, 2000)).toBe(-1);
  expect(figures(552_000)).toBe('9:12');
  expect(figures(-61_000)).toBe('−1:01');
  expect(minutesLeft(61_000)).toBe(2);
  expect(minutesLeft(-5)).toBe(0);
});
