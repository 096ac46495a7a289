// The findings against contact with one person on the list: reasons to stop or wait, and what lifted
// them, never an answer. They are a grow-only set, so that two tabs, an offline device, a deletion or
// an old copy can add to it and never remove: merging is a union, a reason given again is a new
// reason, and a lift names the one reason that it lightens.

import { notYetIn, readSayings, type Sayings } from './said';
import { union } from './union';

export type Level = 'STOP' | 'WAIT' | 'LIVING' | 'INDIRECT' | 'CLEAR';

export interface Stop {
  group: string;
  level: Level;
  /** The day on which the result first showed it, as YYYY-MM-DD. */
  on: string;
  /** The question was skipped: the reason stands until it is answered. */
  open?: boolean;
}

export interface Lift {
  on: string;
  /** The day on which a stay-away rule ended. */
  ended?: string;
}

export interface Findings {
  stops: Record<string, Stop>;
  lifts: Record<string, Lift>;
}

/** What the vault knows about one person: the findings, their short names, and which other pages
 * are about the same or about another person. */
export interface Person extends Findings {
  names: string[];
  same: string[];
  other: string[];
  near?: Near;
  /** Mentors' answers on plans about them, as sealed; saidOf parses it. */
  said?: unknown;
}

/** Whether the person is one of the possible readers: yes or no by account, and by `group` (the
 * writer's own group) and `mentor` (one without an account here). In a union, yes wins. */
export type Near = Record<string, string>;

type People = Record<string, Person>;

export const STRONGEST_FIRST: readonly Level[] = ['STOP', 'WAIT', 'LIVING', 'INDIRECT', 'CLEAR'];
export const stronger = (a: Level, b: Level): Level => (STRONGEST_FIRST.indexOf(a) <= STRONGEST_FIRST.indexOf(b) ? a : b);

export const noFindings = (): Findings => ({ stops: {}, lifts: {} });
export const nobody = (): Person => ({ ...noFindings(), names: [], same: [], other: [] });

/** The union of two sets of findings. */
export const mergeFindings = (a: Findings, b: Findings): Findings => union({ stops: a.stops, lifts: a.lifts }, { stops: b.stops, lifts: b.lifts });

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);
const texts = (x: unknown): string[] => (Array.isArray(x) ? x.filter((i): i is string => typeof i === 'string') : []);
const text = (x: unknown): string => (typeof x === 'string' ? x : '');

/** Reads findings from a sealed file. An unknown level counts as a stop, and an invalid date
 * never passes. */
export function readFindings(x: unknown): Findings {
  const out = noFindings();
  if (!isObject(x)) return out;
  for (const [id, s] of Object.entries(isObject(x['stops']) ? x['stops'] : {})) {
    if (!isObject(s)) continue;
    const level = STRONGEST_FIRST.find((l) => l === s['level']) ?? 'STOP';
    out.stops[id] = { ...s, group: text(s['group']), level, on: text(s['on']) };
  }
  for (const [id, l] of Object.entries(isObject(x['lifts']) ? x['lifts'] : {})) if (isObject(l)) out.lifts[id] = { ...l, on: text(l['on']) };
  return out;
}

export const readPerson = (x: unknown): Person =>
  isObject(x) ? { ...x, ...readFindings(x), names: texts(x['names']), same: texts(x['same']), other: texts(x['other']), ...readNear(x['near']) } : nobody();

/** Anything that is not clearly no is a yes. */
const readNear = (x: unknown): Pick<Person, 'near'> =>
  isObject(x) ? { near: Object.fromEntries(Object.entries(x).map(([who, said]) => [who, said === 'no' ? 'no' : 'yes'])) } : {};

/** A short name in normal form for comparison. */
export const nameKey = (nick: string): string =>
  nick
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();

/** What stands against contact with the person of a page: the union over all pages linked as being
 * about the same person. */
export const findingsOf = (people: People, ws: string): Findings => sameAs(people, [ws]).reduce((s, id) => mergeFindings(s, people[id] ?? noFindings()), noFindings());

/** These pages, and all pages linked to them as being about the same person (transitive). */
function sameAs(people: People, pages: readonly string[]): string[] {
  const found = new Set(pages);
  const links = (a: string, b: string) => (people[a]?.same.includes(b) ?? false) || (people[b]?.same.includes(a) ?? false);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const id of Object.keys(people)) if ([...found].some((f) => links(f, id))) found.add(id);
  }
  return [...found];
}

/** Pages with a reason and the same short name as this one, for which nobody has said yet whether
 * they are about the same person. */
export const unclear = (people: People, ws: string, name: string): string[] => unclearIn(people, [ws], name, isHeld);

function unclearIn(people: People, pages: readonly string[], name: string, counts: (p: Person) => boolean): string[] {
  const key = nameKey(name);
  const said = (a: string, b: string): boolean => [...(people[a]?.same ?? []), ...(people[a]?.other ?? [])].includes(b);
  return Object.entries(people).flatMap(([id, p]) =>
    key !== '' && p.names.includes(key) && counts(p) && !pages.some((ws) => id === ws || said(ws, id) || said(id, ws)) ? [id] : [],
  );
}

/** Whether anything known about a person counts against contact. */
const isHeld = (p: Person): boolean => isStopped(p) || Object.keys(notYetIn(readSayings(p.said))).length > 0;
/** The same without mentors' Not yets, which do not say whether the person is a possible reader.
 * Sealing uses this. */
const isStopped = (p: Person): boolean => Object.keys(p.stops).length > 0 || isNear(p.near);

/** Pages linked as being about another person than this one, where something is known about that
 * person. When the vault also has "same person", that wins, since it is stricter. */
export function apart(people: People, ws: string): string[] {
  const same = sameAs(people, [ws]);
  return Object.keys(people).filter(
    (id) => !same.includes(id) && (people[ws]?.other.includes(id) || people[id]?.other.includes(ws)) && sameAs(people, [id]).some((p) => isHeld(people[p] ?? nobody())),
  );
}

/** Mentors' answers about the person of a page, including pages that may be about the same person. */
export function saidOf(people: People, ws: string, name: string): Sayings {
  const same = sameAs(people, [ws]);
  return sameAs(people, [...same, ...unclearIn(people, same, name, isHeld)]).reduce<Sayings>((all, id) => union(all, readSayings(people[id]?.said)), {});
}

/** What is known under the unclear pages; it counts until somebody says whether it is the same
 * person. */
export const doubtOf = (people: People, ws: string, name: string): Findings => unclear(people, ws, name).reduce((s, id) => mergeFindings(s, findingsOf(people, id)), noFindings());

/** Which possible readers the person of these pages is. Pass a page together with the page that it
 * is about. Unclear pages count too. */
export function nearOf(people: People, pages: readonly string[], name: string): Near {
  const same = sameAs(people, pages);
  return sameAs(people, [...same, ...unclearIn(people, same, name, isStopped)]).reduce<Near>((near, id) => union(near, people[id]?.near ?? {}), {});
}

export const isNear = (near: Near = {}): boolean => Object.values(near).includes('yes');

/** Whether an account must get nothing about the person, and its answers do not count. An unnamed
 * mentor could be any account that was not explicitly ruled out. */
export const bars = (near: Near, acct: string): boolean => near[acct] === 'yes' || (near['mentor'] === 'yes' && near[acct] !== 'no');
