// When the list is refused: 401 also ends the sign-in here; any other refusal closes the list.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import type { Pairs } from './pairs.svelte';
import { Shared } from './shared.svelte';

beforeEach(() => {
  const page = new EventTarget();
  vi.stubGlobal('window', page);
  vi.stubGlobal('document', page);
  vi.stubGlobal('requestAnimationFrame', () => 1);
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

for (const [status, lost] of [
  [401, 1],
  [403, 0],
  [404, 0],
] as const)
  it(`${status} closes it${lost ? ', and the person is signed out here' : ''}`, async () => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"code":"refused"}', { status })));
    const signin = { lost: vi.fn() };
    const list = new Shared(signin as unknown as Signin, { load: () => Promise.resolve() } as unknown as Pairs);
    const stop = list.open();
    await vi.waitFor(() => expect(list.sight).toBe('ended'));
    expect([list.rows, signin.lost.mock.calls.length]).toEqual([null, lost]);
    stop();
  });
