// Turns a shown result into recorded reasons. Answers may change freely until the result is shown;
// then each reason is recorded once, and a later, weaker answer removes none.

import { daysBetween, isDay } from '../answers';
import { mergeFindings, STRONGEST_FIRST, type Findings, type Stop } from '../../vault/findings';
import { asksOf, endsAfter, levelOf, nameOf, RULES, type Checked, type Level, type Question } from './safety';
import { findings1, VERSION1 } from './version1';

export const groupOf = (key: string): string => RULES.questions.find((q) => q.key === key)?.group ?? key;

/** What stands according to a sealed plan: its own copy, and what a check of version 1 left. */
export const heldBy = (c: Checked | null, copy: Findings): Findings => (c?.rules === VERSION1 ? mergeFindings(copy, findings1(c, groupOf)) : copy);

/** The check as far as it may be judged and shown. Until its result is recorded (`show`) its answers
 * change freely, so nothing of them is said: it counts as a check that is not finished. */
export const shownOf = (c: Checked | null): Checked | null => (c && !c.shown && c.rules !== VERSION1 ? { ...c, kept: {} } : c);

/** The stops of a question that are old enough for its lift question to be asked. */
export const liftable = (q: Question, s: Findings, today: string): boolean =>
  Object.values(s.stops).some(
    (stop) => stop.group === q.group && !stop.open && q.lift[stop.level] === 'question' && isDay(stop.on) && daysBetween(stop.on, today) >= RULES.pauseDays,
  );

/** The day of the last Yes to a question: its subject did not end before that day. */
export const lastYes = (q: Question, s: Findings): string =>
  Object.values(s.stops)
    .filter((stop) => stop.group === q.group && stop.level === 'STOP')
    .reduce((day, stop) => (stop.on > day ? stop.on : day), '');

/** Records that the result of a finished check was shown on this day. */
export function show(c: Checked, held: Findings, reach: string, today: string, newID: () => string): { checked: Checked; findings: Findings } {
  let findings = held;
  for (const q of asksOf(reach)) findings = mergeFindings(findings, added(q, c, findings, today, newID));
  const checked: Checked = { rules: c.rules, on: c.on, kept: c.kept, ...(c.days ? { days: c.days } : {}), shown: today };
  return { checked, findings };
}

function added(q: Question, c: Checked, s: Findings, today: string, newID: () => string): Findings {
  const kept = c.kept[nameOf(q)] ?? '';
  const open = kept === 'OPEN';
  const level = levelOf(q, kept);
  const stops = Object.entries(s.stops).filter(([, stop]) => stop.group === q.group);
  const out: Findings = { stops: {}, lifts: {} };
  const lifted = liftsOf(q, c, level, stops, s, today);
  Object.assign(out.lifts, lifted);
  // A lift that is not repeated is taken back, whatever else is answered.
  const said = c.lifts?.[q.key];
  if (said !== undefined && said !== 'yes' && stops.some(([id, stop]) => q.lift[stop.level] === 'question' && !stop.open && s.lifts[id])) {
    out.stops[newID()] = { group: q.group, level: 'STOP', on: today };
    return out;
  }
  if (level === 'CLEAR' || isKnown(q, c, level, open, stops, s, lifted)) return out;
  // A stop without a lift continues from its first day; otherwise this is a new stop.
  const whole = stops.filter(([id, stop]) => stop.level === level && !stop.open && !s.lifts[id]);
  const goesOn = q.lift[level] === 'question' && whole.length === stops.length && c.before?.[nameOf(q)] === kept;
  const first = whole.map(([, stop]) => stop.on).sort()[0];
  out.stops[newID()] = { group: q.group, level, on: goesOn && first ? first : today, ...(open ? { open } : {}) };
  return out;
}

/** The lifts and end dates that this round gives against the stops of a question. */
function liftsOf(q: Question, c: Checked, level: Level, stops: [string, Stop][], s: Findings, today: string): Findings['lifts'] {
  const out: Findings['lifts'] = {};
  for (const [id, stop] of stops) {
    const rule = stop.open ? 'answer' : q.lift[stop.level];
    if (rule === 'answer' && c.kept[nameOf(q)] !== 'OPEN') out[id] = { on: today };
    if (rule === 'date' && level === 'CLEAR' && endsAfter(c.ended ?? '', stop) && (c.ended ?? '') <= today) out[id] = { on: today, ended: c.ended ?? '' };
    if (rule === 'question' && c.lifts?.[q.key] === 'yes' && !s.lifts[id] && daysBetween(stop.on, today) >= RULES.pauseDays) out[id] = { on: today };
  }
  return out;
}

/** Whether this answer is a reason that is already recorded. */
function isKnown(q: Question, c: Checked, level: Level, open: boolean, stops: [string, Stop][], s: Findings, lifted: Findings['lifts']): boolean {
  const alike = stops.filter(([, stop]) => stop.level === level && (stop.open ?? false) === open);
  if (alike.length === 0) return false;
  if (level !== 'STOP') return c.before?.[nameOf(q)] === c.kept[nameOf(q)];
  if (open) return alike.some(([id]) => !s.lifts[id]);
  if (q.lift.STOP === 'never') return true;
  // Next to its lift, the Yes is the earlier one; without the lift, it was given anew.
  return q.lift.STOP === 'question' && c.lifts?.[q.key] === 'yes' && alike.every(([id]) => s.lifts[id] ?? lifted[id]);
}

/** Identifies the reasons of a question to which a mentor's tick is bound: another reason, or a new
 * lift, gives another bond. Empty when there is nothing to tick. */
export const bondOf = (s: Findings, key: string): string =>
  Object.entries(s.stops)
    .filter(([, stop]) => stop.group === groupOf(key))
    .map(([id, stop]) => [id, stop.level, stop.on, s.lifts[id]?.on ?? '', s.lifts[id]?.ended ?? ''].join(' '))
    .sort()
    .join(';');

/** What a sign-off is bound to: for each group its levels and lifts. Giving the same answer again
 * does not change it. */
export const gistOf = (s: Findings): unknown =>
  [...new Set(Object.entries(s.stops).map(([id, stop]) => [stop.group, stop.level, stop.open ?? false, s.lifts[id]?.on ?? '', s.lifts[id]?.ended ?? ''].join(' ')))].sort();

/** The stronger of two checks of one plan, answer by answer; for equal answers the older day. */
export function strongerCheck(a: Checked | null, b: Checked | null): Checked | null {
  if (!a || !b) return a ?? b;
  if (a.rules !== b.rules) return a.rules === VERSION1 ? b : a;
  const out: Checked = { rules: a.rules, on: a.on < b.on ? a.on : b.on, kept: {}, days: {}, was: [...new Set([...(a.was ?? []), ...(b.was ?? [])])] };
  const dayIn = (c: Checked, name: string): string => c.days?.[name] ?? c.on;
  for (const name of new Set([...Object.keys(a.kept), ...Object.keys(b.kept)])) {
    const [mine, other] = [a.kept[name], b.kept[name]];
    const side = other === undefined || (mine !== undefined && rank(name, mine) <= rank(name, other)) ? a : b;
    out.kept[name] = side.kept[name] ?? '';
    const day = mine === other && dayIn(b, name) < dayIn(a, name) ? dayIn(b, name) : dayIn(side, name);
    out.days = { ...out.days, [name]: day };
  }
  const before = a.before ?? b.before;
  if (before) out.before = before;
  if (a.shown && b.shown) out.shown = a.shown < b.shown ? a.shown : b.shown;
  return out;
}

function rank(name: string, kept: string): number {
  const q = RULES.questions.find((x) => nameOf(x) === name);
  return q ? STRONGEST_FIRST.indexOf(levelOf(q, kept)) : 0;
}
