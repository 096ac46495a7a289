// A room where sockets are blocked or held back, over plain requests: one question that the
// server holds until there is news, and commands one after the other, so that a hand that was
// raised and lowered ends down. What an answer means is the same as on a socket; so are the
// ends. Meanwhile a socket is tried now and then; once one shows the room, it carries the line.

import { addressOf } from '../net/api';
import * as op from '../wire/operations';
import type { RoomFrame } from '../wire/wire';
import { uuid7 } from './ids';
import { LOST, openSocket, SILENT, type Hearer, type Line, type RoomSeat } from './line';

/** The server holds a question for 25 s; a command is answered within 15 s. */
const HELD = 35_000;
const ANSWERED = 20_000;
/** Questions start at least so far apart: in a busy room several news come as one. */
const PACE = 200;
const FIRST_TRY = 30_000;
const LAST_TRY = 300_000;

const TAKEN = 4409;
const ENDS = ['signin.needed', 'room.removed', 'room.taken_over'];

/** The server's own words against a request; a proxy's page has no code and is no refusal. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

/** `silent` says that a socket opened and stayed silent: trying another would take the seat in
 * the room from the question under way, for nothing. */
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
  /** A socket that is being tried, and after its first view the line itself. */
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
    // While a socket is tried that took the seat, nothing goes out: the next view asks again.
    if (this.#underway.has(id) || this.#stop.signal.aborted) return;
    this.#underway.add(id);
    // A question for the time that waits behind others would measure the wait.
    if (verb === 'clock') void this.#command(id, frame);
    else this.#last = this.#last.then(() => this.#command(id, frame));
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#stop.abort();
    this.#socket?.close();
  }

  /** Tries a socket after a while, and again after twice as long. */
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
    // The socket that was tried took the seat in the room: it is taken back under a new name.
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
      // Not heard is not refused: whoever asked asks again, under the same id. Of the end of the
      // line the question tells that is under way.
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

/** The close code that says the same on a socket (decision 0010). */
function endOf(e: unknown): number {
  if (!(e instanceof Refused)) return LOST;
  if (e.code === 'room.removed') return 4410;
  if (e.code === 'room.taken_over') return TAKEN;
  // The door: the room is full, or closed to newcomers.
  if (e.status === 409) return 4403;
  return { 401: 4401, 403: 4403, 404: 4404, 429: 4429 }[e.status] ?? LOST;
}
