// Questions to the room. Invariants: 2 to 6 short words, no two equal; the question at the end
// repeats that of the start, so that both can be compared; only pulses with counts are drawn.

import { MaxPulseWord, MaxWord, MinPulseWord } from '../wire/wire';
import type { Command } from '../wire/commands';
import type { FacilitatorView, PulseTag, PulseView } from '../wire/wire';

/** A question as a counselor enters it. */
export type Asking = Required<Extract<Command, { do: 'pulse_open' }>['with']>;

/** The typed words, one per line or separated by commas; null when the room would refuse them. */
export function wordsOf(typed: string): string[] | null {
  const words = typed
    .split(/[\n,]/)
    .map((w) => w.trim().replace(/\s+/g, ' '))
    .filter((w) => w !== '');
  const fits = words.length >= MinPulseWord && words.length <= MaxPulseWord && words.every((w) => [...w].length <= MaxWord);
  return fits && new Set(words).size === words.length ? words : null;
}

/** The labels of a pulse's answers, in order. Replies have the app's own labels. */
export function labelsOf(pulse: PulseView, replies: readonly string[]): string[] {
  if (pulse.kind === 'words') return pulse.words;
  return pulse.kind === 'replies' ? [...replies] : Array.from({ length: 11 }, (_, n) => String(n));
}

/** The newest pulse of a tag that has counts to show. */
const newest = (pulses: readonly PulseView[], tag: PulseTag): PulseView | undefined => pulses.filter((p) => p.tag === tag && p.result === 'counts').at(-1);

/** Before and after, for the summary. `same`: the same question was asked twice. */
export function beforeAfter(pulses: readonly PulseView[]): { before?: PulseView | undefined; after?: PulseView | undefined; same: boolean } {
  const before = newest(pulses, 'start');
  const after = newest(pulses, 'end');
  const same = !!before && !!after && before.kind === after.kind && before.words.join('\n') === after.words.join('\n');
  return { before, after, same };
}

/** The question that fits the current part: that of the start again near the end, the four replies
 * in their part. */
export function suggested(view: FacilitatorView, words: string[]): Asking {
  const start = newest(view.pulses, 'start');
  const type = view.segments[view.segment]?.type ?? '';
  if (type === 'answers') return { kind: 'replies', tag: 'other', words };
  const late = ['next_step', 'check_out', 'close'].includes(type) || view.segment === view.segments.length - 1;
  // The room accepted this kind from such a question, so the cast is safe.
  if (late && start) return { kind: start.kind as Asking['kind'], tag: 'end', words: start.kind === 'words' ? start.words : words };
  return { kind: 'scale', tag: late ? 'end' : start ? 'other' : 'start', words };
}

/** The number of answers. */
export const answersOf = (pulse: PulseView): number => pulse.counts.reduce((n, c) => n + c, 0);
