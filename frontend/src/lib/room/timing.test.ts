import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { Timing } from './timing';

// A network to a server with a known clock: a request takes `there`, its reply `back`.
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

test('a server with a short round trip is asked once', async () => {
  timing.fresh();
  expect(sent.map((s) => s.do)).toEqual(['clock']);
  expect(await answer(20, 40)).toBe(true);
  expect(sent).toHaveLength(1);
  expect(wrongBy()).toBe(10);
});

test('with a long round trip it is asked three times, and the shortest counts', async () => {
  timing.fresh();
  await answer(900, 60);
  await answer(90, 60);
  await answer(800, 20);
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map((s) => s.id)).size).toBe(3);
  expect(wrongBy()).toBe(15);
});

test('after the device woke, a reply with a longer round trip counts again', async () => {
  timing.fresh();
  await answer(10, 10);
  vi.setSystemTime(Date.now() - 60_000);
  timing.fresh();
  const id = sent.at(-1)?.id ?? '';
  timing.took({ ack: id, now: Date.now() + AHEAD + 60_000 } as RoomFrame);
  expect(timing.clock.now()).toBe(Date.now() + AHEAD + 60_000);
});

test('a reply to an older request is not taken for one to the newest', async () => {
  timing.fresh();
  const late = sent[0]?.id ?? '';
  await vi.advanceTimersByTimeAsync(5000);
  timing.fresh();
  expect(timing.took({ ack: late, now: Date.now() + AHEAD - 4000 } as RoomFrame)).toBe(false);
  await answer(10, 10);
  expect(wrongBy()).toBe(0);
});

test('clock replies and refusals are consumed, other frames are passed on', async () => {
  timing.fresh();
  expect(timing.took({ patch: {}, seq: 3, now: 5 } as RoomFrame)).toBe(false);
  expect(timing.took({ error: { id: 'another', code: 'queue.closed', message: '' } } as RoomFrame)).toBe(false);
  expect(timing.took({ error: { id: sent[0]?.id, code: 'too_many', message: '' } } as RoomFrame)).toBe(true);
  expect(sent).toHaveLength(1);
});

test('the clock is asked again after five minutes, and a jump of the device’s clock is reported', async () => {
  timing.fresh();
  await answer(10, 10);
  expect(timing.tick()).toBe(false);
  await vi.advanceTimersByTimeAsync(5 * 60_000);
  expect(timing.tick()).toBe(false);
  expect(sent).toHaveLength(2);
  vi.setSystemTime(Date.now() + 60_000);
  expect(timing.tick()).toBe(true);
});
