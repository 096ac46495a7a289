// Summarizes the big screen for the counselor's preview: the same cases in the same order as the
// screen itself.

import type { FacilitatorView, RoomWord } from '../wire/wire';

/** The headline of the big screen. */
export type Shown = 'ended' | 'quiet' | 'welcome' | 'answers' | 'part';
/** The lines below it, in order. */
export type Line = 'groups' | 'speaks' | 'paused' | 'asks';

export function shownOn(view: FacilitatorView): { shown: Shown; lines: Line[]; words: RoomWord[] } {
  if (view.state === 'ended') return { shown: 'ended', lines: [], words: [] };
  if (view.calm || view.holding) return { shown: 'quiet', lines: [], words: [] };
  if (view.state !== 'running' && view.state !== 'paused') return { shown: 'welcome', lines: [], words: [] };
  const paused: Line[] = view.state === 'paused' ? ['paused'] : [];
  if (view.pulse?.result === 'counts' && view.pulse.shown) return { shown: 'answers', lines: paused, words: [] };
  const lines: Line[] = [];
  if (view.trios) lines.push('groups');
  if (view.turn) lines.push('speaks');
  lines.push(...paused);
  if (view.pulse?.result === 'open') lines.push('asks');
  return { shown: 'part', lines, words: view.words };
}
