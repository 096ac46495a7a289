// The words of the safety check, by version and language.

import { text } from '../../text/text.svelte';
import type { Level, Reason } from './safety';
import en1 from './words.1.en.json';
import es1 from './words.1.es.json';

export type SafetyWords = Omit<typeof en1, 'reasons'> & { results: Record<Level, { chip: string; title: string; text: string }>; reason: (r: Reason) => string };

/** The words in the language of this device. */
export function useSafetyWords(): SafetyWords {
  const all = text.language === 'es' ? es1 : en1;
  const reasons = all.reasons as Record<string, string | Record<string, string>>;
  return {
    ...all,
    reason: (r) => {
      const said = reasons[r.key];
      return typeof said === 'string' ? said : (said?.[r.level] ?? '');
    },
  };
}
