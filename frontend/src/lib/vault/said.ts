// Mentors' answers on plans about one person on the list, kept after those plans are gone: who, on
// which day, and whether it was Not yet; never the mentor's text. The set only grows, like the
// findings beside it: a Not yet ends when its mentor answers that plan again, or says Ready on a
// plan that shows it. A Not yet without a known mentor is ended by any Ready that names it.

export interface Said {
  mark: 'not_yet' | 'other';
  /** The day of the answer, in the mentor's time zone. */
  on: string;
  /** Who answered, on which plan, and the answer's number there. All three are missing when the
   * answer is known only from the text of a plan. */
  by?: string;
  ws?: string;
  ver?: number;
  /** On a Ready: the Not yets that the plan showed at that time. */
  past?: string[];
}

export type Sayings = Record<string, Said>;

const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null && !Array.isArray(x);

/** Reads answers from a sealed file. Anything that is not clearly another answer counts as a Not
 * yet. */
export function readSayings(x: unknown): Sayings {
  const out: Sayings = {};
  for (const [id, s] of Object.entries(isObject(x) ? x : {})) if (isObject(s)) out[id] = readSaid(s);
  return out;
}

function readSaid(s: Record<string, unknown>): Said {
  // Unknown fields are kept; a known field of the wrong type is dropped.
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

/** The Not yets that are still in force. */
export const notYetIn = (all: Sayings): Sayings => Object.fromEntries(Object.entries(all).filter(([id, s]) => s.mark === 'not_yet' && !isOver(all, id, s)));

const onSame = (a: Said, b: Said): boolean => a.by !== undefined && a.ws !== undefined && a.by === b.by && a.ws === b.ws;

function isOver(all: Sayings, id: string, s: Said): boolean {
  const others = Object.values(all);
  if (others.some((o) => onSame(o, s) && (o.ver ?? 0) > (s.ver ?? 0))) return true;
  // Two tabs may have recorded the same answer at once: both entries count as one.
  const names = Object.entries(all).flatMap(([other, o]) => (other === id || (onSame(o, s) && o.ver === s.ver) ? [other] : []));
  return others.some((o) => o.mark === 'other' && (s.by === undefined || o.by === s.by) && names.some((name) => o.past?.includes(name)));
}

/** The stored part of a mentor's newest answer on a plan. */
interface Answer {
  author: string;
  ver: number;
  at: string;
  mark: string;
  doubt?: string;
  past?: string[];
}

/** What the newest answers on a plan add to the known ones. An answer in doubt adds nothing: it was
 * recorded when it was first opened, or never. One that counts although it could not be read has no
 * number (0): it stands beside the newest known one, since that one cannot have ended it. */
export function addsSaid(ws: string, answers: readonly Answer[], known: Sayings, idOf: (answer: string) => string): Sayings {
  const out: Sayings = {};
  for (const f of answers) {
    const earlier = Object.values(known).filter((s) => s.by === f.author && s.ws === ws);
    const newest = earlier.reduce((ver, s) => Math.max(ver, s.ver ?? 0), 0);
    const counts = f.ver === 0 ? !earlier.some((s) => s.mark === 'not_yet' && s.ver === newest) : newest < f.ver;
    if (f.doubt || !counts) continue;
    const past = f.mark === 'ready' ? (f.past ?? []) : [];
    if (f.mark !== 'not_yet' && earlier.length === 0 && past.length === 0) continue;
    out[idOf(`${ws} ${f.author} ${f.ver}`)] = {
      mark: f.mark === 'not_yet' ? 'not_yet' : 'other',
      on: f.at,
      by: f.author,
      ws,
      ver: f.ver || newest,
      ...(past.length > 0 ? { past } : {}),
    };
  }
  return out;
}
