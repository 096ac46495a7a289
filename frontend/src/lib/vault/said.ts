// What mentors answered on plans about one person on the list, as it outlives those plans: who, on
// which day, and whether it was Not yet; never a word of theirs. It is a set that only grows, like
// the standing beside it: a Not yet ends when its mentor answers that plan again, or says Ready on
// a plan that shows it. One whose mentor is not known ends with whatever Ready names it.

export interface Said {
  mark: 'not_yet' | 'other';
  /** The mentor's own day. */
  on: string;
  /** Whose answer it is, on which plan, and its number there. A plan that only tells of it has none of these. */
  by?: string;
  ws?: string;
  ver?: number;
  /** Of a Ready: the Not yets that the plan showed when it was given. */
  past?: string[];
}

export type Sayings = Record<string, Said>;

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

/** Reads them from a sealed file. Whatever is not clearly another answer is a Not yet. */
export function readSayings(x: unknown): Sayings {
  const out: Sayings = {};
  for (const [id, s] of Object.entries(isObject(x) ? x : {})) if (isObject(s)) out[id] = readSaid(s);
  return out;
}

function readSaid(s: Record<string, unknown>): Said {
  // Unknown fields stay; a known one of another type does not.
  const { by, ws, ver, past, ...rest } = s;
  return {
    ...rest,
    mark: s['mark'] === 'other' ? 'other' : 'not_yet',
    on: typeof s['on'] === 'string' ? s['on'] : '',
    ...(typeof by === 'string' ? { by } : {}),
    ...(typeof ws === 'string' ? { ws } : {}),
    ...(typeof ver === 'number' ? { ver } : {}),
    ...(Array.isArray(past) ? { past: past.filter((id): id is string => typeof id === 'string') } : {}),
  };
}

/** The Not yets that stand. */
export const notYetIn = (all: Sayings): Sayings => Object.fromEntries(Object.entries(all).filter(([id, s]) => s.mark === 'not_yet' && !isOver(all, id, s)));

const onSame = (a: Said, b: Said): boolean => a.by !== undefined && a.ws !== undefined && a.by === b.by && a.ws === b.ws;

function isOver(all: Sayings, id: string, s: Said): boolean {
  const others = Object.values(all);
  if (others.some((o) => onSame(o, s) && (o.ver ?? 0) > (s.ver ?? 0))) return true;
  // Two tabs may have written one answer down at once: it is one all the same.
  const names = Object.entries(all).flatMap(([other, o]) => (other === id || (onSame(o, s) && o.ver === s.ver) ? [other] : []));
  return others.some((o) => o.mark === 'other' && (s.by === undefined || o.by === s.by) && names.some((name) => o.past?.includes(name)));
}

/** A mentor's newest answer on a plan, as far as it is kept. */
interface Answer {
  author: string;
  ver: number;
  at: string;
  mark: string;
  doubt?: string;
  past?: string[];
}

/** What the newest answers on a plan add to what is known. One in doubt adds nothing: what it was
 * is known from when it was opened, or not at all. */
export function addsSaid(ws: string, answers: readonly Answer[], known: Sayings, idOf: (answer: string) => string): Sayings {
  const out: Sayings = {};
  for (const f of answers) {
    const theirs = Object.values(known).filter((s) => s.by === f.author && s.ws === ws);
    if (f.doubt || theirs.some((s) => (s.ver ?? 0) >= f.ver)) continue;
    const past = f.mark === 'ready' ? (f.past ?? []) : [];
    if (f.mark !== 'not_yet' && theirs.length === 0 && past.length === 0) continue;
    out[idOf(`${ws} ${f.author} ${f.ver}`)] = { mark: f.mark === 'not_yet' ? 'not_yet' : 'other', on: f.at, by: f.author, ws, ver: f.ver, ...(past.length > 0 ? { past } : {}) };
  }
  return out;
}
