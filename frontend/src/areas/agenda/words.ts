// Small phrases used by several agenda pages.

import { count, fill } from '../../lib/text/text.svelte';
import { agendaText } from '../../lib/text/sections/agenda';

/** The duration of one share in words: "2 minutes", "90 seconds", "No timer". */
export function shareTime(seconds: number): string {
  const t = agendaText();
  if (seconds === 0) return t.field.noTimer;
  return seconds % 60 === 0 ? count(seconds / 60, t.edit.minutes) : fill(t.field.seconds, { n: seconds });
}
