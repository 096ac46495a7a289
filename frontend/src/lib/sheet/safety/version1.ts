// The first rule table, for checks answered under it. It is used only for the level of each reason;
// the second table judges as well, and the stricter result counts.

import { daysBetween } from '../answers';
import { noFindings, type Level, type Findings } from '../../vault/findings';
import type { Checked, Reason } from './safety';
import rules from './rules.1.json';

export const VERSION1 = rules.version;

type Question = Record<string, string | undefined> & { key: string };
const questions = rules.questions as unknown as Question[];
const keptOf = (q: Question, c: Checked): string | undefined => c.kept[q['group'] ?? q.key];

export const isComplete1 = (c: Checked): boolean => questions.every((q) => keptOf(q, c) !== undefined);

/** The reasons under the first table, with a mentor's ticks. */
export const reasons1 = (c: Checked, ticks: readonly string[], today: string): Reason[] =>
  questions.map((q) => ({ key: q.key, level: levelOf(q, c, ticks, today) })).filter((r) => r.level !== 'CLEAR');

function levelOf(q: Question, c: Checked, ticks: readonly string[], today: string): Level {
  const kept = keptOf(q, c);
  const level = ((q['group'] && kept) || q[kept ?? 'unsure'] || 'WAIT') as Level;
  const was = c.was?.includes(q.key) ?? false;
  if (q['ends'] && was && level !== 'STOP' && !(daysBetween(c.ended ?? '', today) >= rules.orderPauseDays)) return 'STOP';
  if (q['forGood'] && was && level !== 'STOP') return q['forGood'] as Level;
  return level === 'WAIT' && ticks.includes(q.key) ? ((q['cleared'] ?? 'CLEAR') as Level) : level;
}

/** A Yes that version 1 remembers without its day; the end given beside it came later. */
export const isWas1 = (id: string): boolean => /^1:.*:was$/.test(id);

/** The findings that a check of version 1 left. The ids are the same on every device. */
export function findings1(c: Checked, groupOf: (key: string) => string): Findings {
  const out = noFindings();
  for (const q of questions) {
    const group = groupOf(q.key);
    const kept = keptOf(q, c);
    const was = c.was?.includes(q.key) ?? false;
    const level = (kept === undefined ? 'CLEAR' : (q['group'] && kept) || q[kept] || 'WAIT') as Level;
    if (was) out.stops[`1:${group}:was`] = { group, level: 'STOP', on: c.on };
    if (level !== 'CLEAR') out.stops[`1:${group}:${level}`] = { group, level, on: c.on };
    // A rule that existed again after its end was told has no end.
    if (q['ends'] && was && level !== 'STOP' && c.ended) out.lifts[`1:${group}:was`] = { on: c.on, ended: c.ended };
  }
  return out;
}
