// A request goes to the path of its operation, with the values in their places.

import { afterEach, expect, it, vi } from 'vitest';
import * as op from '../wire/operations';
import { addressOf, anew, ApiFault, call } from './api';

afterEach(() => vi.unstubAllGlobals());

function answering(body: BodyInit | null) {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(body);
  });
  return asked;
}

it('fills path and query, and escapes every value', () => {
  expect(addressOf(op.readMe)).toBe('/api/v1/me');
  expect(addressOf(op.readRoomCode, { params: { code: 'A/../B?c:ws' } })).toBe('/api/v1/room-codes/A%2F..%2FB%3Fc%3Aws');
  expect(addressOf(op.listWorkshops, { query: { since: 1 } })).toBe('/api/v1/workshops?since=1');
});

it('sends method and body, and reads JSON, empty replies and bytes', async () => {
  const asked = answering('{"id":"1"}');
  expect(await call(op.createAgenda, { body: { from: '', language: 'en', title: 'Ours' } })).toEqual({ id: '1' });
  expect(asked[0]).toMatchObject({ url: '/api/v1/agendas', init: { method: 'POST', body: '{"from":"","language":"en","title":"Ours"}' } });
  answering(null);
  expect(await call(op.requestTalk)).toBeUndefined();
  answering('age');
  expect(await call(op.openSealed, { params: { id: '1' } })).toEqual(new TextEncoder().encode('age'));
});

/** A reply whose connection breaks after its first bytes. */
const broken = () =>
  new Response(
    new ReadableStream({
      pull(c) {
        c.enqueue(new TextEncoder().encode('{"id":'));
        c.error(new TypeError('network error'));
      },
    }),
  );

it('takes a reply that breaks off for no reply', async () => {
  vi.stubGlobal('fetch', () => Promise.resolve(broken()));
  await expect(call(op.readMe)).rejects.toMatchObject({ code: 'offline', status: 0 });
  await expect(call(op.openSealed, { params: { id: '1' } })).rejects.toMatchObject({ code: 'offline' });
});

// Requests that create something carry an idempotency key: a retry after a lost reply repeats it,
// and the next request has another.
it('keeps the idempotency key until a reply came, and no longer', async () => {
  const keys: (string | null)[] = [];
  let answer: () => Response = () => Response.json({ id: '1' });
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    keys.push(new Headers(init.headers).get('Idempotency-Key'));
    return answer();
  });
  const begin = (title: string) => call(op.createAgenda, { body: { from: '', language: 'en', title } }).catch((e: unknown) => (e as ApiFault).code);
  const lost = () => {
    throw new TypeError('no signal');
  };

  await call(op.requestTalk);
  await call(op.listTalkRequests);
  expect(keys).toEqual([null, null]);

  answer = lost;
  expect(await begin('Ours')).toBe('offline');
  answer = broken;
  expect(await begin('Ours')).toBe('offline');
  answer = lost;
  expect(await begin('Another')).toBe('offline');
  answer = () => Response.json({ id: '1' });
  expect(await begin('Ours')).toEqual({ id: '1' });
  const [first, second, other, third] = keys.slice(2);
  expect(first).toMatch(/^[0-9a-f-]{36}$/);
  expect([second, third]).toEqual([first, first]);
  expect(other).not.toBe(first);

  await begin('Ours');
  expect(keys.at(-1)).not.toBe(first);

  // A refusal is a reply.
  answer = () => Response.json({ code: 'agenda.full' }, { status: 409 });
  await begin('Ours');
  await begin('Ours');
  expect(keys.at(-1)).not.toBe(keys.at(-2));

  // Two taps at once mean one request.
  await Promise.all([begin('Ours'), begin('Ours')]);
  expect(keys.at(-1)).toBe(keys.at(-2));

  // Much later it is a new request.
  vi.useFakeTimers({ now: Date.now() });
  answer = lost;
  await begin('Ours');
  vi.setSystemTime(Date.now() + 121_000);
  await begin('Ours');
  expect(keys.at(-1)).not.toBe(keys.at(-2));
  vi.useRealTimers();
});

it('requests a new code once when the first was made and its reply was lost', async () => {
  const answers = [Response.json({ code: 'request.done' }, { status: 409 }), Response.json({ code: '123456', expires_at: 1 })];
  vi.stubGlobal('fetch', async () => answers.shift() ?? Response.error());
  const make = () => call(op.makeStageCode, { params: { workshop: '1' } });
  expect((await anew(make)).code).toBe('123456');
  answers.push(Response.json({ code: 'request.done' }, { status: 409 }), Response.json({ code: 'request.done' }, { status: 409 }));
  await expect(anew(make)).rejects.toMatchObject({ code: 'request.done' });
});
