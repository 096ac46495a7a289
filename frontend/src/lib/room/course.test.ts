import { expect, test } from 'vitest';
import type { FacilitatorView } from '../wire/wire';
import { advice, endsAt, fateOf, inOrder, moved, overBy } from './course';

const MINUTE = 60_000;
const START = 1_000 * MINUTE;

interface Part {
  type: string;
  minutes: number;
  fixed?: boolean;
  share?: [sec: number, most: number];
  skipped?: boolean;
}
const PARTS: Part[] = [
  { type: 'ground', minutes: 3, fixed: true },
  { type: 'teach', minutes: 10 },
  { type: 'practice', minutes: 18 },
  { type: 'share', minutes: 14, share: [180, 4] },
  { type: 'check_out', minutes: 3, fixed: true },
  { type: 'close', minutes: 3, fixed: true },
];

/** A room in part `at`, whose timer runs until `ends` minutes after the start. */
const room = (at: number, ends: number, over: Partial<FacilitatorView> = {}, parts = PARTS): FacilitatorView =>
  ({
    state: 'running',
    starts_at: START,
    segment: at,
    segments: parts.map((p, i) => ({ part: i, type: p.type, title: p.type, minutes: p.minutes, skipped: p.skipped, ...(i <= at ? { started_at: START } : {}) })),
    course: parts.map((p) => ({ fixed: p.fixed ?? false, share_sec: p.share?.[0] ?? 0, max_shares: p.share?.[1] ?? 0, took_ms: 0 })),
    timer: { ends_at: START + ends * MINUTE, total_ms: MINUTE },
    ...over,
  }) as unknown as FacilitatorView;
const at = (minutes: number) => START + minutes * MINUTE;
const short = (view: FacilitatorView, now: number) => {
  const { savings, rest } = advice(view, now);
  return [savings.map((s) => `${s.title} ${s.from}>${s.to} ${s.what} ${s.ms / MINUTE}`), rest / MINUTE];
};

test('the expected end moves with the time left and the parts to come', () => {
  expect(endsAt(room(1, 13), at(5))).toBe(at(51));
  expect(overBy(room(1, 13), at(5))).toBe(0);
  expect(overBy(room(1, 13), at(20))).toBe(7 * MINUTE);
  expect(overBy(room(-1, 0), at(-5))).toBe(0);
});

test('skipping a part makes the room early', () => {
  const parts = PARTS.map((p) => (p.type === 'practice' ? { ...p, skipped: true } : p));
  expect(overBy(room(1, 13, {}, parts), at(5))).toBe(-18 * MINUTE);
});

test('on plan, or less than a minute over, there is no advice', () => {
  expect(short(room(1, 13), at(5))).toEqual([[], 0]);
  expect(advice(room(1, 13.5), at(5)).savings).toEqual([]);
});

test('practice is cut to two rounds first, whatever the order of the parts', () => {
  expect(short(room(1, 18), at(5))).toEqual([['practice 3>2 rounds 6'], 0]);
  const swapped = [PARTS[0], PARTS[1], PARTS[3], PARTS[2], PARTS[4], PARTS[5]] as Part[];
  expect(short(room(1, 18, {}, swapped), at(5))).toEqual([['practice 3>2 rounds 6'], 0]);
});

test('then shares are cut, only as many as needed', () => {
  expect(short(room(1, 21), at(5))).toEqual([['practice 3>2 rounds 6', 'share 4>3 shares 3'], 0]);
  expect(short(room(1, 23), at(5))).toEqual([['practice 3>2 rounds 6', 'share 4>2 shares 6'], 0]);
});

test('one share always stays, and the remaining overtime is reported', () => {
  expect(short(room(1, 40), at(5))).toEqual([['practice 3>2 rounds 6', 'share 4>1 shares 9'], 12]);
});

test('ground, check-out and close are never suggested', () => {
  const fixed = PARTS.map((p) => ({ ...p, share: [60, 9] as [number, number] }));
  for (let part = 0; part < PARTS.length; part++)
    for (const s of advice(room(part, 300, {}, fixed), at(1)).savings) expect(['ground', 'check_out', 'close']).not.toContain(s.title);
  expect(short(room(4, 70), at(50))).toEqual([[], 22]);
});

test('a skipped part saves nothing more', () => {
  const parts = PARTS.map((p) => (p.type === 'practice' ? { ...p, skipped: true } : p));
  expect(short(room(1, 34), at(5))).toEqual([['practice 3>2 rounds 6', 'share 4>1 shares 9'], 6]);
  expect(short(room(1, 34, {}, parts), at(5))).toEqual([['share 4>3 shares 3'], 0]);
});

test('of the current part only what is still to come can be saved', () => {
  const third = { trios: { round: 3, rounds: 3, timer: { total_ms: 0 }, talk_ms: 0, groups: [] } } as unknown as Partial<FacilitatorView>;
  expect(short(room(2, 40, third), at(36))).toEqual([['share 4>1 shares 9'], 0]);
  const second = { trios: { round: 2, rounds: 3, timer: { total_ms: 0 }, talk_ms: 0, groups: [] } } as unknown as Partial<FacilitatorView>;
  expect(short(room(2, 40, second), at(36))).toEqual([['practice 3>2 rounds 4', 'share 4>2 shares 6'], 0]);
  expect(short(room(3, 60), at(56))).toEqual([['share 4>3 shares 3'], 12]);
  expect(short(room(3, 60), at(58))).toEqual([[], 15]);
});

test('before the start and after the end there is no advice', () => {
  expect(short(room(-1, 0), at(30))).toEqual([[], 0]);
  expect(short(room(5, 90, { state: 'ended' }), at(100))).toEqual([[], 0]);
});

test('the fate of a part follows from what happened, not from its position', () => {
  const fates = (view: FacilitatorView) => view.segments.map((_, i) => fateOf(view, i)).join(' ');
  const skipped = PARTS.map((p, i) => (i === 1 || i === 4 ? { ...p, skipped: true } : p));
  // The second part was skipped before it came: it is not done.
  const under = room(2, 20, {}, skipped);
  delete under.segments[1]?.started_at;
  expect(fates(under)).toBe('done left_out now to_come left_out to_come');
  // The counselor jumped over the second part with a tap on the third.
  const over = room(2, 20);
  delete over.segments[1]?.started_at;
  expect(fates(over)).toBe('done not_reached now to_come to_come to_come');
  // The workshop ended in the third part: later parts were not reached, and none is current.
  expect(fates({ ...under, state: 'ended' })).toBe('done left_out done not_reached left_out not_reached');
  expect(fates(room(-1, 0, { state: 'ended' }))).toBe('not_reached not_reached not_reached not_reached not_reached not_reached');
});

test('only parts to come can move, and an outdated order is ignored', () => {
  const view = room(1, 20);
  const rest = [2, 3, 4, 5];
  expect(moved(view, rest, 4, 2)).toEqual([4, 2, 3, 5]);
  expect(moved(view, rest, 2, 5)).toEqual([3, 4, 5, 2]);
  // A move to before the current part goes to the first possible position.
  expect(moved(view, rest, 5, 0)).toEqual([5, 2, 3, 4]);
  expect(inOrder(view, null)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(inOrder(view, [5, 2, 3, 4])).toEqual([0, 1, 5, 2, 3, 4]);
  expect(inOrder(room(2, 20), [5, 2, 3, 4])).toEqual([0, 1, 2, 3, 4, 5]);
});
