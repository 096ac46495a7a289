// A tab that starts, or is used, and what other tabs know of it: only the server's no ends a sign-in
// here.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lastUse, mark, mask } from './leaving';
import { Signin } from './signin.svelte';
import { aTab } from './tab.testing';
import { watchIdle } from './watch';

const reload = vi.fn();

beforeEach(() => {
  reload.mockReset();
  aTab(reload);
  mark.set(true);
  mask.set('m');
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a start that is not told who is signed in', () => {
  it.each([
    ['a reply that breaks off', () => Promise.resolve(new Response(new ReadableStream({ pull: (c) => c.error(new TypeError('network error')) }))), 'offline', true],
    ['a fault of the server', () => Promise.resolve(new Response('{"code":"server.broken"}', { status: 500 })), 'offline', true],
    ['no connection', () => Promise.reject(new TypeError('no signal')), 'offline', true],
    ['the server’s no', () => Promise.resolve(new Response('{"code":"signin.refused"}', { status: 401 })), 'out', false],
  ] as const)('after %s', async (_, answer, state, signedIn) => {
    vi.stubGlobal('navigator', {});
    vi.stubGlobal('fetch', answer);
    const fresh = new Signin();
    await fresh.start();
    await fresh.cleared;
    expect([fresh.state, mark.get(), mask.get() !== null]).toEqual([state, signedIn, signedIn]);
  });
});

it('activity here is visible to the other tabs', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
  const ended = watchIdle(Object.assign(new Signin(), { state: 'in', me: { roles: [], lock_minutes: 1, sign_out_minutes: 60 } }), () => Promise.resolve());
  dispatchEvent(new Event('keydown'));
  expect(lastUse.get()).toBe(Date.now());
  vi.setSystemTime(Date.now() - 3_600_000);
  expect(lastUse.get()).toBe(0);
  ended();
});

it('when nobody was signed in, nothing is reloaded', async () => {
  const fresh = new Signin();
  fresh.lost();
  await fresh.cleared;
  expect(reload).not.toHaveBeenCalled();
});

it('a page leaving by quick exit is not reloaded by a "signed out" reply', () => {
  document.documentElement.hidden = true;
  new Signin().lost();
  expect(reload).not.toHaveBeenCalled();
});
