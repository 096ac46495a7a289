// The progress of a workshop compared with its plan, and what a counselor can do when it runs over.
// The rule: practice is cut to two rounds first, then the number of shares; ground, check-out and
// close are never cut, nor is anything else. This is only advice: nothing changes by itself.

import type { FacilitatorView } from '../wire/wire';
import { left } from './clock';

const MINUTE = 60_000;
/** Rounds of practice that are never cut. */
const ROUNDS_KEPT = 2;
/** Rounds that a practice part is planned for. */
const ROUNDS = 3;

/** One way to save time: reduce a part from `from` to `to` rounds or shares. */
export interface Saving {
  part: number;
  title: string;
  what: 'rounds' | 'shares';
  from: number;
  to: number;
  ms: number;
}

const planOf = (parts: readonly { minutes: number; skipped?: boolean }[]): number => parts.reduce((n, s) => n + (s.skipped ? 0 : s.minutes * MINUTE), 0);

/** What became of a part. A skipped part counts as left out, however long it had run; a part that
 * the room jumped over, or did not come to before the end, was not reached. */
export type Fate = 'to_come' | 'now' | 'done' | 'left_out' | 'not_reached';

export function fateOf(view: FacilitatorView, at: number): Fate {
  const s = view.segments[at];
  const over = view.state === 'ended';
  if (s?.skipped) return 'left_out';
  if (at === view.segment && !over) return 'now';
  if (at > view.segment && !over) return 'to_come';
  return s?.started_at ? 'done' : 'not_reached';
}

/** The parts to come, with one of them moved to an agenda position; no part moves in front of the
 * current one. */
export function moved(view: FacilitatorView, order: readonly number[], part: number, index: number): number[] {
  const rest = order.filter((p) => p !== part);
  rest.splice(Math.max(0, index - view.segment - 1), 0, part);
  return rest;
}

/** The agenda order while parts to come are being moved; the real order when the room has moved on
 * meanwhile, so that `order` no longer matches the parts to come. */
export function inOrder(view: FacilitatorView, order: readonly number[] | null): number[] {
  const now = view.segments.map((_, i) => i);
  const rest = now.slice(view.segment + 1);
  const fresh = order?.map((part) => rest.find((i) => view.segments[i]?.part === part) ?? -1);
  if (!fresh || fresh.length !== rest.length || fresh.includes(-1)) return now;
  return [...now.slice(0, view.segment + 1), ...fresh];
}

/** The expected end of the workshop: the rest of this part, then the planned time of those after
 * it. */
export function endsAt(view: FacilitatorView, now: number): number {
  if (view.segment < 0) return view.starts_at + planOf(view.segments);
  return now + Math.max(0, left(view.timer, now)) + planOf(view.segments.slice(view.segment + 1));
}

/** How far the expected end is past the plan, counting skipped parts as saved; negative when early. */
export function overBy(view: FacilitatorView, now: number): number {
  const total = view.segments.reduce((n, s) => n + s.minutes * MINUTE, 0);
  const began = view.segments.map((s) => s.started_at ?? 0).filter((at) => at > 0);
  return endsAt(view, now) - ((began.length > 0 ? Math.min(...began) : view.starts_at) + total);
}

/** What saves enough time, in the order of the rule, and the overtime that remains. */
export function advice(view: FacilitatorView, now: number): { savings: Saving[]; rest: number } {
  let over = overBy(view, now);
  const savings: Saving[] = [];
  const take = (s: Saving | null) => {
    if (!s || over < MINUTE || s.ms <= 0) return;
    savings.push(s);
    over -= s.ms;
  };
  if (view.segment < 0 || (view.state !== 'running' && view.state !== 'paused')) return { savings, rest: 0 };
  const parts = view.segments.map((_, at) => at).filter((at) => at >= view.segment && !view.segments[at]?.skipped && !view.course[at]?.fixed);
  for (const at of parts) take(fewerRounds(view, at, now));
  for (const at of parts) take(fewerShares(view, at, now, over));
  return { savings, rest: Math.max(0, over) };
}

/** The time a part still has: all of it when it is to come, or the rest of the current one. */
const still = (view: FacilitatorView, at: number, now: number): number => (at === view.segment ? Math.max(0, left(view.timer, now)) : (view.segments[at]?.minutes ?? 0) * MINUTE);

function fewerRounds(view: FacilitatorView, at: number, now: number): Saving | null {
  const s = view.segments[at];
  if (s?.type !== 'practice') return null;
  const trios = at === view.segment ? view.trios : undefined;
  // The third round has begun: it is not cut short.
  if (trios && trios.round > ROUNDS_KEPT) return null;
  const from = trios?.rounds ?? ROUNDS;
  if (from <= ROUNDS_KEPT) return null;
  const round = (s.minutes * MINUTE) / ROUNDS;
  return { part: s.part, title: s.title, what: 'rounds', from, to: ROUNDS_KEPT, ms: Math.min(round * (from - ROUNDS_KEPT), still(view, at, now)) };
}

function fewerShares(view: FacilitatorView, at: number, now: number, over: number): Saving | null {
  const s = view.segments[at];
  const course = view.course[at];
  if (!s || s.type === 'practice' || !course || course.share_sec <= 0 || course.max_shares <= 1) return null;
  const share = course.share_sec * 1000;
  // In the current part only shares that have not used their time can be saved.
  const most = Math.min(course.max_shares - 1, Math.floor(still(view, at, now) / share));
  const fewer = Math.min(most, Math.ceil(over / share));
  return fewer < 1 ? null : { part: s.part, title: s.title, what: 'shares', from: course.max_shares, to: course.max_shares - fewer, ms: fewer * share };
}
