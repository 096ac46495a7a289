// Computes the state of a plan. The server never knows it: the device computes it from the sealed
// plan and the sealed feedback. Feedback that cannot be relied on counts as Not yet.
//
// The rules. A Ready is bound to the plan as the mentor read it: its gate (a digest over the form,
// the answers that the form calls gated, and what stands) must still match, and the route must be
// open today. It lapses after 30 days. A Not yet stands through every edit until that mentor
// answers again; a single one is enough. A tick is bound to its own reason. A Not yet from another
// plan about the same person counts like one on this plan (vault/said). A send is bound in the same
// way: an edit of gated answers makes the plan a draft again.

import type { Answers } from './answers';
import { daysBetween, textOf } from './answers';
import { shapeOf, type Tpl } from './forms';
import { noFindings, readFindings, type Findings } from '../vault/findings';
import { canBeReady, isComplete, isFree, judge, type Asked, type Checked, type Verdict } from './safety/safety';
import { bondOf, gistOf, heldBy, shownOf } from './safety/findings';
import { readSayings, type Said, type Sayings } from '../vault/said';

export type State = 'draft' | 'sent' | 'not_yet' | 'ready' | 'done' | 'resting' | 'changed_my_mind';

/** One mentor's newest feedback on a page, opened. `at` is a YYYY-MM-DD day. */
export interface Feedback {
  author: string;
  name: string;
  ver: number;
  on: { ver: number; hash: string };
  at: string;
  mark: 'ready' | 'not_yet' | 'seen' | 'talk' | '';
  gate: string;
  /** The digest of the safety check alone: ticks count while it is unchanged. */
  check: string;
  ticked: string[];
  /** For each ticked question, the reason that the tick is bound to. */
  bonds: Record<string, string>;
  why: string[];
  overall: string;
  steps: Record<string, string>;
  /** On a Ready: the Not yets from other plans that the plan showed. */
  past?: string[];
  /** The content is not known: it could not be proven to be the newest (`old`), or could not be
   * fetched (`unread`). It counts as Not yet. */
  doubt?: 'old' | 'unread';
}

/** The replacement for an answer that cannot be relied on. */
export function doubted(author: string, name: string, doubt: 'old' | 'unread'): Feedback {
  const nothing = { on: { ver: 0, hash: '' }, at: '', gate: '', check: '', ticked: [], bonds: {}, why: [], overall: '', steps: {} };
  return { ...nothing, author, name, doubt, ver: 0, mark: 'not_yet' };
}

/** The answers that count on a plan: its own, and the Not yets about its person in the vault, from
 * other plans or from this plan before its answers were fetched. */
export function withKept(ws: string, here: readonly Feedback[], notYets: Sayings): Feedback[] {
  const missing = Object.values(notYets).filter((s) => !here.some((f) => s.ws === ws && f.author === s.by && f.ver >= (s.ver ?? 0)));
  return [...here, ...missing.map(kept)];
}

function kept(s: Said): Feedback {
  const { doubt, ...f } = doubted(s.by ?? '', '', 'old');
  void doubt;
  return { ...f, at: s.on };
}

export const READY_DAYS = 30;

/** The digest that a sign-off is bound to: base64 of SHA-256 over the form, its gated answers and
 * the stored safety check. The day of the check is left out, since the same answers mean the same.
 * Null when this app does not have the form and so cannot tell which edits void a sign-off. */
export async function gateOf(tpl: Tpl, a: Answers): Promise<string | null> {
  const shape = await shapeOf(tpl).catch(() => null);
  if (!shape) return null;
  const gated = shape.steps.flatMap((s) => s.fields.filter((f) => f.gated !== false).map((f) => f.key));
  // Digests of plan@1 were made before the form was part of the digest.
  const form = tpl === 'plan@1' ? [] : [tpl];
  return digest([...form, ...[...gated, 'reach'].map((k) => [k, a[k] ?? null]), keptOf(a)]);
}

/** The digest of the stored safety check. */
export const checkOf = (a: Answers): Promise<string> => digest(keptOf(a));

function keptOf(a: Answers): unknown {
  const c = checkedOf(a);
  return [c && [c.rules, Object.entries(c.kept).sort()], gistOf(heldOf(a))];
}

async function digest(parts: unknown): Promise<string> {
  const sum = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(parts)));
  return btoa(String.fromCharCode(...new Uint8Array(sum)));
}

/** Whether a day is recent enough. A mentor's day can be at most one day ahead of ours (time
 * zones). */
const isFresh = (at: string, today: string): boolean => daysBetween(at, today) <= READY_DAYS && daysBetween(at, today) >= -1;

/** The state of the plan, given all newest feedback and today's verdict; null without a gate,
 * because then it is unknown whether this text was sent and what a Ready is bound to. */
export function stateOf(a: Answers, gate: string | null, feedback: readonly Feedback[], today: string, verdict: Verdict | null): State | null {
  const closed = textOf(a, 'state');
  if (closed === 'done' || closed === 'resting' || closed === 'changed_my_mind') return closed;
  if (feedback.some((f) => f.mark === 'not_yet')) return 'not_yet';
  if (gate === null) return null;
  const allowed = verdict !== null && canBeReady(verdict, textOf(a, 'route'));
  if (allowed && feedback.some((f) => f.mark === 'ready' && f.gate === gate && isFresh(f.at, today))) return 'ready';
  return textOf(a, 'sent') === gate ? 'sent' : 'draft';
}

/** Whether the planned day may say go: the route is open today, there is no stop, and a Ready
 * counts or the route needs none. A Not yet blocks such a route too. */
export const isSet = (where: State, v: Verdict | null, route: string): boolean =>
  v !== null && !v.again && v.result !== 'STOP' && v.routes.includes(route) && (where === 'ready' || ((where === 'draft' || where === 'sent') && isFree(v, route)));

/** Whether a plan can be called done: where its day may say go; on a stop, also a route that
 * reaches nobody, which needs no mentor. Never under a Not yet. */
export const canEnd = (where: State, v: Verdict | null, route: string): boolean =>
  isSet(where, v, route) || (v !== null && v.result === 'STOP' && !v.again && (where === 'draft' || where === 'sent' || where === 'ready') && isFree(v, route));

/** The questions that mentors ticked for the current reasons. Ticks survive an edit of the plan, so
 * that a route can be chosen after them, but not a Not yet. */
export function clearedBy(held: Findings, feedback: readonly Feedback[], today: string): string[] {
  if (feedback.some((f) => f.mark === 'not_yet')) return [];
  return feedback.filter((f) => isFresh(f.at, today)).flatMap((f) => f.ticked.filter((key) => f.bonds[key] && f.bonds[key] === bondOf(held, key)));
}

export const checkedOf = (a: Answers): Checked | null => (a['safety'] as Checked | undefined) ?? null;

/** What stands against contact, according to this plan's own copy. */
export const heldOf = (a: Answers): Findings => heldBy(checkedOf(a), a['standing'] ? readFindings(a['standing']) : noFindings());

/** The Not yets from other plans about the person, as contained in this plan: an id and a day each.
 * Only the owner knows whose they are. */
export const otherNotYetsOf = (a: Answers): Sayings => Object.fromEntries(Object.entries(readSayings(a['notYet'])).map(([id, s]) => [id, { mark: 'not_yet', on: s.on }]));

/** For each question that a mentor ticks on a plan, the reason it is bound to. */
export const bondsOf = (a: Answers, ticked: readonly string[]): Record<string, string> => Object.fromEntries(ticked.map((key) => [key, bondOf(heldOf(a), key)]));

export const askedOf = (a: Answers, today: string, business = false): Asked => ({ reach: textOf(a, 'reach'), today, planned: textOf(a, 'when'), business });

/** Whether every question of the plan's safety check is answered and its result was shown. */
export const isChecked = (a: Answers): boolean => isComplete(shownOf(checkedOf(a)), textOf(a, 'reach'));

/** The verdict on a plan as it is today. */
export const verdictOf = (a: Answers, today: string, cleared: readonly string[], business = false): Verdict =>
  judge(shownOf(checkedOf(a)), heldOf(a), cleared, askedOf(a, today, business));

/** Encodes a mentor's answer as the sealed body of type feedback. */
export function feedbackBody(f: Omit<Feedback, 'author' | 'name' | 'ver'>): string {
  return JSON.stringify({
    on: f.on,
    at: f.at,
    mark: f.mark,
    gate: f.gate,
    check: f.check,
    ticked: f.ticked,
    bonds: f.bonds,
    why: f.why,
    overall: f.overall,
    steps: f.steps,
    past: f.past,
  });
}

/** Parses a feedback body; malformed parts are left out. */
export function readFeedback(json: string, author: string, name: string, ver: number): Feedback {
  const b = JSON.parse(json) as Partial<Feedback>;
  const list = (x: unknown): string[] => (Array.isArray(x) ? x.filter((i): i is string => typeof i === 'string') : []);
  const marks = ['ready', 'not_yet', 'seen', 'talk'] as const;
  const texts = (x: unknown): Record<string, string> => Object.fromEntries(Object.entries(x ?? {}).filter((e): e is [string, string] => typeof e[1] === 'string'));
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
    bonds: texts(b.bonds),
    why: list(b.why),
    overall: String(b.overall ?? ''),
    steps: texts(b.steps),
    ...(b.past === undefined ? {} : { past: list(b.past) }),
  };
}
