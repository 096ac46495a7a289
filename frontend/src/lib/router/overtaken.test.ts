// The real router with a few stubbed globals: the workaround is for how it behaves.

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
  vi.stubGlobal('document', { addEventListener: () => undefined, body: {}, documentElement: { hidden: false } });
  vi.stubGlobal('IntersectionObserver', Watcher);
  vi.stubGlobal('MutationObserver', Watcher);
});

async function router() {
  const { blockNavigation, createRouter } = await import('sv-router');
  // The page is still loading when the first guard answers. The router looks at a function's text
  // to see whether it loads a page.
  const page = Object.assign(() => new Promise((came) => setTimeout(() => came({ default: () => undefined }), 40)), { toString: () => "() => import('./Page')" }) as never;
  const made = createRouter({ '/': page, '/first': page, '/second': page });
  const plain = made.navigate as unknown as Go;
  return { plain, mended: () => quietly(plain, () => plain('/'), blockNavigation), block: blockNavigation };
}

/** A guard whose first answer is slow; later ones are immediate. */
function saving() {
  let ms = 20;
  return async () => {
    const wait = ms;
    ms = 0;
    if (wait) await new Promise((saved) => setTimeout(saved, wait));
  };
}

test('without the workaround the router waits for itself when a second navigation overtakes a waiting one', async () => {
  const { plain, block } = await router();
  const save = saving();
  block(() => save().then(() => true));
  await expect(Promise.all([plain('/first'), plain('/second')])).rejects.toThrow('Chaining cycle detected for promise');
});

test('with the workaround it never does, whichever navigation overtakes', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  const save = saving();
  block(() => save().then(() => true));
  await Promise.all([navigate('/first'), navigate('/second')]);
});

test('with inTurn the page is the one requested last', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  block(inTurn(saving()));
  await Promise.all([navigate('/first'), navigate('/second')]);
  await vi.waitFor(() => expect(address).toBe('/second'));
});

test('while quick exit is under way no navigation begins', async () => {
  const navigate = (await router()).mended();
  await navigate('/first');
  document.documentElement.hidden = true;
  await navigate('/second');
  expect(address).toBe('/first');
});

test('the empty navigation goes nowhere, and a failed save blocks nobody', async () => {
  const { mended, block } = await router();
  const navigate = mended();
  block(inTurn(() => Promise.reject(new Error('no signal'))));
  await navigate('/first');
  expect(address).toBe('/first');
});
