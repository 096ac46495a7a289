// A person's answers, and their encoding as the sealed body: {"title","tpl","fields":[{q,a}]}.
// Fields that this version does not know are kept, so that nothing sealed is ever dropped.

import { kindOf, type Form, type FormField, type Kind, type Tpl } from './forms';

export interface Promised {
  text: string;
  by: string;
  done: boolean;
}

/** Text and dates are strings, multiple choices are lists, checks are booleans; special fields have
 * shapes of their own. */
export type Answers = Record<string, unknown>;

interface Body {
  title: string;
  tpl: string;
  fields: { q: string; a: unknown }[];
}

export const MAX_ENTRIES = 150;

export const textOf = (a: Answers, key: string): string => (typeof a[key] === 'string' ? a[key] : '');
export const listOf = (a: Answers, key: string): string[] => (Array.isArray(a[key]) ? a[key].filter((x): x is string => typeof x === 'string') : []);
export const promisesOf = (a: Answers): Promised[] => (Array.isArray(a['promises']) ? (a['promises'] as Promised[]).filter((p) => typeof p?.text === 'string') : []);

export const titleOf = (a: Answers): string => textOf(a, 'nick').trim();

export const isEmpty = (v: unknown): boolean => v === undefined || v === null || v === '' || v === false || (Array.isArray(v) && v.length === 0);

const isTpl = (s: string): s is Tpl => s.includes('@');

/** Encodes the answers as the sealed body: one JSON object without newlines. */
export function toBody(tpl: Tpl, a: Answers): string {
  const fields = Object.entries(a).flatMap(([q, value]) => (isEmpty(value) ? [] : [{ q, a: value }]));
  const body: Body = { title: titleOf(a), tpl, fields };
  return JSON.stringify(body);
}

/** Whether two pages have the same answers, in any order of fields. */
export function sameAnswers(a: Answers, b: Answers): boolean {
  const inOrder = (x: Answers): string => toBody('@', Object.fromEntries(Object.entries(x).sort(([p], [q]) => (p < q ? -1 : 1))));
  return inOrder(a) === inOrder(b);
}

/** Parses a sealed body. Text stays text; values that cannot be an answer are left out. */
export function fromBody(json: string): { tpl: Tpl; kind: Kind; answers: Answers } {
  const body = JSON.parse(json) as Partial<Body>;
  const answers: Answers = {};
  for (const f of Array.isArray(body.fields) ? body.fields : []) if (typeof f?.q === 'string' && !isEmpty(f.a)) answers[f.q] = f.a;
  const tpl = typeof body.tpl !== 'string' ? 'entry@1' : isTpl(body.tpl) ? body.tpl : (`${body.tpl}@` as const);
  return { tpl, kind: kindOf(tpl), answers };
}

/** Whether a field is shown, given the answers so far. */
export function shows(f: FormField, a: Answers): boolean {
  const route = textOf(a, 'route');
  if (f.when && !f.when.includes(route)) return false;
  if (f.whenPaying && ['', 'no'].includes(textOf(a, 'pay_kind'))) return false;
  return !f.after || !isEmpty(a[f.after]);
}

/** Whether a field must be filled before the page can be sent. */
export function needed(f: FormField, a: Answers): boolean {
  const route = textOf(a, 'route');
  if (!shows(f, a)) return false;
  if (f.needUnless) return !f.needUnless.includes(route);
  return f.need !== undefined || (f.needWhen?.includes(route) ?? false);
}

/** The required fields that are still empty, in the order of the form. */
export const missing = (form: Form, a: Answers): FormField[] => form.fields.filter((f) => needed(f, a) && isEmpty(a[f.key]));

const CONTACT = [
  /\d[\d\s().-]{7,}\d/,
  /[^\s@]+@[^\s@]+\.[a-z]{2,}/i,
  /\b\d{1,5}\s+\w+\s+(st|street|ave|avenue|rd|road|blvd|lane)\b/i,
  /\b(calle|avenida|av|carrera)\.?\s[\p{L}\s.]{1,30}#?\d/iu,
];

/** Whether a text looks like a phone number, an e-mail or a street address. */
export const looksLikeContact = (s: string): boolean => CONTACT.some((c) => c.test(s));

/** A day as YYYY-MM-DD in the time zone of this device. */
export const plainDay = (d: Date): string => `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;

/** Today as YYYY-MM-DD on this device. */
export const today = (): string => plainDay(new Date());

/** Whether a text is a valid date in the form YYYY-MM-DD. */
export const isDay = (s: string): boolean => /^\d{4}-\d\d-\d\d$/.test(s) && new Date(Date.parse(s + 'T00:00:00Z')).toJSON()?.startsWith(s);

/** The number of days from one YYYY-MM-DD date to another. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to + 'T00:00:00Z') - Date.parse(from + 'T00:00:00Z')) / 86_400_000);
