// A device that slept and wakes without any event: the first frame and the first input veil the
// open page and make a request. No timer fires before them here.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PAUSE } from './sight';
import { Watch } from './watch.svelte';

let now: number, frames: FrameRequestCallback[], page: EventTarget, answers: ((granted: boolean) => void)[], watch: Watch, stop: () => void;

beforeEach(async () => {
  [now, frames, answers] = [1_000_000, [], []];
  page = new EventTarget();
  vi.stubGlobal('window', page);
  vi.stubGlobal('document', page);
  vi.stubGlobal('requestAnimationFrame', (fn: FrameRequestCallback) => frames.push(fn));
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
  vi.stubGlobal('setInterval', () => 0);
  // The monotonic clock stands still during sleep; only the wall clock shows it.
  vi.spyOn(performance, 'now').mockReturnValue(0);
  vi.spyOn(Date, 'now').mockImplementation(() => now);
  watch = new Watch(
    () => new Promise((ok) => answers.push(ok)),
    () => undefined,
  );
  stop = watch.start();
  answers[0]?.(true);
  await vi.waitFor(() => expect(watch.seen).toBe('shown'), { interval: 1 });
});
afterEach(() => {
  stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const drawn = () => frames.splice(0).forEach((fn) => fn(0));

it.each([
  ['the first frame', drawn],
  ['a key', () => page.dispatchEvent(new Event('keydown'))],
  ['a finger', () => page.dispatchEvent(new Event('pointerdown'))],
  ['a scroll', () => page.dispatchEvent(new Event('scroll'))],
] as const)('after a sleep without an event %s veils, until a question that comes after it is answered', async (_, first) => {
  drawn();
  expect([watch.seen, answers.length]).toEqual(['shown', 1]);
  now += PAUSE + 1;
  first();
  expect([watch.seen, answers.length]).toEqual(['veiled', 2]);
  answers[1]?.(true);
  await vi.waitFor(() => expect(watch.seen).toBe('shown'), { interval: 1 });
});

it('a reply in flight when the device fell asleep does not lift the veil', async () => {
  watch.ask();
  now += PAUSE + 1;
  answers[1]?.(true);
  await vi.waitFor(() => expect(watch.seen).toBe('veiled'), { interval: 1 });
});

it('requests no frame once it is stopped', () => {
  stop();
  expect(frames).toEqual([]);
});
