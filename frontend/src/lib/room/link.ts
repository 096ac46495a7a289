// Stays connected to a room: a line that ends is opened again, with a wait that doubles, until
// the room says that coming back by itself makes no sense. A line counts as on from its first
// whole view. What the frames say is the room's business.

import type { RoomFrame } from '../wire/wire';
import { openSocket, type Line } from './line';

export type Link = 'connecting' | 'on' | 'off' | 'closed';
export type Why = 'signed_out' | 'not_allowed' | 'gone' | 'taken' | 'removed' | 'many' | '';

/** Close codes after which coming back by itself makes no sense. */
const FINAL: Record<number, Why> = { 4401: 'signed_out', 4403: 'not_allowed', 4404: 'gone', 4409: 'taken', 4410: 'removed' };

const FIRST_WAIT = 500;
const LAST_WAIT = 15_000;
const HEARTBEAT = 45_000;
const PROBE_WAIT = 8_000;

export interface LinkTo {
  frame(f: RoomFrame): void;
  /** The state changed; `why` says what closed it. */
  turned(link: Link, why: Why): void;
  /** The device may have slept. */
  woke(): void;
  /** Asks the server the cheapest question there is. */
  probe(): void;
}

export class RoomLink {
  readonly #workshop: string;
  readonly #to: LinkTo;
  #state: Link = 'connecting';
  #line: Line | null = null;
  /** A view was here once: what is shown is old, not missing. */
  #seen = false;
  #tries = 0;
  #timer = 0;
  #lastFrame = 0;
  #stopped = false;

  constructor(workshop: string, to: LinkTo) {
    this.#workshop = workshop;
    this.#to = to;
  }

  /** Connects and stays connected; gives its own clean-up. */
  open(): () => void {
    this.#stopped = false;
    this.#connect();
    const wake = () => {
      if (document.visibilityState === 'hidden') return;
      this.#to.woke();
      if (this.#state === 'off') this.#connect();
    };
    const online = () => this.#state === 'off' && this.#connect();
    const offline = () => this.#drop();
    addEventListener('online', online);
    addEventListener('offline', offline);
    addEventListener('pageshow', wake);
    document.addEventListener('visibilitychange', wake);
    return () => {
      this.#stopped = true;
      clearTimeout(this.#timer);
      removeEventListener('online', online);
      removeEventListener('offline', offline);
      removeEventListener('pageshow', wake);
      document.removeEventListener('visibilitychange', wake);
      this.#line?.close();
      this.#line = null;
    };
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
    const asked = (this.#lastFrame = Date.now());
    this.#to.probe();
    setTimeout(() => {
      if (this.#lastFrame === asked && this.#state === 'on') this.#drop();
    }, PROBE_WAIT);
  }

  #turn(link: Link, why: Why = ''): void {
    this.#state = link;
    this.#to.turned(link, why);
  }

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#line) return;
    this.#turn(this.#seen ? 'off' : 'connecting');
    this.#line = openSocket(this.#workshop, { heard: (f) => this.#heard(f), ended: (code) => this.#ended(code) });
  }

  #heard(f: RoomFrame): void {
    this.#lastFrame = Date.now();
    if (f.view) {
      this.#seen = true;
      this.#tries = 0;
      this.#to.frame(f);
      this.#turn('on');
    } else this.#to.frame(f);
  }

  #drop(): void {
    this.#line?.close();
    this.#line = null;
    if (this.#state !== 'closed') this.#later();
  }

  #ended(code: number): void {
    this.#line = null;
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
    this.#timer = window.setTimeout(() => this.#connect(), wait * (0.5 + Math.random() / 2));
  }
}
