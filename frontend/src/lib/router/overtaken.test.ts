// The router itself, on a stage of a few globals: what is mended here is how it behaves.

import { beforeEach, expect, test, vi } from 'vitest';
import { inTurn } from './inturn';
import { quietly } from './overtaken';

type Go = (path: string) => Promise<unknown>;
let address = '/';

class Watcher {
  observe() {}
  unobserve() {}
  disconnect() {}
}

beforeEach(() => {
  let state: unknown = null;
  address = '/';
  const put = (s: unknown, _: string, url: string) => {
    state = s;
    address = new URL(url).pathname;
  };
  vi.resetModules();
  vi.stubGlobal('location', { pathname: '/', search: '', hash: '', toString: () => 'http://localhost' + address });
  vi.stubGlobal('history', { state, pushState: put, replaceState: put });
  vi.stubGlobal('window', { scrollTo: () => undefined });
  vi.stubGlobal('document', { addEventListener: () => undefined, body: {} });
  vi.stubGlobal('IntersectionObserver', Watcher);
  vi.stubGlobal('MutationObserver', Watcher);
});

async function router() {
  const { blockNavigation, createRouter } = await import('sv-router');
  // A page is still on its way when the first guard has its answer. The router reads in the text
  // of a function whether it loads a page.
  const page = Object.assign(() => new Promise((came) => setTimeout(() => came({ default: () => undefined }), 40)), { toString: () => "() => import('./Page')" }) as never;
  const made = createRouter({ '/': page, '/first': page, '/second': page });
  const plain = made.navigate as unknown as Go;
  return { plain, mended: () => quietly(plain, () => plain('/'), blockNavigation), block: blockNavigation };
}

/** A guard whose first answer takes a while; the next ones come at once. */
function saving() {
  let ms = 20;
  return async () => {
    const wait = ms;
    ms = 0;
    if (wait) await new Promise((saved) => setTimeout(saved, wait));
  };
}

test('the router alone waits for itself when a second navigation overtakes one that waits', async () => {
  const { plain, block } = await router();
  const save = saving();
  block(() => save().then(() => true));
  await expect(Promise.all([plain('/first'), plain('/second')])).rejects.toThrow('Chaining cycle detected for promise');
});

test('mended, it does not, whoever overtakes', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  const save = saving();
  block(() => save().then(() => true));
  await Promise.all([navigate('/first'), navigate('/second')]);
});

test('in turn, the page is the one that was asked for last', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  block(inTurn(saving()));
  await Promise.all([navigate('/first'), navigate('/second')]);
  await vi.waitFor(() => expect(address).toBe('/second'));
});

test('the empty navigation goes nowhere, and a save that failed holds nobody', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  block(inTurn(() => Promise.reject(new Error('no signal'))));
  await navigate('/first');
  expect(address).toBe('/first');
});
