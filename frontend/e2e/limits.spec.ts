// Text that is too long is reported, and what fits is kept: worksheet fields at and over their
// limit.

import { expect, test } from './fixtures';

test('a pasted megabyte: the field says that it is full, and keeps what fits', async ({ people }) => {
  const ana = await people.open('ana');
  await ana.getByRole('link', { name: 'Start a new page' }).click();
  const name = ana.getByLabel('A short name only you know');
  const did = ana.getByLabel('What I did');
  await name.fill('Over the edge');
  // An emoji outside the Basic Multilingual Plane counts as one character.
  await did.fill('🌱'.repeat(1000));
  await expect(did).toHaveAccessibleDescription(/0 left/);
  await did.fill('ñ🌱א'.repeat(350_000));
  await expect(ana.getByText('Full at 1000. What did not fit was left out.')).toBeVisible();
  await expect(did).toHaveAccessibleDescription(/Full at 1000/);
  const kept = await did.inputValue();
  expect([...kept]).toHaveLength(1000);
  expect('ñ🌱א'.repeat(400).startsWith(kept)).toBe(true);
  await did.press('End');
  await did.press('Backspace');
  await expect(ana.getByText('Full at 1000. What did not fit was left out.')).toHaveCount(0);
  await expect(ana.getByText('1 left')).toBeVisible();
  await ana.getByRole('button', { name: 'Done' }).click();
  await ana.getByRole('link', { name: /Over the edge/ }).click();
  await expect(did).toHaveValue([...kept].slice(0, -1).join(''));
});
