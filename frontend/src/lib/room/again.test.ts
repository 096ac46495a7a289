import { afterEach, expect, test, vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { joined, leavePage } from './testsocket';

afterEach(leavePage);

test('a command that failed with server.unavailable is retried with the same id until it is done', async () => {
  const { room, line, close } = joined();
  let settled = '';
  const asked = room.send({ do: 'raise' }).then(
    () => (settled = 'done'),
    () => (settled = 'failed'),
  );
  const { id } = JSON.parse(line.sent[0] ?? '') as { id: string };
  for (const n of [2, 3]) {
    line.says({ error: { id, code: 'server.unavailable', message: '' } } as RoomFrame);
    expect(line.sent).toHaveLength(n - 1);
    await vi.advanceTimersByTimeAsync(1600);
    expect(line.sent).toHaveLength(n);
    expect(line.sent[n - 1]).toBe(line.sent[0]);
  }
  expect(settled).toBe('');
  expect(room.refusal).toBeNull();
  line.says({ ack: id, seq: 2 } as RoomFrame);
  await asked;
  expect(settled).toBe('done');
  await vi.advanceTimersByTimeAsync(5000);
  expect(line.sent).toHaveLength(3);
  close();
});

test('a refusal by the room is final', async () => {
  const { room, line, close } = joined();
  const asked = room.send({ do: 'raise' }).catch((e: Error) => e.message);
  const { id } = JSON.parse(line.sent[0] ?? '') as { id: string };
  line.says({ error: { id, code: 'queue.closed', message: 'no' } } as RoomFrame);
  expect(await asked).toBe('queue.closed');
  await vi.advanceTimersByTimeAsync(5000);
  expect(line.sent).toHaveLength(1);
  expect(room.refusal?.code).toBe('queue.closed');
  close();
});
