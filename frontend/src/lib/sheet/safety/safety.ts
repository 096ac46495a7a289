// The safety check: versioned rule data and one pure function over it.
//
// The rules. Every question gives a level; the strongest wins: STOP, WAIT, LIVING, INDIRECT, CLEAR.
// Free text is never evaluated. Answers that could hurt the person if anybody read them (questions
// 3, 4 and 5) are stored as a group and a level, never as the answer. Once the result was shown, a
// reason stands against the person on the list, whatever is answered later, until the condition in
// its rule is met: a day plus seven days, a lift question, a clear answer, a mentor's tick. Answers
// age one by one; the oldest counts, and an answer from the future is asked again.

import { daysBetween, isDay } from '../answers';
import { stronger, STRONGEST_FIRST, type Level, type Findings, type Stop } from '../../vault/findings';
import rules2 from './rules.2.json';
import { isComplete1, isWas1, reasons1, VERSION1 } from './version1';

export type { Level, Findings } from '../../vault/findings';
type LiftRule = 'answer' | 'answer+tick' | 'tick' | 'date' | 'question' | 'never';

export interface Question {
  key: string;
  group: string;
  hidden?: boolean;
  lift: Partial<Record<Level, LiftRule>>;
  [answer: string]: unknown;
}

export interface Rules {
  version: string;
  askAgainDays: number;
  pauseDays: number;
  questions: Question[];
  reach: Record<string, { level: Level; asks?: string[] }>;
  routes: Record<Level, string[]>;
  closes: Partial<Record<Level, string[]>>;
  closesTogether: { groups: string[]; closes: string[] }[];
  direct: string[];
  readyOnStop: string[];
  withoutReady: { STOP: string[]; any: string[] };
  admits: string[];
}

export const RULES = rules2 as unknown as Rules;

/** The stored part of a check, inside the sealed plan. Dates are YYYY-MM-DD days of the device. */
export interface Checked {
  rules: string;
  /** The day of the newest answer. */
  on: string;
  /** Answers by question; for the three questions whose answers are never stored, levels by group,
   * and OPEN where question 3 was skipped. */
  kept: Record<string, string>;
  /** The day of each answer, by the same keys. */
  days?: Record<string, string>;
  /** What was stored when the result was last shown. */
  before?: Record<string, string>;
  /** Answers to lift questions in this round, by question. */
  lifts?: Record<string, string>;
  /** The day on which a stay-away rule ended. */
  ended?: string;
  /** The day on which the result was shown: from then on its reasons stand. */
  shown?: string;
  /** Version 1: questions that were a stop earlier. */
  was?: string[];
}

export const unchecked = (today: string): Checked => ({ rules: RULES.version, on: today, kept: {}, days: {} });

export const nameOf = (q: Question): string => (q.hidden ? q.group : q.key);
export const questionOf = (key: string): Question | undefined => RULES.questions.find((q) => q.key === key);

/** The choices of a question, in display order. */
export const choicesOf = (q: Question): string[] => (q['right'] ? ['right', 'forgiven', 'back', 'gain', 'over', 'see', 'skip'] : ['yes', 'no', 'unsure', 'skip']);

/** The questions that make sense for a person with this kind of reach. */
export const asksOf = (reach: string): Question[] => {
  const asks = RULES.reach[reach]?.asks;
  return asks ? RULES.questions.filter((q) => asks.includes(q.key)) : RULES.questions;
};

/** Stores one answer and its day. A skip is stored as "not sure", and for question 3 as open. */
export function answer(c: Checked, q: Question, choice: string, today: string): Checked {
  const given = choice === 'skip' ? 'unsure' : choice;
  const open = choice === 'skip' && q['skip'] !== undefined;
  const kept = open ? 'OPEN' : q.hidden ? String(q[given] ?? 'WAIT') : given;
  const { shown, ...rest } = c;
  return { ...rest, ...(shown ? { before: c.kept } : {}), on: today, kept: { ...c.kept, [nameOf(q)]: kept }, days: { ...c.days, [nameOf(q)]: today } };
}

/** Starts the questions again; the stored answers are kept until the new result is shown. */
export const askAgain = (c: Checked | null, today: string): Checked => ({
  ...unchecked(today),
  ...(c ? { before: c.shown || c.rules === VERSION1 ? c.kept : (c.before ?? {}) } : {}),
});

export const isAnswered = (c: Checked, q: Question): boolean => c.kept[nameOf(q)] !== undefined;
export const isComplete = (c: Checked | null, reach: string): boolean =>
  c?.rules === VERSION1 ? isComplete1(c) : asksOf(reach).every((q) => c?.rules === RULES.version && isAnswered(c, q));

export interface Asked {
  /** Whether the person can be reached, from the entry: yes, unknown, died, unsafe, me; empty =
   * yes. */
  reach: string;
  today: string;
  /** The planned day, or empty. */
  planned: string;
  /** A shop or a group: then its lawyer is asked, not victim services. */
  business?: boolean;
  /** Ignores the age of answers and missing answers: only what closes a route for longer counts. */
  ageless?: boolean;
}

export interface Reason {
  /** The id of a question, `reach`, `open` (questions are missing) or `again` (answers are too
   * old). */
  key: string;
  level: Level;
  /** The answer is clear now, and the reason stands all the same. */
  stands?: boolean;
  /** The question was skipped; the reason stands until it is answered. */
  skipped?: boolean;
  /** A mentor's tick is one of the conditions for lifting it. */
  tick?: boolean;
}

export interface Verdict {
  result: Level;
  reasons: Reason[];
  routes: string[];
  /** The questions must be asked again first. */
  again: boolean;
  /** Stops with a lift or an end date: its day, and whether it already lifts the stop. */
  lightened: { key: string; on: string; done: boolean }[];
  /** Victim services can ask the person; anything in writing could be read in court. */
  victims: boolean;
  admits: boolean;
  /** The person is a mentor of the writer: the plan must not be shown to that mentor first. */
  ofMentor?: boolean;
}

/** Judges a check together with what stands. Pure: the same input on the same day gives the same
 * verdict. */
export function judge(c: Checked | null, s: Findings, ticks: readonly string[], asked: Asked): Verdict {
  const asks = asksOf(asked.reach);
  const reasons: Reason[] = RULES.questions.map((q) => reasonOf(q, asks.includes(q) ? c : null, s, ticks, asked.today)).filter((r) => r.level !== 'CLEAR');
  if (c?.rules === VERSION1) addStricter(reasons, reasons1(c, ticks, asked.today));
  const reach = RULES.reach[asked.reach]?.level ?? 'CLEAR';
  if (reach !== 'CLEAR') reasons.push({ key: 'reach', level: reach });
  const complete = asked.ageless || isComplete(c, asked.reach);
  const again = !asked.ageless && complete && isStale(c, asks, asked);
  if (!complete) reasons.push({ key: 'open', level: 'WAIT' });
  if (again) reasons.push({ key: 'again', level: 'WAIT' });
  reasons.sort((a, b) => STRONGEST_FIRST.indexOf(a.level) - STRONGEST_FIRST.indexOf(b.level));
  const result = reasons[0]?.level ?? 'CLEAR';
  return {
    result,
    reasons,
    routes: routesOf(result, reasons, c, s),
    again: again || !complete,
    lightened: RULES.questions.flatMap((q) => lightenedOf(q, s, reasons, asked.today)),
    victims: !asked.business && reasons.some((r) => r.key === 'q4' && r.level === 'STOP'),
    admits: RULES.admits.some((group) => inPlay(group, c, s)),
  };
}

function addStricter(reasons: Reason[], first: Reason[]): void {
  for (const r of first) {
    const mine = reasons.find((x) => x.key === r.key);
    if (mine) mine.level = stronger(mine.level, r.level);
    else reasons.push(r);
  }
}

/** The routes of the strongest level, without those that another reason closes. */
function routesOf(result: Level, reasons: Reason[], c: Checked | null, s: Findings): string[] {
  const closed = reasons.flatMap((r) => RULES.closes[r.level] ?? []);
  for (const { groups, closes } of result === 'INDIRECT' ? RULES.closesTogether : []) if (groups.every((g) => inPlay(g, c, s))) closed.push(...closes);
  return RULES.routes[result].filter((route) => !closed.includes(route));
}

/** The level of a stored answer; an unknown value counts as a stop. */
export const levelOf = (q: Question, kept: string): Level => STRONGEST_FIRST.find((l) => l === (q.hidden ? kept : q[kept])) ?? 'STOP';

const levelSaid = (q: Question, c: Checked | null): Level | undefined => {
  const kept = c?.kept[nameOf(q)];
  return kept === undefined ? undefined : levelOf(q, kept);
};

/** Whether a question has given a reason, lifted or not. */
function inPlay(group: string, c: Checked | null, s: Findings): boolean {
  const q = RULES.questions.find((x) => x.group === group);
  const said = q && levelSaid(q, c);
  return (said !== undefined && said !== 'CLEAR') || Object.values(s.stops).some((stop) => stop.group === group);
}

const stopsOf = (q: Question, s: Findings): [string, Stop][] => Object.entries(s.stops).filter(([, stop]) => stop.group === q.group);

function reasonOf(q: Question, c: Checked | null, s: Findings, ticks: readonly string[], today: string): Reason {
  const said = levelSaid(q, c);
  const ticked = ticks.includes(q.key);
  const stops = stopsOf(q, s);
  const held = stops.filter(([id, stop]) => !isLifted(q, id, stop, s, said, ticked, today)).map(([, stop]) => stop);
  const strongest = held.reduce<Level>((l, stop) => stronger(l, stop.level), 'CLEAR');
  const own = said === undefined || isSettled(q, said, stops, held, c, ticked) ? 'CLEAR' : said;
  const level = stronger(own, strongest);
  const tick = stops.some(([id, stop]) => wantsTick(q, id, stop, s, said, today));
  const skipped = level === 'STOP' && held.every((stop) => stop.open) && (held.length > 0 || c?.kept[nameOf(q)] === 'OPEN');
  return { key: q.key, level, ...(skipped ? { skipped } : {}), ...(said === 'CLEAR' && level !== 'CLEAR' ? { stands: true } : {}), ...(tick && level !== 'CLEAR' ? { tick } : {}) };
}

/** Whether the reason of an answer is settled although the answer is not the clear one. */
function isSettled(q: Question, said: Level, stops: [string, Stop][], held: Stop[], c: Checked | null, ticked: boolean): boolean {
  if (!c?.shown && c?.rules !== VERSION1) return false;
  const rule = q.lift[said];
  if (rule === 'tick') return ticked && held.length === 0;
  return rule === 'question' && stops.some(([, stop]) => stop.level === said) && held.length === 0;
}

const ruleOf = (q: Question, stop: Stop): LiftRule => (stop.open ? 'answer' : (q.lift[stop.level] ?? 'never'));

function isLifted(q: Question, id: string, stop: Stop, s: Findings, said: Level | undefined, ticked: boolean, today: string): boolean {
  switch (ruleOf(q, stop)) {
    case 'answer':
      return s.lifts[id] !== undefined;
    case 'tick':
      return ticked;
    case 'answer+tick':
      return ticked && said === 'CLEAR';
    case 'question':
      return ticked && saidAgainst(q, id, stop, s, today);
    case 'date':
      return said === 'CLEAR' && saidAgainst(q, id, stop, s, today);
    default:
      return false;
  }
}

/** A rule that existed on the day of a Yes did not end before that day. Of two end days the later
 * wins (by the union): orders overlap, and the last one counts. */
export const endsAfter = (ended: string, stop: Stop): boolean => isDay(ended) && isDay(stop.on) && ended >= stop.on;

/** Whether a lift question or an end date counts on this day, leaving a mentor's tick aside. */
function saidAgainst(q: Question, id: string, stop: Stop, s: Findings, today: string): boolean {
  const lift = s.lifts[id];
  if (!lift) return false;
  // Checked here and not only when it is recorded: a lift from a vault or a plan is not trusted
  // either.
  if (ruleOf(q, stop) === 'date') return (isWas1(id) ? isDay(lift.ended ?? '') : endsAfter(lift.ended ?? '', stop)) && daysBetween(lift.ended ?? '', today) >= RULES.pauseDays;
  return isDay(stop.on) && isDay(lift.on) && daysBetween(stop.on, lift.on) >= RULES.pauseDays && daysBetween(lift.on, today) >= 0;
}

function wantsTick(q: Question, id: string, stop: Stop, s: Findings, said: Level | undefined, today: string): boolean {
  const rule = ruleOf(q, stop);
  if (rule === 'question') return saidAgainst(q, id, stop, s, today);
  return rule === 'tick' || (rule === 'answer+tick' && (stop.level === 'WAIT' || said === 'CLEAR'));
}

function lightenedOf(q: Question, s: Findings, reasons: Reason[], today: string): Verdict['lightened'] {
  const done = !reasons.some((r) => r.key === q.key && r.level === 'STOP');
  return stopsOf(q, s).flatMap(([id, stop]) => {
    const lift = s.lifts[id];
    return stop.level === 'STOP' && lift && (stop.open || saidAgainst(q, id, stop, s, today)) ? [{ key: q.key, on: lift.on, done }] : [];
  });
}

function isStale(c: Checked | null, asks: Question[], asked: Asked): boolean {
  const days = asks.map((q) => c?.days?.[nameOf(q)] ?? c?.on ?? '');
  const planned = isDay(asked.planned) && asked.planned <= asked.today ? asked.planned : '';
  return days.some((day) => !isDay(day) || day > asked.today || daysBetween(day, asked.today) > RULES.askAgainDays || day < planned);
}

/** Whether a mentor can mark a plan Ready: its route is open with the mentor's ticks; on a stop
 * only routes without contact, and never for waiting while reasons to wait are left. */
export const canBeReady = (v: Verdict, route: string): boolean =>
  !v.again && v.routes.includes(route) && (v.result !== 'STOP' || RULES.readyOnStop.includes(route)) && !(v.result === 'WAIT' && route === 'wait');

/** Whether a route needs no mentor's Ready, because it reaches nobody. */
export const isFree = (v: Verdict, route: string): boolean => v.routes.includes(route) && (v.result === 'STOP' ? RULES.withoutReady.STOP : RULES.withoutReady.any).includes(route);
