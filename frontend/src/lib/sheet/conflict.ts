// Conflicts: another device or tab stored a version that the words here are not based on. Invariants:
// no words are dropped unless the person chose so; of a plan, the stricter safety check and what
// stands against contact stay, whichever words are chosen.

import { sameAnswers, toBody } from './answers';
import type { ServerVersion } from './newest';
import type { Sheet } from './sheet.svelte';

/** What a conflict of plans needs; loaded only when there is one. */
const ofPlans = () => import('./safety/keep');

/** The server has a newer version than the one these words are based on. When both differ only in
 * what is known about the person, there is nothing to choose: they are merged, and the stricter
 * result stays. */
export async function meet(sheet: Sheet, newest: ServerVersion): Promise<void> {
  if (sheet.released) return;
  // Two copies with equal answers are one: an upload whose reply was lost, or the same edit made
  // twice.
  if (sameAnswers(sheet.snapshot(), newest.answers)) {
    sheet.take(newest);
    sheet.conflict = null;
    sheet.keeping.stop();
    await sheet.keeping.done;
    if (!sheet.unsent) await sheet.drafts.drop().catch(() => undefined);
    return;
  }
  sheet.conflict = newest;
  if (sheet.kind !== 'plan') return;
  const { keepStrongest, sameWords } = await ofPlans();
  if (sheet.conflict !== newest || !sameWords(sheet.snapshot(), newest.answers)) return;
  sheet.conflict = null;
  sheet.answers = keepStrongest(sheet.snapshot(), newest.answers);
  sheet.base = { ver: newest.ver, hc: newest.hc };
  sheet.saving.plan();
}

/** Resolves a conflict with the words written here: they become the version after the other one. */
export async function useMine(sheet: Sheet): Promise<void> {
  const other = sheet.conflict;
  if (!other) return;
  const safety = sheet.kind === 'plan' ? await ofPlans() : null;
  sheet.base = { ver: other.ver, hc: other.hc };
  if (safety) sheet.answers = safety.keepStrongest(sheet.snapshot(), other.answers);
  sheet.conflict = null;
  sheet.unsent = true;
  await sheet.settle?.();
  await sheet.save();
}

/** Resolves a conflict with the other device's words; the words written here are dropped by choice. */
export async function useOther(sheet: Sheet): Promise<void> {
  const other = sheet.conflict;
  if (!other) return;
  const safety = sheet.kind === 'plan' ? await ofPlans() : null;
  const stricter = safety?.keepStrongest(other.answers, sheet.snapshot()) ?? null;
  sheet.take(other);
  if (stricter) sheet.answers = stricter;
  sheet.conflict = null;
  await sheet.keeping.done;
  await sheet.drafts.drop();
  if (!stricter || toBody(other.tpl, stricter) === toBody(other.tpl, other.answers)) return;
  // The safety findings of this copy are kept, whichever words are chosen.
  await sheet.settle?.();
  sheet.changed();
  await sheet.flush();
}
