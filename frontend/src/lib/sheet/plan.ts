// Where a plan stands. The server never knows: it is worked out on the device from the sealed
// plan and the sealed feedback. Feedback that cannot be relied on counts as Not yet.
//
// The rules in words. A sign-off counts for the plan as it was read: its gate, a digest over
// steps 1 to 4 and 6, still has to fit. Ready lapses after 30 days. With two mentors any "Not
// yet" wins. Sending counts for what was sent: an edit of those steps makes it a draft again.

import type { Answers } from './answers';
import { daysBetween, textOf } from './answers';
import { judge, RULES, type Checked, type Verdict } from './safety/safety';

export type State = 'draft' | 'sent' | 'not_yet' | 'ready' | 'done' | 'resting' | 'changed_my_mind';

/** One mentor's newest feedback on a page, opened. `at` is a plain day. */
export interface Feedback {
  author: string;
  name: string;
  ver: number;
  on: { ver: number; hash: string };
  at: string;
  mark: 'ready' | 'not_yet' | 'seen' | 'talk' | '';
  gate: string;
  /** The digest of the safety check alone: the ticks count as long as it is the same. */
  check: string;
  ticked: string[];
  why: string[];
  overall: string;
  steps: Record<string, string>;
  /** Nothing of it is known: it could not be proven to be the newest (`old`), or it was not
   * there to be read (`unread`). It counts as Not yet, whatever it was about. */
  doubt?: 'old' | 'unread';
}

/** What stands for an answer that cannot be relied on. */
export function doubted(author: string, name: string, doubt: 'old' | 'unread'): Feedback {
  const nothing = { on: { ver: 0, hash: '' }, at: '', gate: '', check: '', ticked: [], why: [], overall: '', steps: {} };
  return { ...nothing, author, name, doubt, ver: 0, mark: 'not_yet' };
}

const GATED = [
  ...['route', 'why', 'ask', 'own', 'effect', 'now', 'offer', 'avoid', 'letter'],
  ...['pay_kind', 'pay_amt', 'pay_plan', 'pay_ok', 'live1', 'live1_often', 'live1_from', 'live2', 'live2_often', 'live2_from', 'live3', 'live3_often', 'live3_from'],
  ...['r_forgive', 'r_anger', 'r_silence', 'r_refuse', 'reach'],
];

export const READY_DAYS = 30;

/** The digest that a sign-off is bound to: base64 of SHA-256 over the gated answers and what
 * the safety check keeps. The day of the check is not part: the same answers are the same. */
export async function gateOf(a: Answers): Promise<string> {
  return digest([...GATED.map((k) => [k, a[k] ?? null]), keptOf(a)]);
}

/** The digest of what the safety check keeps. */
export const checkOf = (a: Answers): Promise<string> => digest(keptOf(a));

function keptOf(a: Answers): unknown {
  const c = checkedOf(a);
  return c && [c.rules, Object.entries(c.kept).sort(), [...c.was].sort(), c.ended ?? null];
}

async function digest(parts: unknown): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return btoa(String.fromCharCode(...new Uint8Array(sum)));
}

const holds = (f: Feedback, gate: string, today: string): boolean => f.doubt !== undefined || (f.gate === gate && (f.mark !== 'ready' || daysBetween(f.at, today) <= READY_DAYS));

/** Where the plan stands, given everybody's newest feedback. */
export function stateOf(a: Answers, gate: string, feedback: readonly Feedback[], today: string): State {
  const closed = textOf(a, 'state');
  if (closed === 'done' || closed === 'resting' || closed === 'changed_my_mind') return closed;
  const fit = feedback.filter((f) => holds(f, gate, today));
  if (fit.some((f) => f.mark === 'not_yet')) return 'not_yet';
  if (fit.some((f) => f.mark === 'ready')) return 'ready';
  return textOf(a, 'sent') === gate ? 'sent' : 'draft';
}

/** The steps that mentors have ticked for the safety check as it is. They outlive an edit of
 * the plan, so that a way can be chosen after them, but not a Not yet on the plan as it is. */
export function clearedBy(gate: string, check: string, feedback: readonly Feedback[], today: string): string[] {
  if (feedback.some((f) => f.mark === 'not_yet' && (f.doubt !== undefined || f.gate === gate))) return [];
  return feedback.filter((f) => f.check === check && daysBetween(f.at, today) <= READY_DAYS).flatMap((f) => f.ticked);
}

export const checkedOf = (a: Answers): Checked | null => (a['safety'] as Checked | undefined) ?? null;

/** The verdict on a plan as it is today. */
export function verdictOf(a: Answers, today: string, cleared: readonly string[]): Verdict | null {
  const c = checkedOf(a);
  return c === null ? null : judge(c, { reach: textOf(a, 'reach'), today, planned: textOf(a, 'when'), cleared }, RULES);
}

/** A mentor's words as the sealed body of type feedback. */
export function feedbackBody(f: Omit<Feedback, 'author' | 'name' | 'ver'>): string {
  return JSON.stringify({ on: f.on, at: f.at, mark: f.mark, gate: f.gate, check: f.check, ticked: f.ticked, why: f.why, overall: f.overall, steps: f.steps });
}

/** Reads a feedback body; what does not fit is left out. */
export function readFeedback(json: string, author: string, name: string, ver: number): Feedback {
  const b = JSON.parse(json) as Partial<Feedback>;
  const list = (x: unknown): string[] => (Array.isArray(x) ? x.filter((i): i is string => typeof i === 'string') : []);
  const marks = ['ready', 'not_yet', 'seen', 'talk'] as const;
  const steps = Object.fromEntries(Object.entries(b.steps ?? {}).filter((e): e is [string, string] => typeof e[1] === 'string'));
  return {
    author,
    name,
    ver,
    on: { ver: Number(b.on?.ver ?? 0), hash: String(b.on?.hash ?? '') },
    at: String(b.at ?? ''),
    mark: marks.find((m) => m === b.mark) ?? '',
    gate: String(b.gate ?? ''),
    check: String(b.check ?? ''),
    ticked: list(b.ticked),
    why: list(b.why),
    overall: String(b.overall ?? ''),
    steps,
  };
}
