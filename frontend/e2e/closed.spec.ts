// Tabs closed in the middle of a step, and two mentors who disagree at the same moment: nothing is
// lost, nothing is half shared.

import type { Page } from '@playwright/test';
import { account, ask, DESK, expect, origin, test } from './fixtures';
import { answerSafety, fillLeft, pair, safety, startSafety } from './steps';

/** Closes the tab as a phone that runs out of memory does, and opens its URL again. */
async function killed(page: Page): Promise<Page> {
  const [context, address] = [page.context(), page.url()];
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  await again.goto(address);
  return again;
}

test('a tab closed in the middle of a step reopens where it was', async ({ people }) => {
  test.setTimeout(180_000);
  let eli = await people.open('eli');
  await eli.goto(`${origin('eli')}/pages/new`);
  await eli.getByLabel('A short name only you know').fill('Old boss');
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/Saved/);
  eli = await killed(eli);
  await expect(eli.getByLabel('A short name only you know')).toHaveValue('Old boss');

  // The safety check, at its third question.
  await eli.getByRole('button', { name: 'Make a plan' }).click();
  await startSafety(eli);
  for (const n of [1, 2]) {
    await expect(eli.getByText(`Safety check, ${n} of 12`)).toBeVisible();
    await eli.getByRole('radio', { name: 'No', exact: true }).check();
    await eli.getByRole('button', { name: 'Next question' }).click();
  }
  await expect(eli.getByText('Safety check, 3 of 12')).toBeVisible();
  // Back, tapped while an answer is being stored, goes back.
  await eli.getByRole('button', { name: 'Back', exact: true }).click();
  await eli.getByRole('radio', { name: 'No', exact: true }).check();
  await eli.evaluate(() => {
    for (const name of ['Next question', 'Back']) [...document.querySelectorAll('button')].find((b) => b.textContent?.trim() === name)?.click();
  });
  for (const n of [1, 2]) {
    await expect(eli.getByText(`Safety check, ${n} of 12`)).toBeVisible();
    await eli.getByRole('radio', { name: 'No', exact: true }).check();
    await eli.getByRole('button', { name: 'Next question' }).click();
  }
  await expect(eli.getByText('Safety check, 3 of 12')).toBeVisible();
  await eli.getByRole('radio', { name: 'Yes', exact: true }).check();
  eli = await killed(eli);
  await expect(eli.getByText('Safety check, 3 of 12')).toBeVisible();
  // What was picked but not sent is not stored: nothing is selected.
  await expect(eli.getByRole('radio', { checked: true })).toHaveCount(0);
  // Back, tapped while the result is being recorded, goes back too, and no result follows.
  await eli.evaluate(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (...given: unknown[]) {
      post.apply(this, given as Parameters<typeof post>);
      const { verb, args } = given[0] as { verb: string; args: unknown[] };
      if (verb !== 'keepDraft' || !String(args[0]).startsWith('safety:')) return;
      Worker.prototype.postMessage = post;
      [...document.querySelectorAll('button')].find((b) => b.textContent?.trim() === 'Back')?.click();
    };
  });
  await answerSafety(eli, {}, 3, false);
  await answerSafety(eli, {}, 11);
  eli = await killed(eli);
  await eli.getByRole('button', { name: /^Living amends/ }).click();
  await eli.getByLabel('Why this way?').fill('It is the kind one.');
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/On this device|Saved/);
  eli = await killed(eli);
  await expect(eli.getByLabel('Why this way?')).toHaveValue('It is the kind one.');
  await expect(eli.getByRole('radio', { name: 'Living amends' })).toBeChecked();
});

test('of two answers at the same moment, Ready and Not yet, Not yet wins and both are read', async ({ people }) => {
  test.setTimeout(240_000);
  const nora = await people.open('nora', { viewport: DESK });
  for (const mentor of ['ray', 'maria']) await ask(nora, 'POST', '/assignments', { participant: account('jok').member, mentor: account(mentor).member });
  const [jo, ray, maria] = (await Promise.all(['jok', 'ray', 'maria'].map((who) => people.open(who)))) as [Page, Page, Page];
  await pair(jo, 'Jo K.', ray, 'Ray S.');
  await pair(jo, 'Jo K.', maria, 'Maria T.');

  await jo.goto(`${origin('jok')}/pages/new`);
  await jo.getByLabel('A short name only you know').fill('Neighbor');
  await jo.getByRole('button', { name: 'Make a plan' }).click();
  await safety(jo);
  await jo.getByRole('button', { name: /^Living amends/ }).click();
  await jo.getByLabel('Why this way?').fill('He moved away.');
  await jo.getByRole('link', { name: 'Back to the plan' }).click();
  await jo.getByRole('region', { name: 'Send to' }).getByRole('link', { name: 'Who can read this?' }).click();
  for (const name of ['Ray S.', 'Maria T.']) await jo.getByRole('switch', { name: new RegExp(`${name} can see this`) }).click();
  await jo.getByRole('link', { name: 'Plan: Neighbor' }).click();
  await expect(jo.getByRole('button', { name: 'Send to Ray S. and Maria T.' })).toBeVisible();
  await jo.getByRole('link', { name: /My words/ }).click();
  await jo.getByLabel('What I did', { exact: true }).fill('I let the fence rot.');
  await jo.getByLabel('What I do now that is new').fill('I fix what I break.');
  await jo.getByRole('link', { name: 'Next step' }).click();
  await jo.getByRole('radio', { name: 'No', exact: true }).check();
  await jo.getByLabel('What will I do from now on?').fill('Paint it each spring.');
  await jo.getByRole('link', { name: 'Back to the plan' }).click();
  await jo.getByRole('link', { name: /^7\s*Support/ }).click();
  await jo.getByLabel('Who will I call before?').fill('Maria');
  await jo.getByLabel('Who will I call after?').fill('Ray');
  await jo.getByLabel('If I want to use, I will').fill('Walk and call Ray.');
  await jo.getByRole('link', { name: 'Back to the plan' }).click();
  await fillLeft(jo);
  await jo.getByRole('button', { name: 'Send to Ray S. and Maria T.' }).click();
  await expect(jo.getByText('Sent. Ray S. and Maria T.', { exact: false })).toBeVisible();

  for (const mentor of [ray, maria]) {
    await mentor.goto(new URL('/today', mentor.url()).href);
    await mentor.getByRole('link', { name: /Neighbor.*A plan/s }).click();
  }
  await ray.getByRole('radio', { name: /^Ready/ }).check();
  await ray.getByLabel('A note, if you like').fill('I think you can.');
  await maria.getByRole('radio', { name: /^Not yet/ }).check();
  await maria.getByRole('checkbox', { name: 'Support' }).check();
  const note = maria.getByRole('textbox', { name: 'A kind note' });
  await note.fill('Wait for the summer.');
  // A mentor's tab is killed too: their own words are kept, sealed, and the page is fetched again.
  await expect(maria.getByText('Your words are kept on this device.', { exact: false })).toBeVisible();
  const late = await killed(maria);
  await expect(late.getByRole('textbox', { name: 'A kind note' })).toHaveValue('Wait for the summer.');
  await Promise.all([ray, late].map((p) => p.getByRole('button', { name: 'Send to Jo K.' }).click()));
  for (const mentor of [ray, late]) await expect(mentor.getByText('Sent. Jo K. can read it now.')).toBeVisible();

  await jo.goto(`${origin('jok')}/pages`);
  await jo.getByRole('link', { name: /^Plan: Neighbor.*Not yet/s }).click();
  await expect(jo.getByText('I think you can.')).toBeVisible();
  await expect(jo.getByText('Wait for the summer.')).toBeVisible();
  await expect(jo.locator('.chip', { hasText: 'Not yet' }).first()).toBeVisible();
  if (process.env['SHOTS']) await jo.screenshot({ path: `${process.env['SHOTS']}/two-mentors.png`, fullPage: true });

  // The plan is deleted, and the Not yet stays with the person: it holds the next plan too. Its mentors'
  // open screens, and looks that were under way, are refused it from then on.
  people.expected.push(/404 \(Not Found\) .*\/api\/v1\/(shared|sealed|worksheets)\//);
  await jo.getByRole('button', { name: 'Delete this page' }).click();
  await jo.getByRole('dialog').getByRole('button', { name: 'Delete it' }).click();
  await jo.waitForURL(/\/pages$/);
  await jo.getByRole('link', { name: /^Neighbor/ }).click();
  await jo.getByRole('button', { name: 'Make a plan' }).click();
  await safety(jo);
  const held = jo.getByText(/Maria T\. said Not yet on .*, on another plan about this person\. It stands until Maria T\. says Ready\./);
  await expect(held).toBeVisible();
  await jo.getByRole('button', { name: /^Living amends/ }).click();
  await jo.getByLabel('Why this way?').fill('He moved away.');
  await jo.getByRole('link', { name: 'Back to the plan' }).click();
  await expect(held).toBeVisible();
  await expect(jo.locator('.chip').first()).toHaveText('Not yet');
  await expect(jo.getByRole('button', { name: 'I did it' })).toHaveCount(0);
  await jo.getByRole('region', { name: 'Send to' }).getByRole('link', { name: 'Who can read this?' }).click();
  for (const name of ['Ray S.', 'Maria T.']) await jo.getByRole('switch', { name: new RegExp(`${name} can see this`) }).click();
  await jo.getByRole('link', { name: 'Plan: Neighbor' }).click();
  await jo.getByRole('link', { name: /Making it right/ }).click();
  await jo.getByRole('radio', { name: 'No', exact: true }).check();
  await jo.getByRole('link', { name: 'Back to the plan' }).click();
  await fillLeft(jo);
  await jo.getByRole('button', { name: 'Send to Ray S. and Maria T.' }).click();
  await expect(jo.getByText('Sent. Ray S. and Maria T.', { exact: false })).toBeVisible();
  if (process.env['SHOTS']) await jo.screenshot({ path: `${process.env['SHOTS']}/not-yet-before.png`, fullPage: true });

  // Every mentor who reads the plan is told the day; the other mentor's Ready does not end it.
  for (const [mentor, where] of [
    [ray, 'Not yet'],
    [late, 'Ready'],
  ] as const) {
    await mentor.goto(new URL('/today', mentor.url()).href);
    await mentor.getByRole('link', { name: /Neighbor.*A plan/s }).click();
    await expect(mentor.getByText(/^A mentor said Not yet on .*, on another plan about this person\./)).toBeVisible();
    await expect(mentor.getByText('It may be right to ask.', { exact: false })).toBeVisible();
    await expect(mentor.getByText('Nothing speaks against it so far.', { exact: false })).toHaveCount(0);
    await mentor.getByRole('radio', { name: /^Ready/ }).check();
    if (process.env['SHOTS']) await mentor.screenshot({ path: `${process.env['SHOTS']}/mentor-not-yet-before.png`, fullPage: true });
    await mentor.getByRole('button', { name: 'Send to Jo K.' }).click();
    await expect(mentor.getByText('Sent. Jo K. can read it now.')).toBeVisible();
    await jo.reload();
    await expect(jo.locator('.chip').first()).toHaveText(where);
  }
  await expect(held).toHaveCount(0);
  await expect(jo.getByRole('button', { name: 'I did it' })).toBeVisible();
});

test('a list refused by the server is closed, and does not claim that nobody shares anything', async ({ people }) => {
  people.expected.push(/40[13]/);
  const ray = await people.open('ray');
  const heading = ray.getByRole('heading', { name: 'People I walk with' });
  await expect(heading).toBeVisible();
  const refuse = (status: number) => ray.context().route('**/api/v1/shared', (route) => route.fulfill({ status, json: { code: 'refused' } }));
  await refuse(403);
  await expect(ray.getByText('The server does not give you this list any more.')).toBeVisible();
  await expect(ray.getByText('has turned on no page')).toHaveCount(0);
  await expect(ray.getByText('Nobody yet')).toHaveCount(0);
  await ray.context().unroute('**/api/v1/shared');
  await refuse(401);
  await ray.reload();
  await expect(ray).toHaveURL(/sign-in/);
});
