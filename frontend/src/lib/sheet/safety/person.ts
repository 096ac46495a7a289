// For tests: one person on the list, as seen by devices, a mentor and the calendar.

import { mergeFindings, noFindings, type Findings } from '../../vault/findings';
import { answer, asksOf, askAgain, judge, questionOf, unchecked, type Asked, type Checked, type Verdict } from './safety';
import { bondOf, heldBy, liftable, show } from './findings';

export const day = (n: number): string => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString().slice(0, 10);
export const CLEAR: Record<string, string> = { q11: 'right', q12: 'yes' };

let ids = 0;

export class Somebody {
  checked: Checked | null = null;
  findings: Findings = noFindings();
  bonds: Record<string, string> = {};
  reach = 'yes';
  planned = '';
  business = false;
  today = 0;

  /** Answers all questions on a day; questions not named get the clear answer. `lift` and `ended`
   * are given in the same round. */
  check(on: number, given: Record<string, string> = {}, also: { lift?: string[]; refuse?: string[]; ended?: string } = {}): this {
    this.today = on;
    let c = this.checked ? askAgain(this.checked, day(on)) : unchecked(day(on));
    for (const q of asksOf(this.reach)) c = answer(c, q, given[q.key] ?? CLEAR[q.key] ?? 'no', day(on));
    const lifts = Object.fromEntries((also.lift ?? []).filter((key) => liftable(questionOf(key) ?? q0, this.held, day(on))).map((key) => [key, 'yes']));
    for (const key of also.refuse ?? []) lifts[key] = 'no';
    return this.shown({ ...c, lifts, ...(also.ended ? { ended: also.ended } : {}) });
  }

  shown(c: Checked): this {
    const done = show(c, this.held, this.reach, day(this.today), () => `s${++ids}`);
    this.checked = done.checked;
    this.findings = done.findings;
    return this;
  }

  get held(): Findings {
    return heldBy(this.checked, this.findings);
  }

  /** A mentor ticks, on a day, what is offered then. */
  tick(...keys: string[]): this {
    for (const key of keys) this.bonds[key] = bondOf(this.held, key);
    return this;
  }

  get ticks(): string[] {
    return Object.keys(this.bonds).filter((key) => this.bonds[key] !== '' && this.bonds[key] === bondOf(this.held, key));
  }

  at(n: number): this {
    this.today = n;
    return this;
  }

  get asked(): Asked {
    return { reach: this.reach, today: day(this.today), planned: this.planned, business: this.business };
  }

  verdict(ticks = this.ticks): Verdict {
    return judge(this.checked, this.held, ticks, this.asked);
  }

  merge(s: Findings): this {
    this.findings = mergeFindings(this.findings, s);
    return this;
  }
}

const q0 = { key: '', group: '', lift: {} };
