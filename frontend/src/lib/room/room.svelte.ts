// A room as this device sees it: one full view on each connect, then patches. The server decides;
// this class only draws and sends commands. A command is kept until it is acknowledged and resent
// with the same id after a reconnect, so that it is executed once.

import type { Command } from '../wire/commands';
import type { RoomError, RoomFrame, RoomLive, RoomMe } from '../wire/wire';
import { uuid7 } from './ids';
import type { RoomSeat } from './line';
import { RoomLink, type Link, type Why } from './link';
import { applyPatch, type Json } from './patch';
import { Timing } from './timing';

export type { Link, Why } from './link';

/** The server could not write just now (a restarting database, a full disk): nothing is lost,
 * retry. */
const NOT_NOW = 'server.unavailable';
const AGAIN = 1_000;
const TICK = 250;

/** Sends a command to the room. */
export type Ask = (command: Command) => void;

interface Pending {
  id: string;
  frame: string;
  /** The command may be lost without harm: it is not counted as waiting. */
  lost: boolean;
  done: () => void;
  fail: (e: RoomError) => void;
}

export class Room<View extends object> {
  view = $state.raw<View | null>(null);
  me = $state.raw<RoomMe | null>(null);
  live = $state.raw<RoomLive>({ writing: 0, saved: 0, stages: 0 });
  link = $state<Link>('connecting');
  why = $state<Why>('');
  /** The last refusal in the server's words, cleared after a moment. */
  refusal = $state.raw<RoomError | null>(null);
  /** The number of commands without an answer. */
  waiting = $state(0);
  /** The server's time; updated four times a second while the page is visible. */
  now = $state(Date.now());

  readonly #link: RoomLink;
  readonly #time = new Timing((frame) => this.#link.say(frame));
  #seq = 0;
  #pending: Pending[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** `seat`: for a page that means a guest's seat or the big screen's, whatever else is signed in
   * here. */
  constructor(workshop: string, seat: RoomSeat['seat'] = '') {
    this.#link = new RoomLink(
      { workshop, seat },
      {
        frame: (f) => this.#receive(f),
        turned: (link, why) => this.#turned(link, why),
        fresh: () => this.#time.fresh(),
        probe: () => this.#time.ask(),
      },
    );
  }

  /** Connects and stays connected; returns a cleanup function. */
  open(): () => void {
    this.#stopped = false;
    const close = this.#link.open();
    this.#tick();
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      close();
    };
  }

  /** Ticks on quarter seconds of the server's clock, so that all screens change together. */
  #tick(): void {
    if (this.#time.tick()) this.#link.woke();
    this.#link.check();
    this.now = this.#time.clock.now();
    this.#timer = setTimeout(() => this.#tick(), TICK - (this.now % TICK));
  }

  /** Takes the room over from another device of this person. */
  takeBack(): void {
    this.#link.again();
  }

  #turned(link: Link, why: Why): void {
    this.link = link;
    this.why = why;
    if (link !== 'closed') return;
    for (const p of this.#pending) p.fail({ id: p.id, code: 'room.closed', message: '' });
    this.#pending = [];
    this.#count();
  }

  #receive(f: RoomFrame): void {
    if (this.#time.took(f)) return;
    if (f.view) {
      this.view = f.view as View;
      this.me = (f.me as RoomMe | undefined) ?? null;
      this.#seq = f.seq ?? 0;
      for (const p of this.#pending) this.#link.say(p.frame);
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
      const asked = f.error.id ? this.#settle(f.error.id) : undefined;
      // The page sends some reports by itself: their refusal must not be shown to the person.
      if (!asked?.lost) this.refusal = f.error;
      asked?.fail(f.error);
    }
  }

  /** Resends with the same id, so that it is executed once whatever became of the first try. */
  #again(id: string): void {
    setTimeout(
      () => {
        const p = this.#pending.find((x) => x.id === id);
        if (p && !this.#stopped && this.link === 'on') this.#link.say(p.frame);
      },
      AGAIN * (0.5 + Math.random()),
    );
  }

  #settle(id: string): Pending | undefined {
    const p = this.#pending.find((x) => x.id === id);
    this.#pending = this.#pending.filter((x) => x.id !== id);
    this.#count();
    return p;
  }

  #count(): void {
    this.waiting = this.#pending.filter((p) => !p.lost).length;
  }

  /** Converts a time of this device's clock to the server's clock. */
  serverTime(local: number): number {
    return this.#time.clock.now(local);
  }

  /** Sends a command; resolves when the server answered, also after reconnects. */
  send(command: Command): Promise<void> {
    const id = uuid7();
    const frame = JSON.stringify({ id, ...command });
    this.refusal = null;
    return new Promise((done, fail) => {
      this.#pending.push({ id, frame, done, fail: (e) => fail(new Error(e.code)), lost: command.do === 'status' });
      this.#count();
      if (this.view) this.#link.say(frame);
    });
  }

  /** Reports whether the person is writing and has saved; only counts leave the server. Not retried
   * when lost. */
  tell(writing: boolean, saved: boolean): void {
    if (this.link === 'on') void this.send({ do: 'status', with: { writing, saved } }).catch(() => undefined);
  }
}
