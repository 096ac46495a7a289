// The parts of a plan that do not depend on which words are chosen in a conflict: the stricter
// check, what stands, and that a closed route must be chosen again.

import type { Sayings } from '../../vault/said';
import { mergeFindings, type Findings } from '../../vault/findings';
import { isEmpty, textOf, type Answers } from '../answers';
import { union } from '../../vault/union';
import { askedOf, checkedOf, heldOf, otherNotYetsOf } from '../plan';
import { judge } from './safety';
import { shownOf, strongerCheck } from './findings';

/** The words of one copy of a plan, with the stricter safety check of both. */
export function keepStrongest(words: Answers, other: Answers): Answers {
  const safety = strongerCheck(checkedOf(words), checkedOf(other));
  const findings = mergeFindings(heldOf(words), heldOf(other));
  const out: Answers = { ...words, ...(safety ? { safety } : {}) };
  return putFindings(putOtherNotYets(out, union(otherNotYetsOf(words), otherNotYetsOf(other))), findings);
}

const KNOWN = ['safety', 'standing', 'notYet', 'reach', 'closed'];

/** Whether two copies of a plan differ only in what is known about the person, and in no answer. */
export function sameWords(a: Answers, b: Answers): boolean {
  if (['standing', 'notYet'].every((key) => a[key] === undefined && b[key] === undefined)) return false;
  const words = (x: Answers) =>
    JSON.stringify(
      Object.entries(x)
        .filter(([q, v]) => !KNOWN.includes(q) && !isEmpty(v))
        .sort(([p], [q]) => (p < q ? -1 : 1)),
    );
  return words(a) === words(b) && JSON.stringify(checkedOf(a)?.kept) === JSON.stringify(checkedOf(b)?.kept);
}

const putFindings = (a: Answers, s: Findings): Answers => (Object.keys(s.stops).length > 0 ? { ...a, standing: s } : a);

/** A plan with exactly these Not yets from other plans. */
export function putOtherNotYets(a: Answers, notYets: Sayings): Answers {
  const { notYet, ...rest } = a;
  void notYet;
  return Object.keys(notYets).length > 0 ? { ...rest, notYet: notYets } : rest;
}

/** A plan updated with what the vault knows about the person and how, according to the entry, they
 * can be reached. Its route is removed when a reason closes it; the age of answers alone does not
 * remove one. */
export function settle(a: Answers, known: Findings, reach: string | null, cleared: readonly string[], today: string): Answers {
  const out = putFindings({ ...a }, mergeFindings(heldOf(a), known));
  if (reach === '') delete out['reach'];
  else if (reach !== null) out['reach'] = reach;
  const route = textOf(out, 'route');
  if (route === '' || checkedOf(out) === null) return out;
  const open = judge(shownOf(checkedOf(out)), heldOf(out), cleared, { ...askedOf(out, today), ageless: true }).routes;
  if (open.includes(route)) return out;
  delete out['route'];
  out['closed'] = route;
  return out;
}
