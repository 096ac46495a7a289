import { afterEach, expect, test, vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { SILENT } from './line';
import { Room } from './room.svelte';
import { leavePage, testPage, TestSocket } from './testsocket';

afterEach(leavePage);

// The server side of plain requests: each request waits until the test answers it.
interface Asked {
  path: string;
  device: string;
  query: URLSearchParams;
  body: { id: string; do: string } | null;
  gone: boolean;
  answers(body: object, status?: number): void;
  fails(): void;
}

function requests() {
  const all: Asked[] = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    return new Promise((done, fail) => {
      const { pathname, searchParams } = new URL(url, 'http://x');
      const asked: Asked = {
        path: pathname.replace('/api/v1/rooms/w', ''),
        device: searchParams.get('device') ?? '',
        query: searchParams,
        body: typeof init.body === 'string' ? (JSON.parse(init.body) as Asked['body']) : null,
        gone: false,
        answers: (body, status = 200) => done(new Response(JSON.stringify(body), { status })),
        fails: () => fail(new TypeError('Failed to fetch')),
      };
      init.signal?.addEventListener('abort', () => {
        asked.gone = true;
        fail(new DOMException('aborted', 'AbortError'));
      });
      all.push(asked);
    });
  });
  return {
    all,
    polls: () => all.filter((a) => a.path === '/poll'),
    commands: () => all.filter((a) => a.path === '/commands' && a.body?.do !== 'clock'),
    last: (path: string) => {
      const found = all.filter((a) => a.path === path && a.body?.do !== 'clock').at(-1);
      if (!found) throw new Error('nobody asked ' + path);
      return found;
    },
  };
}

const later = async (ms: number) => {
  await vi.advanceTimersByTimeAsync(ms);
  await vi.dynamicImportSettled();
  await vi.advanceTimersByTimeAsync(0);
};

/** Lets time pass in a room without news: each poll is held for 25 s. */
async function quiet(net: ReturnType<typeof requests>, ms: number) {
  for (let left = ms; left > 0; left -= 25_000) {
    await later(Math.min(25_000, left));
    if (left < 25_000) return;
    net.last('/poll').answers({ ...shown(), mark: 'm' + --mark });
  }
}

let mark = 0;
const shown = (view: object = {}, seq = 1) => ({ view: { state: 'running', ...view }, me: {}, seq, mark: 'm' + ++mark, now: Date.now(), held_ms: 0 });

/** A room behind a network that blocks sockets. */
async function blocked(end: (s: TestSocket) => Promise<void> = async (s) => s.ends(1006)) {
  const page = testPage();
  const net = requests();
  const room = new Room<{ state: string; n?: number }>('w');
  const close = room.open();
  await end(TestSocket.last);
  await later(600);
  return { page, net, room, close };
}

test('a network that refuses sockets leads to plain requests within a second', async () => {
  const { net, room, close } = await blocked();
  expect(net.polls()).toHaveLength(1);
  expect(net.polls()[0]?.query.get('seq')).toBeNull();
  net.last('/poll').answers(shown({ n: 1 }, 5));
  await later(0);
  expect([room.link, room.view?.n]).toEqual(['on', 1]);
  await later(250);
  expect(net.last('/poll').query.get('seq')).toBe('5');
  expect(net.last('/poll').query.get('mark')).toBe('m' + mark);
  net.last('/poll').answers({ ...shown({ n: 2 }, 6), live: { writing: 3, saved: 1, stages: 0 } });
  await later(0);
  expect([room.view?.n, room.live.writing]).toEqual([2, 3]);
  await later(250);
  const open = net.last('/poll');
  close();
  expect(open.gone).toBe(true);
  const asked = net.all.length;
  await later(60_000);
  expect(net.all).toHaveLength(asked);
});

test('so does a proxy that opens a socket and buffers its frames', async () => {
  const { net, room, close } = await blocked(() => later(8_000));
  net.last('/poll').answers(shown());
  await later(0);
  expect(room.link).toBe('on');
  // A second socket would take the seat from the running poll, only to stay silent again.
  await quiet(net, 400_000);
  expect(room.link).toBe('on');
  expect(TestSocket.made).toHaveLength(1);
  close();
});

test('polls start at most five times a second', async () => {
  const { net, close } = await blocked();
  const before = net.polls().length;
  for (let i = 0; i < 20; i++) {
    net.polls().at(-1)?.answers(shown());
    await later(50);
  }
  expect(net.polls().length - before).toBeLessThanOrEqual(6);
  close();
});

test('a command is sent once, and resent with its id until it is answered', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(250);
  let settled = '';
  const done = room.send({ do: 'raise' }).then(() => (settled = 'done'));
  await later(0);
  // News in between does not resend it.
  net.last('/poll').answers(shown());
  await later(250);
  expect(net.commands()).toHaveLength(1);
  net.last('/commands').fails();
  await later(1_600);
  expect(net.commands()).toHaveLength(2);
  expect(net.commands()[1]?.body).toEqual(net.commands()[0]?.body);
  // A proxy's error page is not an answer either.
  net.last('/commands').answers({}, 502);
  await later(1_600);
  expect(net.commands()).toHaveLength(3);
  expect(settled).toBe('');
  net.last('/commands').answers({ ack: net.commands()[0]?.body?.id, seq: 2, now: Date.now() });
  await done;
  await later(5_000);
  expect(net.commands()).toHaveLength(3);
  close();
});

test('commands are sent one at a time, and a clock request does not wait for them', async () => {
  const { page, net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(0);
  for (const a of net.all) if (a.body?.do === 'clock') a.answers({ ack: a.body.id, now: Date.now() });
  await later(0);
  void room.send({ do: 'raise' });
  void room.send({ do: 'lower' });
  await later(0);
  expect(net.commands().map((c) => c.body?.do)).toEqual(['raise']);
  const before = net.all.filter((a) => a.body?.do === 'clock').length;
  page.happens('visibilitychange');
  await later(0);
  expect(net.all.filter((a) => a.body?.do === 'clock')).toHaveLength(before + 1);
  net.last('/commands').answers({ ack: net.last('/commands').body?.id, now: Date.now() });
  await later(0);
  expect(net.commands().map((c) => c.body?.do)).toEqual(['raise', 'lower']);
  close();
});

test('a refusal contains the server’s words', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(0);
  const asked = room.send({ do: 'raise' }).catch((e: Error) => e.message);
  await later(0);
  net.last('/commands').answers({ code: 'queue.closed', title: 'The line is closed.' }, 409);
  expect(await asked).toBe('queue.closed');
  expect(room.refusal?.message).toBe('The line is closed.');
  close();
});

test('a refused report of page state is not shown to the person', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(0);
  room.tell(true, false);
  await later(0);
  expect(net.last('/commands').body?.do).toBe('status');
  net.last('/commands').answers({ code: 'room.not_here', title: 'Not here.' }, 409);
  await later(0);
  expect(room.refusal).toBeNull();
  close();
});

test.each([
  [401, 'signin.needed', 'signed_out'],
  [403, 'access.refused', 'not_allowed'],
  [404, 'not.found', 'gone'],
  [409, 'room.taken_over', 'taken'],
  [403, 'room.removed', 'removed'],
  [409, 'room.full', 'not_allowed'],
])('%i %s ends it', async (status, code, why) => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers({ code, title: 'No.' }, status);
  await later(0);
  expect([room.link, room.why]).toEqual(['closed', why]);
  if (code === 'room.full') expect(room.refusal?.code).toBe('room.full');
  close();
});

test('a proxy’s 403 is not the room’s, and a lost poll is repeated', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(250);
  net.last('/poll').answers({}, 403);
  await later(0);
  expect(room.link).toBe('off');
  await later(600);
  // The transport that worked before is tried first.
  expect(TestSocket.made).toHaveLength(1);
  net.last('/poll').fails();
  await later(1_100);
  expect(TestSocket.made).toHaveLength(2);
  TestSocket.last.ends(1006);
  await later(2_100);
  net.last('/poll').answers(shown());
  await later(0);
  expect(room.link).toBe('on');
  close();
});

test('a socket is tried now and then, and takes over after its first view', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown({ n: 1 }));
  await quiet(net, 29_000);
  expect(TestSocket.made).toHaveLength(1);
  await later(1_500);
  expect(TestSocket.made).toHaveLength(2);
  TestSocket.last.ends(1006);
  await quiet(net, 59_000);
  expect(TestSocket.made).toHaveLength(2);
  await later(1_500);
  const socket = TestSocket.last;
  expect(TestSocket.made).toHaveLength(3);
  const asked = room.send({ do: 'raise' });
  await later(0);
  const poll = net.last('/poll');
  socket.shows({ n: 2 });
  expect(poll.gone).toBe(true);
  expect([room.link, room.view?.n]).toEqual(['on', 2]);
  // The command that was in flight is resent on the socket.
  expect(socket.sent.map((f) => (JSON.parse(f) as { id: string }).id)).toEqual([net.commands()[0]?.body?.id]);
  socket.says({ ack: net.commands()[0]?.body?.id, seq: 3 } as RoomFrame);
  await asked;
  const asks = net.all.length;
  await later(60_000);
  expect(net.all).toHaveLength(asks);
  // From now on it behaves like any other line.
  socket.ends(1012);
  expect(room.link).toBe('off');
  await later(600);
  expect(TestSocket.made).toHaveLength(4);
  close();
});

test('a socket that took the seat and stayed silent gives it back, and is not tried again', async () => {
  const { net, room, close } = await blocked();
  net.last('/poll').answers(shown({ n: 1 }));
  await quiet(net, 30_500);
  const [poll, device] = [net.last('/poll'), net.last('/poll').device];
  const asked = room.send({ do: 'raise' }).then(() => 'done');
  await later(0);
  poll.answers({ code: 'room.taken_over', title: '' }, 409);
  await later(0);
  expect(room.link).toBe('on');
  await later(8_000);
  const second = net.last('/poll');
  expect(second.device).not.toBe(device);
  expect(second.query.get('mark')).toBeNull();
  second.answers(shown({ n: 2 }));
  await later(0);
  expect([room.link, room.view?.n]).toEqual(['on', 2]);
  expect(net.last('/commands').device).toBe(second.device);
  net.last('/commands').answers({ ack: net.last('/commands').body?.id, now: Date.now() });
  expect(await asked).toBe('done');
  await quiet(net, 400_000);
  expect(TestSocket.made).toHaveLength(2);
  close();
});

test('where a socket has worked before, the line waits for a restarting server', async () => {
  testPage();
  const net = requests();
  const room = new Room('w');
  const close = room.open();
  TestSocket.last.shows();
  for (let i = 0; i < 3; i++) {
    TestSocket.last.ends(1006);
    expect(net.polls()).toHaveLength(0);
    await later(4_000);
  }
  expect(TestSocket.made).toHaveLength(4);
  TestSocket.last.ends(SILENT);
  await later(8_000);
  expect(net.polls()).toHaveLength(1);
  close();
});

test('after a network change a socket is tried first', async () => {
  const { page, net, room, close } = await blocked();
  net.last('/poll').answers(shown());
  await later(0);
  page.happens('offline');
  expect(room.link).toBe('off');
  page.happens('online');
  expect(TestSocket.made).toHaveLength(2);
  TestSocket.last.shows({ n: 9 });
  expect([room.link, room.view?.n]).toEqual(['on', 9]);
  close();
});
