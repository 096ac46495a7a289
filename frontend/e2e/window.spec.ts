// The big screen in a second window of the counselor's own browser: it shows no names, whoever is
// signed in there, and the counselor's window continues as before.

import { expect, SCREEN, TABLET, test, workshop } from './fixtures';
import { begin } from './steps';

test('a counselor opens the big screen in a window, and both show the same room', async ({ people }) => {
  const id = await workshop(people, 'Two windows');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(new URL(`/run/${id}`, dana.url()).href);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const opened = dana.waitForEvent('popup');
  await dana.getByRole('button', { name: 'Open in a window' }).click();
  const stage = await opened;
  await stage.setViewportSize(SCREEN);
  await stage.waitForURL(/\/stage$/);
  await expect(stage.getByText('Welcome', { exact: false })).toBeVisible();
  await expect(dana.getByText('1 screen', { exact: false })).toBeVisible();
  await begin(dana);
  await expect(stage.getByText(/^Part 1 of/)).toBeVisible();
  await expect(stage.getByText('Dana C.')).toHaveCount(0);
  // After a reload it is still the big screen, and the counselor still leads.
  await stage.reload();
  await expect(stage.getByText(/^Part 1 of/)).toBeVisible();
  await expect(dana.getByRole('button', { name: /^Next/ }).first()).toBeVisible();
  if (process.env['SHOTS']) {
    await dana.screenshot({ path: `${process.env['SHOTS']}/window-desk.png`, fullPage: true });
    await stage.screenshot({ path: `${process.env['SHOTS']}/window-stage.png` });
  }
});
