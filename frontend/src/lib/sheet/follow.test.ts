import { afterEach, expect, it, vi } from 'vitest';
import { follow, LOOK_EVERY } from './follow';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('refreshes while it is visible and when the connection changes, and stops when it ends', () => {
  vi.useFakeTimers();
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const app = new EventTarget();
  vi.stubGlobal('document', page);
  vi.stubGlobal('addEventListener', app.addEventListener.bind(app));
  vi.stubGlobal('removeEventListener', app.removeEventListener.bind(app));
  const look = vi.fn();
  const end = follow(look);
  vi.advanceTimersByTime(LOOK_EVERY * 2);
  expect(look).toHaveBeenCalledTimes(2);
  page.visibilityState = 'hidden';
  vi.advanceTimersByTime(LOOK_EVERY);
  expect(look).toHaveBeenCalledTimes(2);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  app.dispatchEvent(new Event('online'));
  expect(look).toHaveBeenCalledTimes(4);
  // A night's sleep without any event: the timer and the monotonic clock stood still.
  vi.setSystemTime(Date.now() + 8 * 3_600_000);
  vi.advanceTimersByTime(1_000);
  expect(look).toHaveBeenCalledTimes(5);
  expect(look).toHaveBeenLastCalledWith(true);
  vi.advanceTimersByTime(LOOK_EVERY);
  expect(look).toHaveBeenCalledTimes(6);
  expect(look).toHaveBeenLastCalledWith(false);
  end();
  vi.advanceTimersByTime(LOOK_EVERY);
  page.dispatchEvent(new Event('visibilitychange'));
  app.dispatchEvent(new Event('offline'));
  expect(look).toHaveBeenCalledTimes(6);
});
