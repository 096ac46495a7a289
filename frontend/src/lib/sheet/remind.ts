// Reminders that a person turned on for a look back: a day, a week, a month or three months after
// the day it is about. Home says only that a page is waiting, until the page is opened on or after
// the due day.

import { listOf, textOf, type Answers } from './answers';

const AFTER: Record<string, (d: Date) => void> = {
  '1d': (d) => d.setUTCDate(d.getUTCDate() + 1),
  '1w': (d) => d.setUTCDate(d.getUTCDate() + 7),
  '1m': (d) => d.setUTCMonth(d.getUTCMonth() + 1),
  '3m': (d) => d.setUTCMonth(d.getUTCMonth() + 3),
};

/** The days on which a page asks to be opened again, as YYYY-MM-DD. */
export function dueDays(a: Answers): string[] {
  const day = textOf(a, 'day');
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return [];
  return listOf(a, 'remind').flatMap((key) => {
    const d = new Date(day + 'T00:00:00Z');
    AFTER[key]?.(d);
    return AFTER[key] ? [d.toISOString().slice(0, 10)] : [];
  });
}

/** Whether a page is waiting today, given the day it was last opened on this device. */
export const isDue = (a: Answers, today: string, opened: string): boolean => dueDays(a).some((d) => d <= today && opened < d);
