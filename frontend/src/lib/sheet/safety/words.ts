// The texts of the safety check, by version and language: for the writer, and for a mentor in a
// separate voice. A check of version 1 uses today's texts.

import { text } from '../../text/text.svelte';
import { nearText } from '../../text/sections/near';
import type { Level, Reason, Verdict } from './safety';
import en2 from './words.2.en.json';
import es2 from './words.2.es.json';

type Said = Record<string, string | Partial<Record<Level, string>>>;

export type SafetyWords = Omit<typeof en2, 'reasons' | 'mentor' | 'ticks'> & {
  results: Record<Level, { chip: string; title: string; text: string }>;
  mentor: Record<Level, string>;
  reason: (r: Reason) => string;
  toMentor: (r: Reason) => string;
  /** The label of a mentor's tick: it names the outcome. */
  tick: (r: Reason) => string;
  /** The text for a reason that stands although the answer is clear now. */
  stays: (r: Reason) => string;
  text: (v: Verdict, reach: string) => string;
};

const of = (words: Said, r: Pick<Reason, 'key' | 'level'>): string => {
  const said = words[r.key];
  return typeof said === 'string' ? said : (said?.[r.level] ?? '');
};

/** The texts in the language of this device. */
export function useSafetyWords(): SafetyWords {
  const all = text.language === 'es' ? es2 : en2;
  const { stands } = all;
  return {
    ...all,
    mentor: all.mentor.results,
    reason: (r) => (r.skipped ? stands.skipped : of(all.reasons as Said, r)),
    toMentor: (r) => of(all.mentor as unknown as Said, r),
    tick: (r) => of(all.ticks as Said, r),
    stays: (r) => (!r.stands ? '' : r.key === 'q3' ? stands.q3 : r.level === 'STOP' ? stands.any : stands.wait),
    text: (v, reach) => (v.result === 'INDIRECT' && reach === 'died' ? all.died : v.result === 'CLEAR' && v.ofMentor ? nearText().clear : all.results[v.result].text),
  };
}
