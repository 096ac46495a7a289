// The long-poll fallback for networks where sockets are blocked or buffered: one request that the
// server holds until there is news, and commands one at a time, so that a hand that was raised and
// lowered ends lowered. Frames and close codes mean the same as on a socket. Meanwhile a socket is
// tried now and then; once it shows the room, it becomes the line.

import { addressOf } from '../net/api';
import * as op from '../wire/operations';
import type { RoomFrame } from '../wire/wire';
import { uuid7 } from './ids';
import { LOST, openSocket, SILENT, type Hearer, type Line, type RoomSeat } from './line';

/** Timeout of a poll, in ms: the server holds it for 25 s, and answers a command within 15 s. */
const HELD = 35_000;
const ANSWERED = 20_000;
/** Minimum time between the starts of polls, in ms: in a busy room, news arrives in batches. */
const PACE = 200;
const FIRST_TRY = 30_000;
const LAST_TRY = 300_000;

const TAKEN = 4409;
const ENDS = ['signin.needed', 'room.removed', 'room.taken_over'];

/** A refusal with the server's own error code; a proxy's page has no code and is not a refusal. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

/** `silent`: a socket opened earlier and stayed silent. Trying another would take the seat from the
 * running poll for nothing. */
export function openPoll(seat: RoomSeat, silent: boolean, to: Hearer): Line {
  const poll = new Poll(seat, to);
  void poll.run();
  if (!silent) poll.trySocket(FIRST_TRY);
  return poll;
}

class Poll implements Line {
  readonly #seat: RoomSeat;
  readonly #to: Hearer;
  #stop = new AbortController();
  #device = uuid7();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** A socket being tried; after its first view it is the line. */
  #socket: Line | null = null;
  #moved = false;
  #over = false;
  readonly #underway = new Set<string>();
  #last: Promise<void> = Promise.resolve();

  constructor(seat: RoomSeat, to: Hearer) {
    this.#seat = seat;
    this.#to = to;
  }

  async run(): Promise<void> {
    const stop = this.#stop.signal;
    let seen = {};
    let mark = '';
    while (!stop.aborted) {
      const began = Date.now();
      try {
        const a = await this.#ask(op.pollRoom, seen, HELD);
        if (stop.aborted) return;
        this.#to.heard(a.mark === mark ? { now: a.now } : { view: a.view, me: a.me, seq: a.seq, now: a.now });
        if (a.live && a.mark !== mark) this.#to.heard({ live: a.live });
        mark = a.mark;
        seen = { seq: String(a.seq), mark: a.mark };
      } catch (e) {
        if (!stop.aborted) this.#refused(e);
        return;
      }
      await rest(PACE - (Date.now() - began));
    }
  }

  say(frame: string): void {
    if (this.#moved) {
      this.#socket?.say(frame);
      return;
    }
    const { id, do: verb } = JSON.parse(frame) as { id: string; do: string };
    // Nothing is sent while a socket that took the seat is tried: the next view makes the caller
    // resend.
    if (this.#underway.has(id) || this.#stop.signal.aborted) return;
    this.#underway.add(id);
    // A clock request must not queue: the wait would count as network delay.
    if (verb === 'clock') void this.#command(id, frame);
    else this.#last = this.#last.then(() => this.#command(id, frame));
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#socket?.close();
  }

  /** Tries a socket after a delay, which doubles each time. */
  trySocket(wait: number): void {
    this.#timer = setTimeout(() => {
      this.#socket = openSocket(this.#seat, {
        heard: (f) => this.#heard(f),
        ended: (code) => this.#ended(code, Math.min(LAST_TRY, wait * 2)),
      });
    }, wait);
  }

  #heard(f: RoomFrame): void {
    if (f.view && !this.#moved) {
      this.#moved = true;
      this.#stop.abort();
      this.#underway.clear();
      this.#to.moved?.();
    }
    if (this.#moved) this.#to.heard(f);
  }

  #ended(code: number, wait: number): void {
    this.#socket = null;
    if (this.#moved) {
      this.#to.ended(code);
      return;
    }
    if (code !== SILENT) this.trySocket(wait);
    if (!this.#stop.signal.aborted) return;
    // The tried socket took the seat: take it back with a new device id.
    this.#device = uuid7();
    this.#stop = new AbortController();
    void this.run();
  }

  #refused(e: unknown): void {
    const code = endOf(e);
    if (code === TAKEN && this.#socket) {
      this.#stop.abort();
      return;
    }
    this.close();
    if (code === 4403 && e instanceof Refused) this.#to.heard({ error: { code: e.code, message: e.message } });
    this.#to.ended(code);
  }

  async #command(id: string, frame: string): Promise<void> {
    let answer: RoomFrame;
    try {
      answer = await this.#ask(op.commandRoom, {}, ANSWERED, frame);
    } catch (e) {
      // Not received is not refused: the caller resends with the same id. The running poll reports
      // the end of the line.
      const refused = e instanceof Refused && !ENDS.includes(e.code);
      answer = { error: refused ? { id, code: e.code, message: e.message } : { id, code: 'server.unavailable', message: '' } };
    }
    if (!this.#underway.delete(id) || this.#over) return;
    this.#to.heard(answer);
  }

  async #ask<N extends typeof op.pollRoom | typeof op.commandRoom>(name: N, seen: object, patience: number, body?: string): Promise<op.Operations[N]['answer']> {
    const own = new AbortController();
    const giveUp = () => own.abort();
    const stop = this.#stop.signal;
    stop.addEventListener('abort', giveUp);
    const timer = setTimeout(giveUp, patience);
    try {
      const { workshop, seat } = this.#seat;
      const res = await fetch(addressOf(name, { params: { workshop }, query: { device: this.#device, ...(seat && { seat }), ...seen } }), {
        credentials: 'same-origin',
        referrerPolicy: 'no-referrer',
        cache: 'no-store',
        signal: own.signal,
        ...(body === undefined ? {} : { method: 'POST', body, headers: { 'Content-Type': 'application/json' } }),
      });
      if (res.ok) return (await res.json()) as op.Operations[N]['answer'];
      const problem = (await res.json()) as { code?: string; title?: string };
      throw problem.code ? new Refused(res.status, problem.code, problem.title ?? '') : new Error('not from the room');
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', giveUp);
    }
  }
}

const rest = (ms: number): Promise<void> => (ms > 0 ? new Promise((done) => setTimeout(done, ms)) : Promise.resolve());

/** The close code that a socket would have for this error (decision 0010). */
function endOf(e: unknown): number {
  if (!(e instanceof Refused)) return LOST;
  if (e.code === 'room.removed') return 4410;
  if (e.code === 'room.taken_over') return TAKEN;
  // Entry refused: the room is full, or closed to newcomers.
  if (e.status === 409) return 4403;
  return { 401: 4401, 403: 4403, 404: 4404, 429: 4429 }[e.status] ?? LOST;
}
