// What is known about a person, applied to a plan: which verdict stands today, which state the plan
// is in, and whom it may not reach. Invariant: a plan is always judged by the stricter of its own
// copy and the vault's; pages that may be about the same person count as if they were.

import { notYetIn, type Said, type Sayings } from '../vault/said';
import { apart, bars, doubtOf, isNear, mergeFindings, nearOf, saidOf, findingsOf, stronger, unclear, type Level, type Near, type Findings } from '../vault/findings';
import { union } from '../vault/union';
import type { Signin } from '../signin/signin.svelte';
import { textOf, today, type Answers } from './answers';
import type { Tpl } from './forms';
import type { KnownPeople } from './people.svelte';
import { askedOf, bondsOf, checkedOf, clearedBy, gateOf, heldOf, isChecked, stateOf, otherNotYetsOf, verdictOf, withKept, type Feedback, type State } from './plan';
import { keepStrongest, putOtherNotYets, settle } from './safety/keep';
import { asksOf, judge, type Verdict } from './safety/safety';
import { shownOf } from './safety/findings';

/** What identifies a page and its person. */
export interface Page {
  ws: string;
  kind: string;
  answers: Answers;
}

/** What the verdicts use of the page list. */
export interface Around {
  readonly signin: Signin;
  readonly rows: readonly Page[];
  readonly feedback: Record<string, Feedback[]>;
  /** The current answers of a page that is open now. */
  opened(ws: string): Answers | null;
}

export class PlanVerdicts {
  constructor(
    protected readonly around: Around,
    readonly known: KnownPeople,
  ) {}

  /** The page that identifies a plan's person: the entry, or the plan itself when it has none. */
  protected personOf(ws: string, a: Answers): string {
    return textOf(a, 'about') || ws;
  }

  #entry(a: Answers, pages: readonly Page[] = this.around.rows): Answers | null {
    const about = textOf(a, 'about');
    return this.around.opened(about) ?? pages.find((p) => p.ws === about)?.answers ?? null;
  }

  protected nameOf(a: Answers, pages: readonly Page[] = this.around.rows): string {
    return textOf(this.#entry(a, pages) ?? a, 'nick');
  }

  /** How the person can be reached, from today's entry; without an entry the plan's own copy is
   * used. */
  #reach(a: Answers): string | null {
    const entry = this.#entry(a);
    return entry && (textOf(entry, 'tie') === 'me' ? 'me' : textOf(entry, 'reach'));
  }

  /** A plan merged with what is known about its person. */
  settled(ws: string, a: Answers): Answers {
    const known = findingsOf(this.known.people, this.personOf(ws, a));
    const held = mergeFindings(heldOf(a), known);
    // An old tick or an old Not yet must not close a route for good.
    const ticked = this.#counting(ws, a).flatMap((f) => f.ticked.filter((key) => f.bonds[key] && f.bonds[key] === bondsOf({ ...a, standing: held }, [key])[key]));
    return putOtherNotYets(settle(a, known, this.#reach(a), ticked, today()), this.#otherNotYets(ws, a));
  }

  /** The Not yets in force about the person of a plan that were given on other plans. Unclear pages
   * count too. */
  notYets(ws: string, a: Answers): Said[] {
    return Object.values(this.#notYetsInForce(ws, a, this.nameOf(a))).filter((s) => s.ws !== ws);
  }

  /** Those that a mentor reads on the plan, without those of unclear pages. */
  #otherNotYets(ws: string, a: Answers): Sayings {
    const others = Object.entries(this.#notYetsInForce(ws, a, '')).filter(([, s]) => s.ws !== ws);
    // Sorted, so that all devices have the same order: a different order would count as a change.
    return Object.fromEntries(others.sort(([p], [q]) => (p < q ? -1 : 1)).map(([id, s]) => [id, { mark: s.mark, on: s.on }]));
  }

  #notYetsInForce(ws: string, a: Answers, name: string): Sayings {
    const near = this.near(ws, a);
    // As on the plan itself, answers do not count from mentors who left or whom the plan is about.
    const counts = (by: string) => !bars(near, by) && (this.known.names === null || this.known.names[by] !== undefined);
    const all = notYetIn(union(saidOf(this.known.people, this.personOf(ws, a), name), otherNotYetsOf(a)));
    return Object.fromEntries(Object.entries(all).filter(([, s]) => s.by === undefined || counts(s.by)));
  }

  /** Today's verdict on a plan; null when there is nothing to say. */
  verdict(ws: string, answers: Answers): Verdict | null {
    const a = this.settled(ws, answers);
    const held = mergeFindings(heldOf(a), this.doubt(ws, a));
    if (checkedOf(a) === null && Object.keys(held.stops).length === 0 && asksOf(textOf(a, 'reach')).length > 0) return null;
    const cleared = clearedBy(held, this.#counting(ws, a), today());
    const entry = this.#entry(a);
    const verdict = judge(shownOf(checkedOf(a)), held, cleared, askedOf(a, today(), entry !== null && textOf(entry, 'tie') === 'group'));
    const { group, ...mentors } = this.near(ws, a);
    void group;
    return isNear(mentors) ? { ...verdict, ofMentor: true } : verdict;
  }

  /** The verdict that a screen may show: that of a check whose result was recorded, or a stop that
   * stands already. */
  said(ws: string, answers: Answers): Verdict | null {
    const verdict = this.verdict(ws, answers);
    return verdict && (isChecked(this.settled(ws, answers)) || verdict.result === 'STOP') ? verdict : null;
  }

  /** Today's state of a plan, and the digest that a sign-off is bound to. */
  async stands(ws: string, answers: Answers, tpl: Tpl): Promise<{ where: State | null; sent: boolean }> {
    const a = this.settled(ws, answers);
    const gate = await gateOf(tpl, a);
    return { where: stateOf(a, gate, this.#counting(ws, a), today(), this.verdict(ws, answers)), sent: textOf(a, 'sent') === gate };
  }

  /** The result that remains when two copies of a plan conflict, including what the vault knows,
   * whichever words are chosen; null when no check is finished and nothing is a stop. */
  staysOf(ws: string, mine: Answers, other: Answers): { verdict: Verdict; reach: string } | null {
    const a = this.settled(ws, keepStrongest(mine, other));
    const verdict = this.said(ws, a);
    return verdict && { verdict, reach: textOf(a, 'reach') };
  }

  /** The verdict on one copy of a plan alone. */
  verdictOfCopy(a: Answers): Verdict {
    return verdictOf(a, today(), []);
  }

  /** What counts under other pages: the strongest result ever shown with its first day, the day of
   * the newest Not yet in force, and whether the person is a possible reader. */
  heldUnder(pages: readonly string[]): { level: Level; on: string; notYet: string | null; near: boolean } {
    const stops = pages.flatMap((id) => Object.values(findingsOf(this.known.people, id).stops));
    const level = stops.reduce<Level>((l, stop) => stronger(l, stop.level), 'CLEAR');
    const days = stops.filter((stop) => stop.level === level).map((stop) => stop.on);
    const notYet = pages.flatMap((id) => Object.values(notYetIn(saidOf(this.known.people, id, '')))).map((s) => s.on);
    return { level, on: days.sort()[0] ?? '', notYet: notYet.sort().at(-1) ?? null, near: isNear(nearOf(this.known.people, pages, '')) };
  }

  doubt(ws: string, a: Answers): Findings {
    return doubtOf(this.known.people, this.personOf(ws, a), this.nameOf(a));
  }

  /** Pages with the same short name, and with something that stands, that may be about the person
   * of an entry or a plan. */
  unclear(ws: string, a: Answers): string[] {
    return unclear(this.known.people, this.personOf(ws, a), this.nameOf(a));
  }

  /** Pages with the same short name, now or earlier, that were said to be about somebody else. */
  apart(ws: string, a: Answers): string[] {
    return apart(this.known.people, this.personOf(ws, a));
  }

  /** Which possible readers the person of a page is. */
  near(ws: string, a: Answers): Near {
    const pages = [ws];
    // A look back is about a plan, and a plan about an entry.
    for (let at: Answers | null = a; at; at = this.#entry(at)) {
      const about = textOf(at, 'about');
      if (about === '' || pages.includes(about)) break;
      pages.push(about);
    }
    return nearOf(this.known.people, pages, this.nameOf(a));
  }

  bars = (ws: string, a: Answers, acct: string): boolean => bars(this.near(ws, a), acct);

  /** The answers that count on a page: not those of a person whom it is about, but including Not
   * yets from other plans about the same person. */
  #counting(ws: string, a: Answers): Feedback[] {
    const near = this.near(ws, a);
    const here = (this.around.feedback[ws] ?? []).filter((f) => !bars(near, f.author));
    return withKept(ws, here, this.#notYetsInForce(ws, a, this.nameOf(a)));
  }

  /** Whether to ask which of these accounts the person is; a new mentor makes it ask again. */
  asksNear(ws: string, a: Answers, accts: readonly string[]): boolean {
    const entry = this.#entry(a) ?? a;
    if (textOf(entry, 'tie') === 'me' || ['me', 'died'].includes(textOf(entry, 'reach'))) return false;
    const near = this.near(ws, a);
    return !accts.some((acct) => near[acct] === 'yes') && ['group', ...accts].some((who) => near[who] === undefined);
  }
}
