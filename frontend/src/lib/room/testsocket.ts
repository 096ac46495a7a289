// For tests: a page without a browser, whose sockets are test doubles; everything else is real.

import { vi } from 'vitest';
import type { RoomFrame } from '../wire/wire';
import { Room } from './room.svelte';

export class TestSocket {
  static OPEN = 1;
  static made: TestSocket[] = [];
  readyState = 1;
  /** Commands sent, without clock requests. */
  sent: string[] = [];
  clocks: string[] = [];
  onmessage: ((e: { data: string }) => void) | null = null;
  onclose: ((e: { code: number }) => void) | null = null;

  constructor() {
    TestSocket.made.push(this);
  }
  static get last(): TestSocket {
    const made = TestSocket.made.at(-1);
    if (!made) throw new Error('no socket was made');
    return made;
  }
  send(frame: string) {
    const command = JSON.parse(frame) as { id: string; do: string };
    if (command.do === 'clock') this.clocks.push(command.id);
    else this.sent.push(frame);
  }
  close() {
    this.readyState = 3;
  }
  says(f: RoomFrame) {
    this.onmessage?.({ data: JSON.stringify(f) });
  }
  shows(view: object = {}, seq = 1) {
    this.says({ view: { state: 'running', ...view } as never, me: {} as never, seq, now: Date.now() });
  }
  /** Answers the last clock request. */
  ticks() {
    this.says({ ack: this.clocks.at(-1) ?? '', now: Date.now() });
  }
  ends(code: number) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

/** A page whose events come from the test. */
export interface TestPage {
  visible: boolean;
  happens(event: string, more?: object): void;
}

export function testPage(): TestPage {
  vi.useFakeTimers();
  vi.setSystemTime(1_760_000_000_000);
  TestSocket.made = [];
  const heard = new Map<string, Set<(e: object) => void>>();
  const page: TestPage = {
    visible: true,
    happens: (event, more = {}) => {
      for (const hear of heard.get(event) ?? []) hear({ type: event, ...more });
    },
  };
  const target = {
    addEventListener: (event: string, hear: (e: object) => void) => heard.set(event, (heard.get(event) ?? new Set()).add(hear)),
    removeEventListener: (event: string, hear: (e: object) => void) => heard.get(event)?.delete(hear),
  };
  vi.stubGlobal('WebSocket', TestSocket);
  vi.stubGlobal('location', { protocol: 'http:', host: 'x' });
  vi.stubGlobal('addEventListener', target.addEventListener);
  vi.stubGlobal('removeEventListener', target.removeEventListener);
  vi.stubGlobal('document', {
    ...target,
    get visibilityState() {
      return page.visible ? 'visible' : 'hidden';
    },
  });
  return page;
}

export function leavePage(): void {
  vi.useRealTimers();
  vi.unstubAllGlobals();
}

export function joined() {
  const page = testPage();
  const room = new Room<{ state: string; n?: number }>('w');
  const close = room.open();
  TestSocket.last.shows();
  return { page, room, line: TestSocket.last, close };
}
