// Keeps a connection to a room: a line that ends is reopened with exponential backoff, until the
// room says that reconnecting is pointless. A line counts as connected from its first full view.
// Where sockets are blocked or buffered, plain requests are used. The content of frames is handled
// by Room.

import type { RoomFrame } from '../wire/wire';
import { LOST, openSocket, SILENT, type Hearer, type Line, type RoomSeat } from './line';

export type Link = 'connecting' | 'on' | 'off' | 'closed';
export type Why = 'signed_out' | 'not_allowed' | 'gone' | 'taken' | 'removed' | 'many' | '';

/** Close codes after which an automatic reconnect makes no sense. */
const FINAL: Record<number, Why> = { 4401: 'signed_out', 4403: 'not_allowed', 4404: 'gone', 4409: 'taken', 4410: 'removed' };

const FIRST_WAIT = 500;
const LAST_WAIT = 15_000;
const HEARTBEAT = 45_000;
const PROBE_WAIT = 8_000;
const WAKE_WAIT = 4_000;
/** Failed sockets in a row before plain requests are tried; where a socket has worked before, the
 * server is more likely restarting. */
const FAILURES = 1;
const FAILURES_LATER = 3;

export interface LinkTo {
  frame(f: RoomFrame): void;
  /** The state changed; `why` says why it was closed. */
  turned(link: Link, why: Why): void;
  /** The line is new, or the device may have slept: the clock estimate is not reliable. */
  fresh(): void;
  /** Sends the cheapest request there is, as a probe. */
  probe(): void;
}

export class RoomLink {
  readonly #seat: RoomSeat;
  readonly #to: LinkTo;
  #state: Link = 'connecting';
  #line: Line | null = null;
  /** A view was received before, so what is shown is old, not missing. */
  #seen = false;
  /** Sockets in a row that ended without a view; whether one ever had a view; and the last close
   * code. */
  #failed = 0;
  #proven = false;
  #last = 0;
  #polls = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastFrame = 0;
  #frames = 0;
  #stopped = false;

  constructor(seat: RoomSeat, to: LinkTo) {
    this.#seat = seat;
    this.#to = to;
  }

  /** Connects and stays connected; returns a cleanup function. */
  open(): () => void {
    this.#stopped = false;
    this.#connect();
    const seen = () => document.visibilityState === 'visible' && this.woke();
    const shown = (e: PageTransitionEvent) => e.persisted && this.woke();
    const online = () => {
      // Another network may allow sockets.
      if (this.#state !== 'on') this.#failed = 0;
      this.woke();
    };
    const offline = () => this.#drop();
    const hidden = () => this.#drop();
    addEventListener('online', online);
    addEventListener('offline', offline);
    addEventListener('pagehide', hidden);
    addEventListener('pageshow', shown);
    document.addEventListener('visibilitychange', seen);
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      removeEventListener('online', online);
      removeEventListener('offline', offline);
      removeEventListener('pagehide', hidden);
      removeEventListener('pageshow', shown);
      document.removeEventListener('visibilitychange', seen);
      this.#line?.close();
      this.#line = null;
    };
  }

  /** The device may have slept, and the line with it: probe a connection that looks alive, and cut
   * a retry delay short. A page that enters the back/forward cache closes its line, because the
   * browser does not cache a page with an open one; it is reopened when the page is back. */
  woke(): void {
    if (this.#state === 'on') {
      this.#expect(WAKE_WAIT);
      this.#to.fresh();
    } else if (this.#state !== 'closed') {
      this.#tries = 0;
      this.#connect();
    }
  }

  /** Sends a frame if there is a line. */
  say(frame: string): void {
    this.#line?.say(frame);
  }

  /** Reconnects after a final end, when the person asks for it. */
  again(): void {
    this.#turn('connecting');
    this.#tries = 0;
    this.#connect();
  }

  /** An idle room is fine, a dead line is not: a probe tells them apart. */
  check(): void {
    if (this.#state !== 'on' || Date.now() - this.#lastFrame <= HEARTBEAT) return;
    this.#lastFrame = Date.now();
    this.#expect(PROBE_WAIT);
    this.#to.probe();
  }

  /** A line that stays silent for this long after a probe is dead. */
  #expect(ms: number): void {
    const [line, frames] = [this.#line, this.#frames];
    setTimeout(() => {
      if (this.#line === line && this.#frames === frames && this.#state === 'on') this.#drop();
    }, ms);
  }

  get #patience(): number {
    return this.#proven ? FAILURES_LATER : FAILURES;
  }

  #turn(link: Link, why: Why = ''): void {
    this.#state = link;
    this.#to.turned(link, why);
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#line) return;
    this.#turn(this.#seen ? 'off' : 'connecting');
    const to = { heard: (f: RoomFrame) => this.#heard(f), ended: (code: number) => this.#ended(code), moved: () => this.#moved() };
    this.#polls = this.#failed >= this.#patience;
    this.#line = this.#polls ? openPollLater(this.#seat, this.#last === SILENT, to) : openSocket(this.#seat, to);
  }

  #heard(f: RoomFrame): void {
    this.#lastFrame = Date.now();
    this.#frames++;
    this.#to.frame(f);
    if (!f.view || this.#state === 'on') return;
    this.#seen = true;
    if (!this.#polls) this.#moved();
    this.#tries = 0;
    this.#turn('on');
    this.#to.fresh();
  }

  #moved(): void {
    this.#polls = false;
    this.#proven = true;
    this.#failed = 0;
  }

  #drop(): void {
    this.#line?.close();
    this.#line = null;
    if (this.#state !== 'closed') this.#later();
  }

  #ended(code: number): void {
    this.#line = null;
    // If plain requests carried the room, they are tried again first; if they did not, a socket is.
    if (this.#state !== 'on') this.#failed = this.#polls ? this.#patience - 1 : this.#failed + 1;
    if (!this.#polls) this.#last = code;
    const why = FINAL[code];
    if (why) this.#turn('closed', why);
    else this.#later(code === 4429 ? LAST_WAIT : 0);
  }

  /** Reconnects with exponential backoff, and with jitter because a whole room may be reconnecting. */
  #later(atLeast = 0): void {
    if (this.#stopped) return;
    this.#turn(this.#seen ? 'off' : 'connecting');
    const wait = Math.max(atLeast, Math.min(LAST_WAIT, FIRST_WAIT * 2 ** this.#tries));
    this.#tries++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }
}

/** Plain requests; their code is loaded only when needed. */
function openPollLater(seat: RoomSeat, silent: boolean, to: Hearer): Line {
  let line: Line | null = null;
  let over = false;
  import('./poll').then(
    ({ openPoll }) => {
      if (!over) line = openPoll(seat, silent, to);
    },
    () => {
      if (!over) to.ended(LOST);
    },
  );
  return {
    say: (frame) => line?.say(frame),
    close: () => {
      over = true;
      line?.close();
    },
  };
}
