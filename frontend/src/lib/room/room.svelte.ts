// A room as this device sees it: one whole view at each connect, then patches. The server
// decides; this only draws and asks. A command is kept until it is acknowledged and sent again
// with the same id after a reconnect, so that it is done once.

import type { Command } from '../wire/commands';
import type { RoomError, RoomFrame, RoomLive, RoomMe } from '../wire/wire';
import { uuid7 } from './ids';
import type { RoomSeat } from './line';
import { RoomLink, type Link, type Why } from './link';
import { applyPatch, type Json } from './patch';
import { Timing } from './timing';

export type { Link, Why } from './link';

/** The server could not write just now (a database that restarts, a full disk): nothing is lost, ask again. */
const NOT_NOW = 'server.unavailable';
const AGAIN = 1_000;
const TICK = 250;

/** What a page asks of its room. */
export type Ask = (command: Command) => void;

interface Pending {
  id: string;
  frame: string;
  /** Nobody misses it. */
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
  /** The last refusal, in the server's words, for a moment. */
  refusal = $state.raw<RoomError | null>(null);
  /** How much was asked for and not answered yet. */
  waiting = $state(0);
  /** The server's time; ticks four times a second while the page is shown. */
  now = $state(Date.now());

  readonly #link: RoomLink;
  readonly #time = new Timing((frame) => this.#link.say(frame));
  #seq = 0;
  #pending: Pending[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  /** `seat` is for a page that means a guest's seat or the big screen's, whatever else is signed
   * in here. */
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

  /** Connects and stays connected; gives its own clean-up. */
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

  /** Ticks at the quarters of the server's seconds, so that all screens turn together. */
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
      // What the page only tells, nobody asked for: its refusal is no news for the person.
      if (!asked?.lost) this.refusal = f.error;
      asked?.fail(f.error);
    }
  }

  /** Asks again under the same id, so that it is done once whatever became of the first try. */
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

  /** What the server's clock showed when this device's clock showed a time. */
  serverTime(local: number): number {
    return this.#time.clock.now(local);
  }

  /** Asks the server for something; settles when it answered, after reconnects too. */
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

  /** Says what the page does; only counts of it leave the server. Lost is lost. */
  tell(writing: boolean, saved: boolean): void {
    if (this.link === 'on') void this.send({ do: 'status', with: { writing, saved } }).catch(() => undefined);
  }
}
