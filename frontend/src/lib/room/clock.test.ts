import { expect, test } from 'vitest';
import { figures, left, minutesLeft, near, ServerClock } from './clock';

const QUARTER = 15 * 60_000;

/** A device whose clock is off by `off` ms, on a network with a given round-trip time in ms. */
function device(off: number) {
  const clock = new ServerClock();
  return {
    clock,
    ask(at: number, there: number, back: number) {
      clock.answered(at + off, at + there, at + off + there + back);
    },
    frame(at: number, back: number) {
      clock.sample(at, at + off + back);
    },
    wrongBy: (at: number) => Math.abs(clock.now(at + off) - at),
  };
}

test.each([-QUARTER, 0, QUARTER])('a clock that is %i ms off agrees within 250 ms over a slow way that is longer in one direction', (off) => {
  for (const [there, back] of [
    [450, 20],
    [20, 450],
    [30, 30],
  ] as const) {
    const d = device(off);
    d.ask(1_000_000, there, back);
    expect(d.wrongBy(1_000_500)).toBeLessThanOrEqual(Math.abs(there - back) / 2);
    expect(d.wrongBy(1_000_500)).toBeLessThan(250);
  }
});

test('two devices half an hour apart agree within 250 ms after replies with jitter', () => {
  const [slow, fast] = [device(-QUARTER), device(QUARTER)];
  for (const [i, delay] of [900, 140, 2400, 80, 600].entries()) {
    slow.ask(1_000_000 + i * 5000, delay, 40);
    fast.ask(1_000_000 + i * 5000, 40, delay);
  }
  const at = 1_030_000;
  expect(Math.abs(slow.clock.now(at - QUARTER) - fast.clock.now(at + QUARTER))).toBeLessThan(250);
});

test('the reply with the shortest round trip is kept, and a slow one does not replace it', () => {
  const d = device(QUARTER);
  d.ask(1_000_000, 10, 10);
  d.ask(1_010_000, 5000, 10);
  expect(d.wrongBy(1_016_000)).toBe(0);
  expect(d.clock.doubt).toBe(10);
});

test('an old estimate is replaced by a newer reply, because clocks drift', () => {
  const clock = new ServerClock();
  clock.answered(0, 1_000_010, 20);
  // An hour later the device has fallen behind by 300 ms, and the round trip is a little longer.
  clock.answered(3_600_000, 4_600_340, 3_600_080);
  expect(clock.now(3_600_080)).toBe(4_600_380);
});

test('a frame ahead of the estimate proves it wrong; one behind it was only delayed', () => {
  const d = device(-QUARTER);
  d.ask(1_000_000, 20, 420);
  d.frame(1_001_000, 3000);
  expect(d.wrongBy(1_005_000)).toBe(200);
  d.frame(1_002_000, 60);
  expect(d.wrongBy(1_005_000)).toBe(60);
});

test('before the first reply, frames alone are used', () => {
  const d = device(-QUARTER);
  for (const [i, back] of [40, 180, 25, 120, 60].entries()) d.frame(1_000_000 + i * 1000, back);
  expect(d.wrongBy(1_010_000)).toBe(25);
});

test('after sleep the next sample is taken in full, and until then the old estimate is used', () => {
  const clock = new ServerClock();
  clock.answered(0, 1000, 0);
  clock.forget();
  expect(clock.now(0)).toBe(1000);
  clock.sample(500, 0);
  expect(clock.now(0)).toBe(500);
  clock.answered(0, 700, 400);
  expect(clock.now(0)).toBe(500);
});

test('a reply is discarded when the device clock was set while the request was in flight', () => {
  const clock = new ServerClock();
  clock.answered(0, 1000, 0);
  clock.answered(90_000, 1000, 10);
  expect(clock.now(0)).toBe(1000);
});

test('sleep and a changed clock are detected as a jump, normal passing of time is not', () => {
  const clock = new ServerClock();
  expect(clock.jumped(0, 0)).toBe(false);
  expect(clock.jumped(60_000, 60_000)).toBe(false);
  expect(clock.jumped(360_000, 60_250)).toBe(true);
  expect(clock.jumped(360_250, 60_500)).toBe(false);
  expect(clock.jumped(0, 60_750)).toBe(true);
});

test('countdowns run, pause and run over', () => {
  expect(left({ ends_at: 5000 }, 2000)).toBe(3000);
  expect(left({ left_ms: -1 }, 2000)).toBe(-1);
  expect(figures(552_000)).toBe('9:12');
  expect(figures(-61_000)).toBe('−1:01');
  expect(minutesLeft(61_000)).toBe(2);
  expect(minutesLeft(-5)).toBe(0);
});

test.each([
  ['long before the end', 600_000, 120_001, ''],
  ['two minutes before', 600_000, 120_000, 'two'],
  ['half a minute before', 600_000, 30_000, 'half'],
  ['at the end', 600_000, 0, ''],
  ['over time', 600_000, -1_000, ''],
  ['in a part of two minutes', 120_000, 119_000, ''],
  ['at the end of a part of two minutes', 120_000, 29_000, 'half'],
  ['in a part without a time', 0, 0, ''],
])('an alert %s', (_, total_ms, left_ms, want) => {
  expect(near({ total_ms, ends_at: 1_000_000 + left_ms }, 1_000_000)).toBe(want);
});

test('a paused countdown gives no alert', () => {
  expect(near({ total_ms: 600_000 }, 1_000_000)).toBe('');
});
