import { afterEach, expect, test, vi } from 'vitest';
import { joined, leavePage, TestSocket } from './testsocket';

afterEach(leavePage);

const later = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(0);
};

/** Counts connection attempts, by socket or plain request, on a device without a network. */
function attempts(): () => number {
  let asked = 0;
  vi.stubGlobal('fetch', () => {
    asked++;
    return Promise.reject(new TypeError('Failed to fetch'));
  });
  return () => TestSocket.made.length + asked;
}

test('a line that ends is reopened, and an unacknowledged command is resent with its id', async () => {
  const { room, line, close } = joined();
  const asked = room.send({ do: 'raise' });
  line.ends(1006);
  expect(room.link).toBe('off');
  await later(500);
  const second = TestSocket.last;
  expect(second).not.toBe(line);
  expect(second.sent).toEqual([]);
  second.shows();
  expect(room.link).toBe('on');
  expect(second.sent).toEqual(line.sent);
  second.says({ ack: (JSON.parse(second.sent[0] ?? '') as { id: string }).id, seq: 2 });
  await asked;
  close();
});

test('the retry delay doubles while nothing answers, up to 15 s', async () => {
  const { line, close } = joined();
  const tried = attempts();
  line.ends(1006);
  const tries = [];
  for (let i = 0; i < 12; i++) {
    const before = tried();
    for (let s = 0; s < 15; s++) {
      await later(1_000);
      TestSocket.last.ends(1006);
    }
    tries.push(tried() - before);
  }
  expect(tries[0]).toBeGreaterThanOrEqual(4);
  for (const n of tries.slice(2)) expect(n).toBeLessThanOrEqual(3);
  expect(tries.slice(2).reduce((n, m) => n + m)).toBeGreaterThanOrEqual(9);
  close();
});

test.each([
  [4401, 'signed_out'],
  [4403, 'not_allowed'],
  [4404, 'gone'],
  [4409, 'taken'],
  [4410, 'removed'],
])('%i is final until the person comes back', async (code, why) => {
  const { page, room, line, close } = joined();
  const asked = room.send({ do: 'raise' }).catch((e: Error) => e.message);
  line.ends(code);
  expect([room.link, room.why]).toEqual(['closed', why]);
  expect(await asked).toBe('room.closed');
  page.happens('pageshow', { persisted: true });
  page.happens('visibilitychange');
  page.happens('online');
  await later(60_000);
  expect(TestSocket.made).toHaveLength(1);
  room.takeBack();
  expect(TestSocket.made).toHaveLength(2);
  TestSocket.last.shows();
  expect([room.link, room.why]).toEqual(['on', '']);
  close();
});

test('a line that does not answer a probe after waking is replaced', async () => {
  const { page, room, line, close } = joined();
  line.ticks();
  const asked = line.clocks.length;
  page.visible = false;
  page.happens('visibilitychange');
  expect(line.clocks).toHaveLength(asked);
  page.visible = true;
  page.happens('visibilitychange');
  expect(line.clocks).toHaveLength(asked + 1);
  await later(3_900);
  expect(room.link).toBe('on');
  await later(700);
  expect(TestSocket.made).toHaveLength(2);
  close();
});

test('a line that answers the probe is kept', async () => {
  const { page, room, line, close } = joined();
  line.ticks();
  page.happens('visibilitychange');
  line.ticks();
  await later(6_000);
  expect(TestSocket.made).toHaveLength(1);
  expect(room.link).toBe('on');
  close();
});

test('waking up ends a retry delay at once', async () => {
  const { page, line, close } = joined();
  const tried = attempts();
  line.ends(1006);
  for (let i = 0; i < 6; i++) {
    await later(15_000);
    TestSocket.last.ends(1006);
  }
  // Now the retry delay is seconds long, for a socket or for plain requests.
  await later(0);
  const before = tried();
  page.happens('visibilitychange');
  await later(0);
  expect(tried()).toBe(before + 1);
  close();
});

test('a page in the back/forward cache closes its line and reopens it when shown', () => {
  const { page, room, line, close } = joined();
  page.happens('pagehide', { persisted: true });
  expect(line.readyState).toBe(3);
  expect(room.link).toBe('off');
  void room.send({ do: 'raise' });
  page.happens('pageshow', { persisted: true });
  const second = TestSocket.last;
  second.shows({ n: 2 }, 7);
  expect(room.link).toBe('on');
  expect(room.view?.n).toBe(2);
  expect(second.sent).toHaveLength(1);
  close();
});

test('an idle line is probed after 45 s, and replaced when it does not answer', async () => {
  const { room, line, close } = joined();
  line.ticks();
  await later(45_500);
  expect(line.clocks).toHaveLength(2);
  line.ticks();
  await later(45_500);
  expect(line.clocks).toHaveLength(3);
  expect(room.link).toBe('on');
  await later(8_500);
  expect(TestSocket.made).toHaveLength(2);
  close();
});

test('commands that wait for an answer are counted, unimportant reports are not', async () => {
  const { room, line, close } = joined();
  room.tell(true, false);
  expect(room.waiting).toBe(0);
  const asked = [room.send({ do: 'raise' }), room.send({ do: 'ready', with: { on: true } }).catch(() => undefined)];
  expect(room.waiting).toBe(2);
  line.ends(1006);
  expect(room.waiting).toBe(2);
  await later(600);
  TestSocket.last.shows();
  const id = (verb: string) => line.sent.map((f) => JSON.parse(f) as { id: string; do: string }).find((c) => c.do === verb)?.id ?? '';
  TestSocket.last.says({ ack: id('raise'), seq: 2 });
  expect(room.waiting).toBe(1);
  TestSocket.last.says({ error: { id: id('ready'), code: 'room.moved_on', message: '' } });
  expect(room.waiting).toBe(0);
  await Promise.all(asked);
  close();
});

test('a device time is converted to the server’s time', () => {
  const { room, line, close } = joined();
  const local = Date.now();
  line.says({ ack: line.clocks.at(-1) ?? '', now: local + 900_000 });
  expect(room.serverTime(local - 60_000)).toBe(local + 840_000);
  close();
});

test('a device whose clock was set asks for the time', async () => {
  const { room, line, close } = joined();
  line.ticks();
  const truth = Date.now();
  vi.setSystemTime(truth - 15 * 60_000);
  await later(250);
  expect(line.clocks).toHaveLength(2);
  line.says({ ack: line.clocks.at(-1) ?? '', now: truth + 250 });
  await later(250);
  expect(Math.abs(room.now - truth - 500)).toBeLessThan(20);
  close();
});

test('all screens tick on quarter seconds of the server’s clock', async () => {
  const { room, line, close } = joined();
  line.says({ ack: line.clocks.at(-1) ?? '', now: Date.now() + 900_137 });
  await later(250);
  const seen = [];
  for (let i = 0; i < 4; i++) {
    await later(250);
    seen.push(room.now % 250);
  }
  expect(Math.max(...seen)).toBeLessThan(5);
  close();
});
