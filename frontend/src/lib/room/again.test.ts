import { afterEach, expect, test, vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { Room } from './room.svelte';

// A socket whose other end is this test; everything else is the real room.
class Line {
  static OPEN = 1;
  static last: Line;
  readyState = 1;
  sent: string[] = [];
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;
  constructor() {
    Line.last = this;
  }
  send(frame: string) {
    this.sent.push(frame);
  }
  close() {
    this.readyState = 3;
  }
  says(f: RoomFrame) {
    this.onmessage?.({ data: JSON.stringify(f) });
  }
}

function joined() {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Line);
  vi.stubGlobal('location', { protocol: 'http:', host: 'x' });
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('removeEventListener', () => undefined);
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined, removeEventListener: () => undefined });
  const room = new Room('w');
  const close = room.open();
  Line.last.says({ view: { state: 'running' } as never, me: {} as never, seq: 1, now: 1 });
  return { room, line: Line.last, close };
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('a command that the server could not take just now is asked again under the same id until it is done', async () => {
  const { room, line, close } = joined();
  let settled = '';
  const asked = room.send('raise').then(
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

test('a refusal of the room itself is final', async () => {
  const { room, line, close } = joined();
  const asked = room.send('raise').catch((e: Error) => e.message);
  const { id } = JSON.parse(line.sent[0] ?? '') as { id: string };
  line.says({ error: { id, code: 'queue.closed', message: 'no' } } as RoomFrame);
  expect(await asked).toBe('queue.closed');
  await vi.advanceTimersByTimeAsync(5000);
  expect(line.sent).toHaveLength(1);
  expect(room.refusal?.code).toBe('queue.closed');
  close();
});
