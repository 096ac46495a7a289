// A stop belongs to the person it protects: a second tab, a deleted plan, a new page with the same
// name and another device all keep it.

import type { Page } from '@playwright/test';
import { account, ask, DESK, expect, origin, test } from './fixtures';
import { answerSafety, pair, safety, startSafety } from './steps';

const pictures = process.env['SHOTS'];
const look = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/safety-${name}.png`, fullPage: true });
};

const STOP = 'Please do not contact this person.';
const MAY = 'It may be right to ask.';

/** A page about somebody, with a plan started from it. */
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

  // Two tabs with one plan: writing in one, question 3 in the other.
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
  // The planned day does not say go either.
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

  // The plan is deleted; a new one, with all clear answers, is still a stop.
  await ruth.goto(plan);
  await ruth.getByRole('button', { name: 'Delete this page' }).click();
  await ruth.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await ruth.waitForURL(/\/pages$/);
  // The note above the list comes with the server's answer, and moves the links.
  await expect(ruth.getByText('Removed from the server', { exact: false })).toBeVisible();
  await ruth.getByRole('link', { name: /^River/ }).click();
  await ruth.getByRole('button', { name: 'Make a plan' }).click();
  await safety(ruth);
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  await expect(ruth.getByText('This stays closed here. It does not say who you are today.')).toBeVisible();
  await look(ruth, 'stands');
  await ruth.getByRole('link', { name: 'Ask me again' }).click();
  await safety(ruth);
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();

  // A new page with the same short name asks whether it is the same person, on another device too.
  const other = await people.open('ruth');
  await other.goto(`${origin('ruth')}/pages/new`);
  await other.getByLabel('A short name only you know').fill('river ');
  const same = other.getByRole('heading', { name: /Is this the same/ });
  await expect(same).toBeVisible();
  await look(other, 'same');
  // Without an answer the reason counts; after a Yes it stays.
  await other.getByRole('button', { name: 'Make a plan' }).click();
  await safety(other);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  // A No first says what counted and would be dropped; the button within reach keeps it. A No can
  // be undone.
  const no = other.getByRole('button', { name: 'No, someone else' });
  await no.click();
  const sure = other.getByRole('dialog', { name: 'Someone else, for sure?' });
  await expect(sure).toContainText(/What counted for river before: a stop \(.+\)\./);
  await look(other, 'same-sure');
  await sure.getByRole('button', { name: 'Keep it for now' }).click();
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await no.click();
  await sure.getByRole('button', { name: 'It is someone else' }).click();
  await expect(other.getByRole('heading', { name: MAY })).toBeVisible();
  await other.getByRole('link', { name: 'Back to the plan' }).first().click();
  await expect(other.getByText('You said: this is someone else than the river of before.')).toBeVisible();
  await other.reload();
  await expect(other.getByText('You said: this is someone else than the river of before.')).toBeVisible();
  await look(other, 'same-said');
  await other.getByRole('button', { name: 'Change that' }).click();
  await look(other, 'same-change');
  await other.getByRole('button', { name: 'Yes, the same person' }).click();
  await expect(same).toHaveCount(0);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();

  // Found while offline, and the plan deleted before there is a connection.
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

  // A vault that does not answer keeps nobody waiting, from the plan to its deletion; two taps make
  // one plan, and the stop is kept.
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((go) => (answer = go));
  await other.goto(`${origin('ruth')}/pages/new`);
  await other.getByLabel('A short name only you know').fill('Marsh');
  await expect(other.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await other.route('**/api/v1/vault', async (route) => {
    await answered;
    await route.continue();
  });
  await other.getByRole('button', { name: 'Make a plan' }).dblclick();
  await safety(other, { 2: 'Yes' });
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();
  await other.getByRole('link', { name: 'Back to the plan' }).click();
  await other.getByRole('button', { name: 'Delete this page' }).click();
  await other.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await other.waitForURL(/\/pages$/);
  answer();
  await other.unrouteAll({ behavior: 'wait' });
  await expect(other.getByText('Removed from the server', { exact: false })).toBeVisible();
  await expect(other.getByRole('link', { name: /^Plan: Marsh/ })).toHaveCount(0);
  await other.reload();
  await other.getByRole('link', { name: /^Marsh/ }).click();
  await other.getByRole('button', { name: 'Make a plan' }).click();
  await safety(other);
  await expect(other.getByRole('heading', { name: STOP })).toBeVisible();

  // A stop found elsewhere while this device was offline closes its open page with the connection.
  people.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await begin(other, 'ruth', 'Fern');
  await safety(other);
  await other.getByRole('button', { name: /^Meet/ }).click();
  await expect(other.getByRole('heading', { name: 'The way', level: 1 })).toBeVisible();
  await expect(other.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await other.context().setOffline(true);
  await ruth.goto(other.url().replace(/way$/, 'safety'));
  await safety(ruth, { 3: 'Yes' });
  await expect(ruth.getByRole('heading', { name: STOP })).toBeVisible();
  await ruth.waitForLoadState('networkidle');
  await other.context().setOffline(false);
  await expect(other.getByText('“Meet” is not open any more. Please choose again.')).toBeVisible();
});

test('the harmed person is the mentor: she gets nothing, loses what she had, and her Ready does not count', async ({ people }) => {
  test.setTimeout(180_000);
  const nora = await people.open('nora', { viewport: DESK });
  await ask(nora, 'POST', '/assignments', { participant: account('dee').member, mentor: account('maria').member });
  const [dee, maria] = [await people.open('dee'), await people.open('maria')];
  await pair(dee, account('dee').name, maria, 'Maria T.');

  // A page that was on for her before anybody asked.
  await dee.goto(`${origin('dee')}/pages/new`);
  await dee.getByLabel('A short name only you know').fill('Hill');
  await dee.getByRole('radio', { name: 'Someone else', exact: true }).check();
  await dee.getByLabel('What I did').fill('I read her notes.');
  await dee.getByRole('checkbox', { name: 'Trust', exact: true }).check();
  await dee.getByLabel('My part only, not theirs').fill('I read them.');
  await dee.getByRole('group', { name: 'Can they be reached?' }).getByRole('radio', { name: 'Yes' }).check();
  await dee.getByRole('radio', { name: 'Mostly' }).check();
  const asks = dee.getByRole('group', { name: 'Is this person your mentor, or in your group?' });
  await expect(asks.getByRole('radio', { checked: true })).toHaveCount(0);
  await expect(dee.locator('.lockline .saved').first()).toHaveText(/Saved/);
  const page = dee.url();
  await dee.goto(`${page}/share`);
  await dee.getByRole('switch', { name: /Maria T\. can see this/ }).click();
  await expect(dee.getByText('Sealed: you and Maria T.')).toBeVisible();
  await maria.goto(`${origin('maria')}/today`);
  await expect(maria.getByRole('link', { name: /Hill/ })).toBeVisible();

  // The effect of a Yes is shown before it is stored; storing it is a separate tap.
  await dee.goto(page);
  await asks.getByRole('radio', { name: 'Yes, it is Maria T.' }).check();
  await expect(dee.getByText('What Maria T. has of these pages is closed.', { exact: false })).toBeVisible();
  await look(dee, 'near-ask');
  await expect(dee.getByText('Sealed: you and Maria T.')).toBeVisible();
  await dee.getByRole('button', { name: 'Keep this answer' }).click();
  await expect(dee.getByText('Talk with your counselor first.', { exact: false })).toBeVisible();
  await expect(dee.locator('.lockline').first()).toContainText('Sealed: only you');
  await look(dee, 'near-kept');
  await maria.goto(`${origin('maria')}/today`);
  await expect(maria.getByText(account('dee').name).first()).toBeVisible();
  await expect(maria.getByRole('link', { name: /Hill/ })).toHaveCount(0);
  expect((await ask<{ grants: unknown[] }>(dee, 'GET', '/grants')).grants).toEqual([]);
  await dee.getByRole('link', { name: 'Who can read this?' }).click();
  await expect(dee.getByText('It stays closed to Maria T.', { exact: false })).toBeVisible();
  await expect(dee.getByRole('switch')).toHaveCount(0);
  await look(dee, 'near-share');

  // The plan does not ask again, is sent to nobody, and does not suggest talking with her about it.
  await dee.goto(page);
  await dee.getByRole('button', { name: 'Make a plan' }).click();
  await dee.getByRole('button', { name: 'Start the safety check' }).click();
  await answerSafety(dee, { 5: 'Yes' });
  await expect(dee.getByText('Talk with your counselor first.', { exact: false })).toBeVisible();
  await expect(dee.getByRole('link', { name: /Talk with .* first/ })).toHaveCount(0);
  await look(dee, 'near-result');
  await dee.getByRole('link', { name: 'Back to the plan' }).first().click();
  await expect(dee.getByText('It stays a draft until you have another mentor.', { exact: false })).toBeVisible();
  await look(dee, 'near-plan');
  const plan = dee.url();

  // On another device, in Spanish too; and a new page with that name asks who it is.
  const other = await people.open('dee');
  await other.goto(`${plan}/share`);
  await expect(other.getByText('It stays closed to Maria T.', { exact: false })).toBeVisible();
  await expect(other.getByRole('switch')).toHaveCount(0);
  await other.goto(`${origin('dee')}/pages/new`);
  await other.getByLabel('A short name only you know').fill('hill ');
  await expect(other.getByRole('heading', { name: /Is this the same/ })).toBeVisible();
  await other.getByRole('button', { name: 'No, someone else' }).click();
  await other.getByRole('button', { name: 'It is someone else' }).click();
  await expect(other.getByText('You said: this is someone else', { exact: false })).toBeVisible();
  await other.getByRole('button', { name: 'Make a plan' }).click();
  await startSafety(other, 'Yes, someone in my group');
  await expect(other.getByText('Safety check, 1 of 12')).toBeVisible();
  await look(other, 'near-group');
});
