// The safety check: versioned rule data and one pure function over it.
//
// The rules in words. Every question gives a level; the strongest wins: STOP, WAIT, LIVING,
// INDIRECT, CLEAR. Skip counts as "not sure". Free text is never looked at. What could hurt the
// person if it were ever read (questions 3, 4 and 5) is kept as a group and a level, never as
// the answer. Once question 3 was a stop, no direct route comes back for good. A rule to stay
// away is over when the person gives the day it ended and seven days have passed. Answers are
// asked again after 30 days and on the planned day; until then the plan waits.

import rules1 from './rules.1.json';

export type Level = 'STOP' | 'WAIT' | 'LIVING' | 'INDIRECT' | 'CLEAR';

export interface Question {
  key: string;
  group?: string;
  forGood?: Level;
  ends?: string;
  cleared?: Level;
  [answer: string]: string | undefined;
}

export interface Rules {
  version: string;
  askAgainDays: number;
  orderPauseDays: number;
  questions: Question[];
  reach: Record<string, Level>;
  strongestFirst: Level[];
  routes: Record<Level, string[]>;
  direct: string[];
  readyOnStop: string[];
}

export const RULES = rules1 as unknown as Rules;

/** What is kept of a check, inside the sealed plan. Dates are plain days of the device. */
export interface Checked {
  rules: string;
  on: string;
  /** Answers by question; levels by group for the three that are never kept as answers. */
  kept: Record<string, string>;
  /** Questions that were a stop once and are not forgotten. */
  was: string[];
  /** The day on which a rule to stay away ended. */
  ended?: string;
}

export const unchecked = (today: string, rules = RULES): Checked => ({ rules: rules.version, on: today, kept: {}, was: [] });

const nameOf = (q: Question): string => q.group ?? q.key;

/** The choices of a question, in the order in which they are shown. */
export const choicesOf = (q: Question): string[] => (q['right'] ? ['right', 'forgiven', 'back', 'gain', 'over', 'see', 'skip'] : ['yes', 'no', 'unsure', 'skip']);

/** Notes one answer. A skip is kept as "not sure". */
export function answer(c: Checked, q: Question, choice: string, today: string): Checked {
  const given = choice === 'skip' ? 'unsure' : choice;
  const level = (q[given] ?? 'WAIT') as Level;
  const stays = level === 'STOP' && (q.forGood !== undefined || q.ends !== undefined);
  const was = stays && !c.was.includes(q.key) ? [...c.was, q.key] : c.was;
  return { ...c, on: today, was, kept: { ...c.kept, [nameOf(q)]: q.group ? level : given } };
}

export const isAnswered = (c: Checked, q: Question): boolean => c.kept[nameOf(q)] !== undefined;
export const isComplete = (c: Checked, rules = RULES): boolean => rules.questions.every((q) => isAnswered(c, q));

export interface Asked {
  /** Whether they can be reached, from the entry: yes, unknown, died, unsafe, me; empty = yes. */
  reach: string;
  today: string;
  /** The planned day, or empty. */
  planned: string;
  /** Questions whose step the mentor has ticked in a sign-off that holds. */
  cleared: readonly string[];
}

export interface Reason {
  /** A question, `q1_pause`, `reach`, `again` or `rules`. */
  key: string;
  level: Level;
}

export interface Verdict {
  result: Level;
  reasons: Reason[];
  routes: string[];
  /** The questions are to be asked again before anything else. */
  again: boolean;
}

/** Judges a check. Pure: the same answers on the same day give the same verdict. */
export function judge(c: Checked, asked: Asked, rules = RULES): Verdict {
  const known = c.rules === rules.version && isComplete(c, rules);
  const reasons = rules.questions.map((q) => reasonOf(q, c, asked, rules)).filter((r) => r.level !== 'CLEAR');
  const reach = rules.reach[asked.reach] ?? 'CLEAR';
  if (reach !== 'CLEAR') reasons.push({ key: 'reach', level: reach });
  if (!known) reasons.push({ key: 'rules', level: 'WAIT' });
  const again = known && isStale(c, asked, rules);
  if (again) reasons.push({ key: 'again', level: 'WAIT' });
  const rank = (l: Level) => rules.strongestFirst.indexOf(l);
  reasons.sort((a, b) => rank(a.level) - rank(b.level));
  const result = reasons[0]?.level ?? 'CLEAR';
  return { result, reasons, routes: routesOf(result, reasons, rules), again: again || !known };
}

/** The routes that the strongest level allows and no weaker reason takes away. */
function routesOf(result: Level, reasons: Reason[], rules: Rules): string[] {
  const gentle = reasons.filter((r) => r.level === 'INDIRECT' || r.level === 'LIVING');
  return rules.routes[result].filter((route) => result === 'STOP' || gentle.every((r) => rules.routes[r.level].includes(route)));
}

function reasonOf(q: Question, c: Checked, asked: Asked, rules: Rules): Reason {
  const kept = c.kept[nameOf(q)];
  let level = ((q.group && kept) || q[kept ?? 'unsure'] || 'WAIT') as Level;
  if (q.ends && c.was.includes(q.key) && level !== 'STOP' && !pauseIsOver(c, asked.today, rules)) return { key: q.key + '_pause', level: 'STOP' };
  if (q.forGood && c.was.includes(q.key) && level !== 'STOP') level = q.forGood;
  if (level === 'WAIT' && asked.cleared.includes(q.key)) level = q.cleared ?? 'CLEAR';
  return { key: q.key, level };
}

const days = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

function pauseIsOver(c: Checked, today: string, rules: Rules): boolean {
  return c.ended !== undefined && days(c.ended, today) >= rules.orderPauseDays;
}

function isStale(c: Checked, asked: Asked, rules: Rules): boolean {
  return days(c.on, asked.today) > rules.askAgainDays || (asked.planned !== '' && asked.planned <= asked.today && c.on < asked.planned);
}

/** Whether a mentor can mark a plan Ready: on a stop only for what needs no contact; on a wait
 * once every listed step is ticked. */
export function canBeReady(v: Verdict, route: string, ticked: readonly string[], rules = RULES): boolean {
  if (v.again) return false;
  if (v.result === 'STOP') return rules.readyOnStop.includes(route);
  return v.reasons.filter((r) => r.level === 'WAIT').every((r) => ticked.includes(r.key));
}
