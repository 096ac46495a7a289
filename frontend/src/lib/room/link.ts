// Stays connected to a room: a line that ends is opened again, with a wait that doubles, until
// the room says that coming back by itself makes no sense. A line counts as on from its first
// whole view. Where sockets are blocked or held back, plain requests carry the line. What the
// frames say is the room's business.

import type { RoomFrame } from '../wire/wire';
import { LOST, openSocket, SILENT, type Hearer, type Line, type RoomSeat } from './line';

export type Link = 'connecting' | 'on' | 'off' | 'closed';
export type Why = 'signed_out' | 'not_allowed' | 'gone' | 'taken' | 'removed' | 'many' | '';

/** Close codes after which coming back by itself makes no sense. */
const FINAL: Record<number, Why> = { 4401: 'signed_out', 4403: 'not_allowed', 4404: 'gone', 4409: 'taken', 4410: 'removed' };

const FIRST_WAIT = 500;
const LAST_WAIT = 15_000;
const HEARTBEAT = 45_000;
const PROBE_WAIT = 8_000;
const WAKE_WAIT = 4_000;
/** Sockets that fail in a row before plain requests are tried; where one has worked before, it is
 * rather the server that restarts. */
const FAILURES = 1;
const FAILURES_LATER = 3;

export interface LinkTo {
  frame(f: RoomFrame): void;
  /** The state changed; `why` says what closed it. */
  turned(link: Link, why: Why): void;
  /** The line is new, or the device may have slept: what was known of the time is doubtful. */
  fresh(): void;
  /** Asks the server the cheapest question there is. */
  probe(): void;
}

export class RoomLink {
  readonly #seat: RoomSeat;
  readonly #to: LinkTo;
  #state: Link = 'connecting';
  #line: Line | null = null;
  /** A view was here once: what is shown is old, not missing. */
  #seen = false;
  /** Sockets that ended in a row without a view, whether one ever had one, and the last end. */
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

  /** Connects and stays connected; gives its own clean-up. */
  open(): () => void {
    this.#stopped = false;
    this.#connect();
    const seen = () => document.visibilityState === 'visible' && this.woke();
    const shown = (e: PageTransitionEvent) => e.persisted && this.woke();
    const online = () => {
      // Another network may let sockets through.
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

  /** The device may have slept, and the line with it: what looks alive is asked, what waits
   * waits no longer. A page that goes into the browser's store lets go of its line, because a
   * page with an open line is not stored; it is opened again when the page is back. */
  woke(): void {
    if (this.#state === 'on') {
      this.#expect(WAKE_WAIT);
      this.#to.fresh();
    } else if (this.#state !== 'closed') {
      this.#tries = 0;
      this.#connect();
    }
  }

  /** Gives a frame to the line, if there is one. */
  say(frame: string): void {
    this.#line?.say(frame);
  }

  /** Comes back after an end that was final. */
  again(): void {
    this.#turn('connecting');
    this.#tries = 0;
    this.#connect();
  }

  /** A quiet room is fine; a dead line is not. The cheapest question tells them apart. */
  check(): void {
    if (this.#state !== 'on' || Date.now() - this.#lastFrame <= HEARTBEAT) return;
    this.#lastFrame = Date.now();
    this.#expect(PROBE_WAIT);
    this.#to.probe();
  }

  /** A line that says nothing for so long, though it was asked, is dead. */
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
    // Requests that carried the room are tried again first; those that did not give way to a socket.
    if (this.#state !== 'on') this.#failed = this.#polls ? this.#patience - 1 : this.#failed + 1;
    if (!this.#polls) this.#last = code;
    const why = FINAL[code];
    if (why) this.#turn('closed', why);
    else this.#later(code === 4429 ? LAST_WAIT : 0);
  }

  /** Comes back with a wait that doubles, and with jitter: a whole room may be coming back. */
  #later(atLeast = 0): void {
    if (this.#stopped) return;
    this.#turn(this.#seen ? 'off' : 'connecting');
    const wait = Math.max(atLeast, Math.min(LAST_WAIT, FIRST_WAIT * 2 ** this.#tries));
    this.#tries++;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }
}

/** Plain requests, whose code comes when it is needed. */
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
