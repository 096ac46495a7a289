import { beforeEach, expect, test, vi } from 'vitest';
import { owe, owed } from './leaving';
import { forgive } from './tidy';

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

test('signing in cancels the pending goodbye of the earlier sign-in, but never that of a room', () => {
  owe('/auth/sign-out');
  forgive();
  expect(owed()).toEqual([]);
  owe('/auth/quick-exit', '/guest/leave');
  forgive();
  expect(owed()).toEqual(['/guest/leave']);
  owe('/auth/quick-exit');
  forgive();
  expect(owed()).toEqual(['/guest/leave']);
});
