// Nothing navigates while leaving: another document of this app would take the place of the neutral
// site. And a tab that heard nothing leaves by the stamp.

import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { EXIT, leaveAlong, listenForExit, load } from './exit';

const sources = import.meta.glob<string>(['../../**/*.{ts,svelte}', '!../../**/*.test.ts'], { eager: true, query: '?raw', import: 'default' });

/** What loads a document: a call on a location, an assignment to it, and the same by other means. */
const LOADS =
  /\blocation\??\.(assign|replace|reload)\b|\blocation\s*\[|\blocation(\.(href|pathname|search|hash))?\s*=[^=>]|\bhistory\.(go|forward)\b|\bnavigation\.(navigate|reload|back|traverseTo)\b|\.navigate\(|window\.open\(|\.submit\(|http-equiv/;

test.each([
  'location.reload()',
  "second.location.replace('/x')",
  'const { reload } = window.location.reload',
  "location.href = '/'",
  "location = '/'",
  "location['assign']('/')",
  'history.go(-1)',
  'client.navigate(url)',
])('finds %s', (source) => {
  expect(LOADS.test(source)).toBe(true);
});

test('only lib/signin/exit loads a document', () => {
  const found = Object.entries(sources).flatMap(([path, source]) =>
    source
      .split('\n')
      .filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line) && LOADS.test(line))
      .map((line) => [path.replace('../../', ''), line.trim()]),
  );
  expect(found.filter(([path]) => path !== './exit.ts')).toEqual([
    // A blank window, which `load` fills; it is closed when quick exit was used meanwhile.
    ['areas/run/RunStage.svelte', "const second = window.open('about:blank', 'stage', 'popup,width=1280,height=720');"],
    // The router's own navigation, which `quietly` stops while leaving.
    ['routes.ts', expect.stringContaining('quietly(router.navigate, ')],
  ]);
});

describe('a document', () => {
  const calls = { replace: vi.fn(), assign: vi.fn(), reload: vi.fn() };
  const held = new Map<string, string>();
  let page: EventTarget;
  let stop: () => void;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.clearAllMocks();
    held.clear();
    page = new EventTarget();
    for (const [name, of] of Object.entries({
      localStorage: { getItem: (k: string) => held.get(k) ?? null, setItem: (k: string, v: string) => held.set(k, v), removeItem: (k: string) => held.delete(k) },
      sessionStorage: { setItem: () => undefined },
      location: calls,
      document: { documentElement: { hidden: false } },
    }))
      vi.stubGlobal(name, of);
    for (const name of ['addEventListener', 'removeEventListener', 'dispatchEvent'] as const) vi.stubGlobal(name, page[name].bind(page));
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  const listen = () => (stop = listenForExit());
  const left = () => calls.replace.mock.calls.length;

  it('loads another, until it is leaving', () => {
    listen();
    load();
    load('/sign-in');
    load('/agendas/a', 'assign');
    expect([calls.reload, calls.replace, calls.assign].map((f) => f.mock.calls)).toEqual([[[]], [['/sign-in']], [['/agendas/a']]]);
    // An address of this page with another fragment loads nothing by itself.
    const replaceState = vi.fn();
    vi.stubGlobal('history', { replaceState });
    load('/join#AB-1');
    expect([replaceState.mock.calls, calls.reload.mock.calls.length, calls.replace.mock.calls.length]).toEqual([[[null, '', '/join#AB-1']], 2, 1]);
    document.documentElement.hidden = true;
    load();
    load('/sign-in');
    load('/join#AB-1');
    load('/agendas/a', 'assign');
    expect([calls.reload, calls.replace, calls.assign, replaceState].map((f) => f.mock.calls.length)).toEqual([2, 1, 1, 1]);
  });

  it('that was frozen while another tab left vanishes as soon as it is shown, whoever uses it', () => {
    for (const e of [Object.assign(new Event('pageshow'), { persisted: true }), new Event('visibilitychange')]) {
      listen();
      dispatchEvent(e);
      expect(left()).toBe(0);
      held.set(EXIT, String(Date.now()));
      dispatchEvent(e);
      expect([document.documentElement.hidden, left()]).toEqual([true, 1]);
      stop();
      document.documentElement.hidden = false;
      calls.replace.mockClear();
      held.clear();
    }
  });

  it('that was frozen while leaving leaves again', () => {
    listen();
    document.documentElement.hidden = true;
    dispatchEvent(Object.assign(new Event('pageshow'), { persisted: false }));
    expect(left()).toBe(0);
    dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
    expect(left()).toBe(1);
  });

  it('answers Back while leaving by leaving again, and the router hears nothing', () => {
    const router = vi.fn();
    listen();
    addEventListener('popstate', router);
    dispatchEvent(new Event('popstate'));
    expect([router.mock.calls.length, left()]).toEqual([1, 0]);
    document.documentElement.hidden = true;
    dispatchEvent(new Event('popstate'));
    expect([router.mock.calls.length, left()]).toEqual([1, 1]);
  });

  it('that began after a quick exit stays, also when the clock was wrong then', async () => {
    for (const at of [performance.timeOrigin - 1, Date.now() + 3_600_000]) {
      held.set(EXIT, String(at));
      listen();
      dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }));
      expect([leaveAlong(), left()]).toEqual([false, 0]);
      vi.setSystemTime(Date.now() + 7_200_000);
      expect([leaveAlong(), left()]).toEqual([false, 0]);
      vi.setSystemTime(Date.now() - 7_200_000);
      stop();
    }
    // The device slept: the page's own clock stayed behind.
    vi.stubGlobal('performance', { timeOrigin: performance.timeOrigin - 3_600_000, now: () => 5 });
    held.set(EXIT, String(Date.now() - 1_800_000));
    vi.resetModules();
    stop = (await import('./exit')).listenForExit();
    expect(left()).toBe(0);
  });

  it('leaves by a newer stamp, also when the clock was set back since it began', () => {
    held.set(EXIT, '7');
    listen();
    held.set(EXIT, '5');
    expect([leaveAlong(), left()]).toEqual([true, 1]);
  });
});
