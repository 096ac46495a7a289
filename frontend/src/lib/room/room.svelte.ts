// A room as this device sees it: one whole view at each connect, then patches. The server
// decides; this only draws and asks. A command is kept until it is acknowledged and sent again
// with the same id after a reconnect, so that it is done once.

import type { CommandWith, RoomError, RoomFrame, RoomLive, RoomMe } from '../wire/wire';
import { ServerClock } from './clock';
import { uuid7 } from './ids';
import { applyPatch, type Json } from './patch';

export type Link = 'connecting' | 'on' | 'off' | 'closed';
export type Why = 'signed_out' | 'not_allowed' | 'gone' | 'taken' | 'removed' | 'many' | '';

/** Close codes after which coming back by itself makes no sense. */
const FINAL: Record<number, Why> = { 4401: 'signed_out', 4403: 'not_allowed', 4404: 'gone', 4409: 'taken', 4410: 'removed' };

const FIRST_WAIT = 500;
const LAST_WAIT = 15_000;
const HEARTBEAT = 45_000;
/** The server could not write just now (a database that restarts, a full disk): nothing is lost, ask again. */
const NOT_NOW = 'server.unavailable';
const AGAIN = 1_000;

interface Pending {
  id: string;
  frame: string;
  done: () => void;
  fail: (e: RoomError) => void;
}

export class Room<View extends object> {
  view = $state.raw<View | null>(null);
  me = $state.raw<RoomMe | null>(null);
  live = $state.raw<RoomLive>({ writing: 0, saved: 0, stages: 0 });
  link = $state<Link>('connecting');
  why = $state<Why>('');
  /** The last refusal, in the server's words, for a moment. */
  refusal = $state.raw<RoomError | null>(null);
  /** The server's time; ticks four times a second while the page is shown. */
  now = $state(Date.now());

  readonly #workshop: string;
  readonly #clock = new ServerClock();
  #socket: WebSocket | null = null;
  #seq = 0;
  #tries = 0;
  #timer = 0;
  #lastFrame = 0;
  #pending: Pending[] = [];
  #stopped = false;

  constructor(workshop: string) {
    this.#workshop = workshop;
  }

  /** Connects and stays connected; gives its own clean-up. */
  open(): () => void {
    this.#stopped = false;
    this.#connect();
    const tick = setInterval(() => this.#tick(), 250);
    const wake = () => {
      if (document.visibilityState === 'hidden') return;
      this.#clock.forget();
      if (this.link === 'off') this.#connect();
    };
    const online = () => this.link === 'off' && this.#connect();
    const offline = () => this.#drop();
    addEventListener('online', online);
    addEventListener('offline', offline);
    addEventListener('pageshow', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      this.#stopped = true;
      clearInterval(tick);
      clearTimeout(this.#timer);
      removeEventListener('online', online);
      removeEventListener('offline', offline);
      removeEventListener('pageshow', wake);
      document.removeEventListener('visibilitychange', wake);
      this.#socket?.close();
      this.#socket = null;
    };
  }

  #tick(): void {
    this.now = this.#clock.now();
    if (this.link === 'on' && Date.now() - this.#lastFrame > HEARTBEAT) this.#probe();
  }

  /** A quiet room is fine; a dead line is not. The cheapest question tells them apart. */
  #probe(): void {
    this.#lastFrame = Date.now();
    this.send('clock').catch(() => undefined);
    const asked = this.#lastFrame;
    setTimeout(() => {
      if (this.#lastFrame === asked && this.link === 'on') this.#drop();
    }, 8_000);
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#socket) return;
    this.link = this.view ? 'off' : 'connecting';
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(`${scheme}//${location.host}/api/v1/rooms/${this.#workshop}/socket`, 'amends.room.v1');
    this.#socket = socket;
    socket.onmessage = (e) => {
      if (this.#socket === socket) this.#receive(JSON.parse(e.data as string) as RoomFrame);
    };
    socket.onclose = (e) => {
      if (this.#socket === socket) this.#closed(e.code);
    };
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    if (this.link !== 'closed') this.#later();
  }

  #closed(code: number): void {
    this.#socket = null;
    const why = FINAL[code];
    if (why) {
      this.link = 'closed';
      this.why = why;
      for (const p of this.#pending) p.fail({ id: p.id, code: 'room.closed', message: '' });
      this.#pending = [];
      return;
    }
    this.#later(code === 4429 ? LAST_WAIT : 0);
  }

  /** Comes back with a wait that doubles, and with jitter: a whole room may be coming back. */
  #later(atLeast = 0): void {
    if (this.#stopped) return;
    this.link = this.view ? 'off' : 'connecting';
    const wait = Math.max(atLeast, Math.min(LAST_WAIT, FIRST_WAIT * 2 ** this.#tries));
    this.#tries++;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  /** Takes the room over from another device of this person. */
  takeBack(): void {
    this.why = '';
    this.link = 'connecting';
    this.#tries = 0;
    this.#connect();
  }

  #receive(f: RoomFrame): void {
    this.#lastFrame = Date.now();
    if (f.now !== undefined) this.#clock.sample(f.now);
    if (f.view) {
      this.view = f.view as View;
      this.me = (f.me as RoomMe | undefined) ?? null;
      this.#seq = f.seq ?? 0;
      this.link = 'on';
      this.#tries = 0;
      for (const p of this.#pending) this.#socket?.send(p.frame);
    } else if (f.patch) {
      if (this.view && (f.seq ?? 0) >= this.#seq) {
        this.view = applyPatch(this.view, f.patch as Json);
        this.#seq = f.seq ?? this.#seq;
      }
    } else if (f.me && this.me) {
      this.me = applyPatch(this.me, f.me as unknown as Json);
    } else if (f.live) {
      this.live = f.live;
    } else if (f.ack) {
      this.#settle(f.ack)?.done();
    } else if (f.error?.id && f.error.code === NOT_NOW) {
      this.#again(f.error.id);
    } else if (f.error) {
      this.refusal = f.error;
      if (f.error.id) this.#settle(f.error.id)?.fail(f.error);
    }
  }

  /** Asks again under the same id, so that it is done once whatever became of the first try. */
  #again(id: string): void {
    setTimeout(
      () => {
        const p = this.#pending.find((x) => x.id === id);
        if (p && !this.#stopped && this.link === 'on') this.#socket?.send(p.frame);
      },
      AGAIN * (0.5 + Math.random()),
    );
  }

  #settle(id: string): Pending | undefined {
    const p = this.#pending.find((x) => x.id === id);
    this.#pending = this.#pending.filter((x) => x.id !== id);
    return p;
  }

  /** Asks the server for something; settles when it answered, after reconnects too. */
  send(verb: string, given: CommandWith = {}, segment?: number): Promise<void> {
    const id = uuid7();
    const frame = JSON.stringify({ id, do: verb, with: given, ...(segment === undefined ? {} : { expect: { segment } }) });
    this.refusal = null;
    return new Promise((done, fail) => {
      this.#pending.push({ id, frame, done, fail: (e) => fail(new Error(e.code)) });
      if (this.#socket?.readyState === WebSocket.OPEN && this.view) this.#socket.send(frame);
    });
  }

  /** Says what the page does; only counts of it leave the server. Lost is lost. */
  tell(writing: boolean, saved: boolean): void {
    if (this.link === 'on') void this.send('status', { writing, saved }).catch(() => undefined);
  }
}
