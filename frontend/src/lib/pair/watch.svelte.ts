// Watches a shared page while it is on the screen: polls the server, and veils the page after a
// pause before anybody can see it. sight.ts decides what may be shown; the caller supplies the
// request and uses its reply.

import { flushSync } from 'svelte';
import { ApiFault } from '../net/api';
import { ASK_EVERY, Clock, Sight, type Seen } from './sight';

const TICK = 500;
/** Events of a person's first action on a page. */
const HANDS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'focus'];
/** The maximum number of requests in flight: a server that hangs must not get ever more of them. */
const AT_ONCE = 6;

/** A request to the server. True: still granted. False: revoked. A fault with 401, 403 or 404 is a
 * refusal too; any other fault counts as no reply. */
export type Question = (turn: number) => Promise<boolean>;

/** The statuses with which the server refuses access. */
export const isRefusal = (e: unknown): boolean => e instanceof ApiFault && [401, 403, 404].includes(e.status);

export class Watch {
  seen = $state<Seen>('veiled');
  /** The newest request got no reply. */
  offline = $state(false);
  readonly #sight: Sight;
  readonly #clock = new Clock(performance.now(), Date.now());
  #lastAsk = -Infinity;
  #lastAnswer = 0;
  #stopped = false;

  constructor(
    private readonly question: Question,
    /** Called whenever what may be shown has changed, with the fault of a refusal. */
    private readonly onchange: (seen: Seen, why?: unknown) => void,
  ) {
    this.#sight = new Sight(this.#clock.now);
  }

  /** Polls until stopped. Hidden pages poll too: they must be cleared before they are shown again. */
  start(): () => void {
    const timer = setInterval(() => this.#tick(), TICK);
    // A device may wake without any event. Its first frame and any input check the clock before the
    // page is drawn; after a pause a request is made at once.
    const woke = () => {
      if (!this.#step()) return;
      flushSync();
      this.ask();
    };
    const drawn = () => {
      woke();
      frame = requestAnimationFrame(drawn);
    };
    let frame = requestAnimationFrame(drawn);
    const leave = () => {
      this.#pause();
      // Render now: the browser may take a snapshot of the page, or freeze it, right after this
      // event.
      flushSync();
    };
    const back = () => {
      leave();
      this.ask();
    };
    const turned = () => (document.visibilityState === 'hidden' ? leave() : back());
    const page = { freeze: leave, resume: back, visibilitychange: turned };
    const whole = { pagehide: leave, pageshow: (e: Event) => (e as PageTransitionEvent).persisted && back(), online: back };
    for (const name of HANDS) window.addEventListener(name, woke, { capture: true, passive: true });
    for (const [name, fn] of Object.entries(page)) document.addEventListener(name, fn);
    for (const [name, fn] of Object.entries(whole)) window.addEventListener(name, fn);
    this.ask();
    return () => {
      clearInterval(timer);
      cancelAnimationFrame(frame);
      for (const name of HANDS) window.removeEventListener(name, woke, { capture: true });
      for (const [name, fn] of Object.entries(page)) document.removeEventListener(name, fn);
      for (const [name, fn] of Object.entries(whole)) window.removeEventListener(name, fn);
      this.#stopped = true;
    };
  }

  /** Makes a request now, in addition to those in flight. */
  ask(): void {
    if (this.#stopped || this.seen === 'ended') return;
    this.#step();
    this.#lastAsk = this.#clock.now;
    const turn = this.#sight.ask(this.#clock.now);
    this.question(turn).then(
      (granted) => this.#answered(turn, granted),
      (e: unknown) => (isRefusal(e) ? this.#answered(turn, false, e) : this.#unanswered(turn)),
    );
  }

  /** Another request was refused: for the page itself, or for something sent on it. */
  refuse(why?: unknown): void {
    this.#sight.refused();
    this.#look(why);
  }

  #answered(turn: number, granted: boolean, why?: unknown): void {
    // This may be the first code that runs after a sleep; a running request was then made before
    // the sleep.
    this.#step();
    if (granted) this.#sight.granted(turn);
    else this.#sight.refused();
    this.#heard(turn, false);
    this.#look(why);
  }

  #unanswered(turn: number): void {
    this.#sight.unanswered(turn);
    this.#heard(turn, true);
    this.#look();
  }

  #heard(turn: number, offline: boolean): void {
    if (turn < this.#lastAnswer) return;
    [this.#lastAnswer, this.offline] = [turn, offline];
  }

  #tick(): void {
    this.#step();
    this.#look();
    if (this.#clock.now - this.#lastAsk >= ASK_EVERY - TICK / 2 && this.#sight.waiting < AT_ONCE) this.ask();
  }

  #pause(): void {
    this.#sight.paused();
    this.#look();
  }

  /** Checks the clock; true when there was a pause. */
  #step(): boolean {
    const slept = this.#clock.step(performance.now(), Date.now());
    if (slept) this.#pause();
    return slept;
  }

  #look(why?: unknown): void {
    const now = this.#sight.seen(this.#clock.now);
    if (this.#stopped || now === this.seen) return;
    this.seen = now;
    this.onchange(now, why);
  }
}
