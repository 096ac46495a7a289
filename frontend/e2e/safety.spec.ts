// A stop belongs to the person it protects: neither a second tab, nor a deleted plan, nor a new
// page with the same name, nor another device loses it.

import type { Page } from '@playwright/test';
import { expect, origin, test } from './fixtures';
import { safety } from './steps';

const pictures = process.env['SHOTS'];
const look = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/safety-${name}.png`, fullPage: true });
};

const STOP = 'Please do not contact this person.';
const MAY = 'It may be right to ask.';

/** A page about somebody, with a plan begun from it. */
async function begin(page: Page, who: string, nick: string): Promise<void> {
  await page.goto(`${origin(who)}/pages/new`);
  await page.getByLabel('A short name only you know').fill(nick);
  await page.getByRole('button', { name: 'Make a plan' }).click();
}

test('a stop outlives a second tab, a deleted plan, a new page and another device', async ({ people }) => {
  test.setTimeout(180_000);
  people.expected.push(/409|404/);
  const ruth = await people.open('ruth');
  await begin(ruth, 'ruth', 'River');
  await safety(ruth);
  await expect(ruth.getByRole('heading', { name: MAY })).toBeVisible();
  await ruth.getByRole('button', { name: /^Meet/ }).click();
  await expect(ruth.getByRole('heading', { name: 'The way', level: 1 })).toBeVisible();
  await ruth.getByRole('link', { name: 'Back to the plan' }).click();
  await expect(ruth.getByRole('heading', { name: 'The 8 steps' })).toBeVisible();
  const plan = ruth.url();

  // Two tabs of one plan: writing in one, question 3 in the other.
  const second = await ruth.context().newPage();
  await second.goto(`${plan}/way`);
  await expect(second.getByRole('radio', { name: 'Meet', exact: true })).toBeChecked();
  await ruth.goto(`${plan}/safety`);
  await safety(ruth, { 3: 'Yes' });
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  await look(ruth, 'stop');
  await ruth.goto(`${plan}/way`);
  await expect(ruth.getByText('“Meet” is not open any more. Please choose again.')).toBeVisible();
  await expect(ruth.getByRole('radio', { checked: true })).toHaveCount(0);
  await look(ruth, 'way-closed');
  await ruth.getByRole('link', { name: 'Back to the plan' }).click();
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  // Nor does the planned day say go.
  await ruth.goto(`${plan}/day`);
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  await expect(ruth.getByRole('radio', { name: 'Yes', exact: true })).toHaveCount(4);
  for (const yes of await ruth.getByRole('radio', { name: 'Yes', exact: true }).all()) await yes.check();
  await expect(ruth.getByText('You are set.', { exact: false })).toHaveCount(0);
  await look(ruth, 'day');
  await ruth.goto(`${origin('ruth')}/pages`);

  await second.getByLabel('Why this way?').fill('They like to talk.');
  await second.getByRole('link', { name: 'Next step' }).click();
  await expect(second.getByRole('heading', { name: 'You changed this page on two devices' })).toBeVisible();
  await expect(second.getByText('the stricter one stays', { exact: false })).toBeVisible();
  await expect(second.getByRole('heading', { name: STOP })).toBeVisible();
  for (const said of ['It may be right', 'Stop here']) await expect(second.getByText(`Its safety check said: ${said}`)).toBeVisible();
  await look(second, 'conflict');
  await second.getByRole('button', { name: 'Use this one' }).first().click();
  await expect(second.getByRole('heading', { name: 'You changed this page on two devices' })).toHaveCount(0);
  await expect(second.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await second.goto(plan);
  await expect(second.getByRole('heading', { name: STOP })).toBeVisible();
  await look(second, 'plan');
  await second.getByRole('link', { name: /The way/ }).click();
  await expect(second.getByLabel('Why this way?')).toHaveValue('They like to talk.');
  await expect(second.getByRole('radio', { name: 'Meet', exact: true })).toHaveCount(0);
  await expect(second.getByRole('radio', { checked: true })).toHaveCount(0);
  await second.close();

  // The plan goes; a new one, answered well, is still a stop.
  await ruth.goto(plan);
  await ruth.getByRole('button', { name: 'Delete this page' }).click();
  await ruth.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await ruth.waitForURL(/\/pages$/);
  await ruth.getByRole('link', { name: /^River/ }).click();
  await ruth.getByRole('button', { name: 'Make a plan' }).click();
  await safety(ruth);
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  await expect(ruth.getByText('This stays closed here. It does not say who you are today.')).toBeVisible();
  await look(ruth, 'stands');
  await ruth.getByRole('link', { name: 'Ask me again' }).click();
  await safety(ruth);
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();

  // A new page with the same short name asks, on another device too.
  const other = await people.open('ruth');
  await other.goto(`${origin('ruth')}/pages/new`);
  await other.getByLabel('A short name only you know').fill('river ');
  const same = other.getByRole('heading', { name: /Is this the same/ });
  await expect(same).toBeVisible();
  await look(other, 'same');
  // Unanswered, the reason counts; answered Yes, it stays.
  await other.getByRole('button', { name: 'Make a plan' }).click();
  await safety(other);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await other.getByRole('button', { name: 'Yes, the same person' }).click();
  await expect(same).toHaveCount(0);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();

  // Found out without a signal, and the plan deleted before there is one.
  people.expected.push(/ERR_FAILED/);
  await begin(other, 'ruth', 'Lake');
  await expect(other.getByRole('button', { name: 'Start the safety check' })).toBeVisible();
  await other.route('**/api/v1/**', (r) => r.abort());
  await safety(other, { 2: 'Yes' });
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await other.getByRole('link', { name: 'Back to the plan' }).click();
  await other.getByRole('button', { name: 'Delete this page' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await other.waitForURL(/\/pages$/);
  await other.unroute('**/api/v1/**');
  await other.reload();
  await other.getByRole('link', { name: /^Lake/ }).click();
  await other.getByRole('button', { name: 'Make a plan' }).click();
  await safety(other);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
});
