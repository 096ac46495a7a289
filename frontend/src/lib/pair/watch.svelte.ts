// Watches something that another person shares while it is on a screen: asks the server again and
// again, and draws the veil before the page can be seen after a pause. What may be seen is decided
// in sight.ts; what is asked and what becomes of the answer is the caller's.

import { flushSync } from 'svelte';
import { ApiFault } from '../net/api';
import { ASK_EVERY, Clock, Sight, type Seen } from './sight';

const TICK = 500;
/** What a person who looks at a page does first. */
const HANDS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'scroll', 'focus'];
/** Questions that may be on their way at one time: a server that hangs is not asked without end. */
const AT_ONCE = 6;

/** Asks the server. True: still granted. False: not any more. A fault with 401, 403 or 404 is a
 * refusal too; any other is no answer. */
export type Question = (turn: number) => Promise<boolean>;

/** Statuses that say that the server grants it no more. */
export const isRefusal = (e: unknown): boolean => e instanceof ApiFault && [401, 403, 404].includes(e.status);

export class Watch {
  seen = $state<Seen>('veiled');
  /** The newest question got no answer. */
  offline = $state(false);
  readonly #sight: Sight;
  readonly #clock = new Clock(performance.now(), Date.now());
  #lastAsk = -Infinity;
  #lastAnswer = 0;
  #stopped = false;

  constructor(
    private readonly question: Question,
    /** Called whenever what may be seen has changed, with the fault of a refusal. */
    private readonly onchange: (seen: Seen, why?: unknown) => void,
  ) {
    this.#sight = new Sight(this.#clock.now);
  }

  /** Asks until it is stopped. Hidden pages go on asking: they must be empty when they are seen. */
  start(): () => void {
    const timer = setInterval(() => this.#tick(), TICK);
    // A device that slept may tell by no event that it woke. Its first frame, and whatever a hand does,
    // see that time passed before the page is drawn; after a pause this asks at once.
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
      // The browser may take its picture of the page, or freeze it, right after this.
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

  /** Asks now, beside the questions that are on their way. */
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

  /** Something else that was asked for was refused: the page itself, or what was sent on it. */
  refuse(why?: unknown): void {
    this.#sight.refused();
    this.#look(why);
  }

  #answered(turn: number, granted: boolean, why?: unknown): void {
    // It may be the first thing that a device does after a sleep: then it was asked before that.
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

  /** Whether there was a pause before now. */
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
