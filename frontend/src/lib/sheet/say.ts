// Formats an answer for reading.

import { text } from '../text/text.svelte';
import { worksheetsText } from '../text/sections/worksheets';
import { isEmpty, promisesOf, type Answers } from './answers';
import type { FormField } from './forms';

/** The text of an answer of any shape; empty for a tick. */
export function wordsIn(v: unknown): string {
  if (typeof v === 'string' || typeof v === 'number') return String(v);
  if (v === null || typeof v !== 'object') return '';
  return Object.values(v)
    .map(wordsIn)
    .filter((s) => s !== '')
    .join(', ');
}

export function sayAnswer(f: FormField, a: Answers): string {
  const v = a[f.key];
  if (isEmpty(v)) return '';
  if (f.type === 'promises')
    return promisesOf(a)
      .map((p) => `${p.text} ${p.by} ${p.done}`)
      .join('\n')
      .trim();
  if (f.type === 'check') return worksheetsText().yes;
  if (Array.isArray(v)) return wordsIn(v.map((x) => f.labels[String(x)] ?? (x as unknown)));
  const s = wordsIn(v);
  if (f.type === 'date') return text.date(s);
  if (f.type === 'scale' && s.startsWith('n')) return worksheetsText().scale.replace('{n}', s.slice(1));
  return f.options.length > 0 ? (f.labels[s] ?? s) : s;
}
