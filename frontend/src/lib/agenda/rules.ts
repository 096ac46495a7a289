// Validation of an agenda in the browser: the same limits as on the server, checked while typing.
// The server checks again and decides.

import { MaxAgendaMinutes, MaxAgendaParts, MaxPartMinutes, MaxPartPoint, MaxPartPoints, MaxPartShares, MaxShareSec, MinShareSec, type AgendaPart } from '../wire/wire';

export const TYPES = ['arrive', 'ground', 'check_in', 'teach', 'write', 'break', 'practice', 'share', 'answers', 'next_step', 'check_out', 'close'] as const;
export type PartType = (typeof TYPES)[number];

/** A field of a part, as the server names it. */
export type PartField = 'title' | 'planned_min' | 'points' | 'share_sec' | 'max_shares';

export interface Problem {
  kind: 'missing' | 'range' | 'long' | 'many';
  min?: number;
  max?: number;
}

export type Problems = Partial<Record<PartField, Problem>>;

const whole = (n: number, min: number, max: number) => Number.isInteger(n) && n >= min && n <= max;
const letters = (s: string) => [...s].length;

/** What is missing before a part can be published, by field. */
export function problemsOf(p: AgendaPart): Problems {
  const out: Problems = {};
  if (p.title.trim() === '') out.title = { kind: 'missing' };
  if (!whole(p.planned_min, 1, MaxPartMinutes)) out.planned_min = { kind: 'range', min: 1, max: MaxPartMinutes };
  if (p.points.length > MaxPartPoints) out.points = { kind: 'many', max: MaxPartPoints };
  else if (p.points.some((line) => letters(line) > MaxPartPoint)) out.points = { kind: 'long', max: MaxPartPoint };
  if (p.share_sec !== 0 && !whole(p.share_sec, MinShareSec, MaxShareSec)) out.share_sec = { kind: 'range', min: MinShareSec, max: MaxShareSec };
  if (!whole(p.max_shares, 0, MaxPartShares)) out.max_shares = { kind: 'range', min: 0, max: MaxPartShares };
  return out;
}

export const minutesOf = (parts: readonly { planned_min: number }[]): number => parts.reduce((n, p) => n + (Number.isInteger(p.planned_min) ? p.planned_min : 0), 0);

/** What the agenda as a whole is missing. */
export function lacksOf(title: string, parts: readonly AgendaPart[]): ('title' | 'parts' | 'total')[] {
  const out: ('title' | 'parts' | 'total')[] = [];
  if (title.trim() === '') out.push('title');
  if (parts.length === 0 || parts.length > MaxAgendaParts) out.push('parts');
  if (minutesOf(parts) > MaxAgendaMinutes) out.push('total');
  return out;
}

/** The list with one item moved to another position; the same list when that is impossible. */
export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const out = [...list];
  if (from === to || from < 0 || to < 0 || from >= list.length || to >= list.length) return out;
  const [thing] = out.splice(from, 1);
  if (thing !== undefined) out.splice(to, 0, thing);
  return out;
}

/** The lines of a text, without empty ones. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** The lengths to choose from, in minutes. */
export const LENGTHS = [30, 45, 60, 75, 90, 105, 120, 150, 180, 240];
/** The durations of one share to choose from, in seconds; 0 means no timer. */
export const SHARE_TIMES = [0, 30, 60, 90, 120, 180, 240, 300, 600];

/** The choices together with the current value, sorted. */
export const withOwn = (choices: readonly number[], own: number): number[] => [...new Set([...choices, own])].sort((a, b) => a - b);
