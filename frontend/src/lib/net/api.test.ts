// One operation is asked where its row says, with its values in their places.

import { afterEach, expect, it, vi } from 'vitest';
import * as op from '../wire/operations';
import { addressOf, call } from './api';

afterEach(() => vi.unstubAllGlobals());

function answering(body: BodyInit | null) {
  const asked: { url: string; init: RequestInit }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    return new Response(body);
  });
  return asked;
}

it('puts values into the path and the query, and lets none of them change either', () => {
  expect(addressOf(op.readMe)).toBe('/api/v1/me');
  expect(addressOf(op.readRoomCode, { params: { code: 'A/../B?c:ws' } })).toBe('/api/v1/room-codes/A%2F..%2FB%3Fc%3Aws');
  expect(addressOf(op.listWorkshops, { query: { since: 1 } })).toBe('/api/v1/workshops?since=1');
});

it('asks with method and body, and reads JSON, nothing and bytes', async () => {
  const asked = answering('{"id":"1"}');
  expect(await call(op.createAgenda, { body: { from: '', language: 'en', title: 'Ours' } })).toEqual({ id: '1' });
  expect(asked[0]).toMatchObject({ url: '/api/v1/agendas', init: { method: 'POST', body: '{"from":"","language":"en","title":"Ours"}' } });
  answering(null);
  expect(await call(op.tellCounselor)).toBeUndefined();
  answering('age');
  expect(await call(op.openSealed, { params: { id: '1' } })).toEqual(new TextEncoder().encode('age'));
});
