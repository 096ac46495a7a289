// The worksheet `entry`: which fields it has, in which order, and their limits. Words come from
// the dictionaries; this is the data that form, list and tests are made of.

export interface FieldSpec {
  key: 'nick' | 'tie' | 'did' | 'kinds' | 'hurt' | 'part' | 'reach' | 'willing' | 'time' | 'done';
  kind: 'line' | 'long' | 'one' | 'many';
  max?: number;
  rows?: number;
}

export const ENTRY: readonly FieldSpec[] = [
  { key: 'nick', kind: 'line', max: 40 },
  { key: 'tie', kind: 'one' },
  { key: 'did', kind: 'long', max: 1000, rows: 5 },
  { key: 'kinds', kind: 'many' },
  { key: 'hurt', kind: 'long', max: 1000, rows: 4 },
  { key: 'part', kind: 'long', max: 1000, rows: 3 },
  { key: 'reach', kind: 'one' },
  { key: 'willing', kind: 'one' },
  { key: 'time', kind: 'one' },
  { key: 'done', kind: 'one' },
];

export const TPL = 'entry@1';
export const MAX_ENTRIES = 150;

export type Answers = Record<string, string | string[]>;

interface Body {
  title: string;
  tpl: string;
  fields: { q: string; a: string | string[] }[];
}

/** Writes the answers as the sealed body: one JSON object, without newlines. */
export function toBody(answers: Answers): string {
  const fields = ENTRY.flatMap((f) => {
    const a = answers[f.key];
    return a === undefined || a.length === 0 ? [] : [{ q: f.key, a }];
  });
  const body: Body = { title: titleOf(answers), tpl: TPL, fields };
  return JSON.stringify(body);
}

/** Reads a sealed body. What does not fit the fields is left out; text stays text. */
export function fromBody(json: string): Answers {
  const body = JSON.parse(json) as Partial<Body>;
  const out: Answers = {};
  for (const f of body.fields ?? []) {
    const spec = ENTRY.find((s) => s.key === f.q);
    if (!spec) continue;
    if (spec.kind === 'many' ? Array.isArray(f.a) && f.a.every((x) => typeof x === 'string') : typeof f.a === 'string') out[spec.key] = f.a;
  }
  return out;
}

export const titleOf = (answers: Answers): string => String(answers['nick'] ?? '').trim();

/** Whether a text looks like a phone number, an e-mail or a street address. */
export const looksLikeContact = (s: string): boolean => /\d[\d\s().-]{7,}\d|[^\s@]+@[^\s@]+\.[a-z]{2,}|\b\d{1,5}\s+\w+\s+(st|street|ave|avenue|rd|road|calle|avenida)\b/i.test(s);
