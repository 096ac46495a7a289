import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { Timing } from './timing';

// A way to a server whose clock the test knows: a question arrives after `there`, its answer
// after `back` more.
const AHEAD = 15 * 60_000;
let sent: { id: string; do: string }[];
let timing: Timing;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(1_000_000);
  sent = [];
  timing = new Timing((frame) => sent.push(JSON.parse(frame) as { id: string; do: string }));
});

afterEach(() => {
  vi.useRealTimers();
});

async function answer(there: number, back: number): Promise<boolean> {
  const id = sent.at(-1)?.id ?? '';
  await vi.advanceTimersByTimeAsync(there);
  const now = Date.now() + AHEAD;
  await vi.advanceTimersByTimeAsync(back);
  return timing.took({ ack: id, now } as RoomFrame);
}

const wrongBy = () => Math.abs(timing.clock.now() - Date.now() - AHEAD);

test('a near server is asked once', async () => {
  timing.fresh();
  expect(sent.map((s) => s.do)).toEqual(['clock']);
  expect(await answer(20, 40)).toBe(true);
  expect(sent).toHaveLength(1);
  expect(wrongBy()).toBe(10);
});

test('a far one is asked three times, and the shortest way counts', async () => {
  timing.fresh();
  await answer(900, 60);
  await answer(90, 60);
  await answer(800, 20);
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map((s) => s.id)).size).toBe(3);
  expect(wrongBy()).toBe(15);
});

test('after the device woke an answer over a longer way counts again', async () => {
  timing.fresh();
  await answer(10, 10);
  vi.setSystemTime(Date.now() - 60_000);
  timing.fresh();
  const id = sent.at(-1)?.id ?? '';
  timing.took({ ack: id, now: Date.now() + AHEAD + 60_000 } as RoomFrame);
  expect(timing.clock.now()).toBe(Date.now() + AHEAD + 60_000);
});

test('an answer to an older question is not taken for one to the newest', async () => {
  timing.fresh();
  const late = sent[0]?.id ?? '';
  await vi.advanceTimersByTimeAsync(5000);
  timing.fresh();
  expect(timing.took({ ack: late, now: Date.now() + AHEAD - 4000 } as RoomFrame)).toBe(false);
  await answer(10, 10);
  expect(wrongBy()).toBe(0);
});

test('an answer and a refusal go no further, all else does', async () => {
  timing.fresh();
  expect(timing.took({ patch: {}, seq: 3, now: 5 } as RoomFrame)).toBe(false);
  expect(timing.took({ error: { id: 'another', code: 'queue.closed', message: '' } } as RoomFrame)).toBe(false);
  expect(timing.took({ error: { id: sent[0]?.id, code: 'too_many', message: '' } } as RoomFrame)).toBe(true);
  expect(sent).toHaveLength(1);
});

test('it is asked again after five minutes, and a jump of the device’s clock is told', async () => {
  timing.fresh();
  await answer(10, 10);
  expect(timing.tick()).toBe(false);
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(timing.tick()).toBe(false);
  expect(sent).toHaveLength(2);
  vi.setSystemTime(Date.now() + 60_000);
  expect(timing.tick()).toBe(true);
});
