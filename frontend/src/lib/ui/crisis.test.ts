import { expect, test } from 'vitest';
import { checkedOn } from './crisis';

const line = (checked_on: string) => ({ label: 'Line', number: '988', language: 'en', checked_on });

test('the card names the day of the number that was checked longest ago', () => {
  expect(checkedOn([line('2026-11-29'), line('2026-11-01'), line('2026-11-12')])).toBe('2026-11-01');
  expect(checkedOn([])).toBe('');
});
