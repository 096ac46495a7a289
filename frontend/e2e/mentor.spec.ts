// A participant and a mentor, from the first yes to the look back, on phones of 360 px: consent,
// comparing by words, sharing, feedback, the plan with its safety check, and the way back.

import type { Page } from '@playwright/test';
import { DESK, expect, origin, test } from './fixtures';

const pictures = process.env['SHOTS'];
let shot = 0;
const look = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/${String(++shot).padStart(2, '0')}-${name}.png`, fullPage: true });
};

const main = (p: Page) => p.locator('main');
const words = (p: Page) => p.locator('ol.words li').allTextContents();

/** One side types the three words that it is asked for, as the other side reads them. */
async function compare(page: Page, other: string[], name: string) {
  for (const field of await page.getByLabel(/^Word \d$/).all()) {
    const n = Number((await field.getAttribute('id'))?.replace('word-', ''));
    await field.fill(other[n]?.replace(/^\d+/, '').trim() ?? '');
  }
  await page.getByRole('button', { name: 'They are the same' }).click();
  await expect(page.getByRole('heading', { name: `It is really ${name}`, exact: true })).toBeVisible();
}

/** Answers the twelve questions; what is not named is the clear answer. */
async function safety(page: Page, given: Record<number, string> = {}) {
  await page.getByRole('button', { name: 'Start the safety check' }).click();
  const clear: Record<number, string> = { 11: 'Make my side right', 12: 'Yes' };
  for (let n = 1; n <= 12; n++) {
    await expect(page.getByText(`Safety check, ${n} of 12`)).toBeVisible();
    if (n === 3) await look(page, 'safety-question');
    await page.getByRole('radio', { name: given[n] ?? clear[n] ?? 'No', exact: true }).check();
    await page.getByRole('button', { name: 'Next question' }).click();
  }
  await page.waitForURL(/\/result$/);
}

test('from the first yes to a plan that is ready, and back', async ({ people }) => {
  test.setTimeout(240_000);
  const nora = await people.open('nora', { viewport: DESK });
  await nora.goto(`${origin('nora')}/desk/mentors`);
  await nora.getByRole('combobox', { name: 'Participant' }).selectOption('Luis M.');
  await nora.getByRole('combobox', { name: 'Mentor' }).selectOption('Ray S.');
  await nora.getByRole('button', { name: 'Pair them' }).click();
  await expect(nora.getByRole('row', { name: /Luis M\..*No yes from the participant yet/ })).toBeVisible();
  await look(nora, 'pairings');

  const [luis, ray] = (await Promise.all([people.open('luis'), people.open('ray')])) as [Page, Page];
  await expect(ray.getByText('Luis M. has not said yes so far.')).toBeVisible();

  // The yes, with every element, signed by name.
  await luis.getByRole('link', { name: /Say yes to Ray S\./ }).click();
  await expect(luis.getByRole('heading', { name: 'Share pages with Ray S.' })).toBeVisible();
  await look(luis, 'consent');
  await luis.getByLabel('Type your name in the room to sign').fill('Somebody');
  await luis.getByRole('button', { name: 'I say yes to this' }).click();
  await expect(luis.getByText('Please type Luis M.')).toBeVisible();
  await luis.getByLabel('Type your name in the room to sign').fill('luis m');
  await luis.getByRole('button', { name: 'I say yes to this' }).click();

  // Comparing, both ways; wrong words pin nobody.
  await expect(luis.getByRole('heading', { name: 'Check that it is really Ray S.' })).toBeVisible();
  await look(luis, 'compare');
  await ray.reload();
  await ray.getByRole('link', { name: /Meet Luis M\. and compare/ }).click();
  await expect(ray.locator('ol.words li')).toHaveCount(8);
  const [mine, hers] = [await words(luis), await words(ray)];
  for (const field of await luis.getByLabel(/^Word \d$/).all()) await field.fill('zoo');
  await luis.getByRole('button', { name: 'They are the same' }).click();
  await expect(luis.getByText(/These words are not Ray S\.’s/)).toBeVisible();
  await compare(luis, hers, 'Ray S.');
  await compare(ray, mine, 'Luis M.');
  await look(ray, 'compared');

  // A page, written, and turned on once its own part is there.
  await luis.goto(`${origin('luis')}/pages/new`);
  await luis.getByLabel('A short name only you know').fill('Coach');
  await luis.getByRole('radio', { name: 'Someone else', exact: true }).check();
  await luis.getByLabel('What I did').fill('I told the team I was sick. Call 555 123 4567.');
  await expect(luis.getByText('You do not need this here.', { exact: false })).toBeVisible();
  await luis.getByLabel('What I did').fill('I told the team I was sick. I was not.');
  await luis.getByRole('button', { name: 'Done' }).click();
  await look(luis, 'pages');
  await luis.getByRole('link', { name: /^Coach/ }).click();
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await expect(luis.getByRole('switch')).toBeDisabled();
  await expect(luis.getByText(/Before Ray S\. can see it, these need a word/)).toBeVisible();
  await luis.getByRole('link', { name: 'Coach' }).click();
  await luis.getByRole('checkbox', { name: 'Trust', exact: true }).check();
  await luis.getByLabel('My part only, not theirs').fill('I lied.');
  await luis.getByRole('group', { name: 'Can they be reached?' }).getByRole('radio', { name: 'Yes' }).check();
  await luis.getByRole('radio', { name: 'Mostly' }).check();
  await luis.getByRole('textbox', { name: 'A note just for me' }).fill('nobody ever reads this');
  await expect(luis.locator('.lockline .saved').last()).toHaveText(/Saved/);
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('switch', { name: /Ray S\. can see this/ }).click();
  await expect(luis.getByText('Sealed: you and Ray S.')).toBeVisible();
  await look(luis, 'sharing');

  await ray.goto(`${origin('ray')}/today`);
  await ray.getByRole('link', { name: /Coach/ }).click();
  await expect(main(ray).getByText('I told the team I was sick.', { exact: false })).toBeVisible();
  await look(ray, 'mentor-entry');
  await ray.getByRole('radio', { name: /Let’s talk/ }).check();
  await ray.getByLabel('A note, if you like').fill('Good and honest. Tea on Friday?');
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  await luis.goto(`${origin('luis')}/pages`);
  await expect(luis.getByRole('link', { name: /^Coach.*New note/s })).toBeVisible();
  await luis.getByRole('link', { name: /^Coach/ }).click();
  await expect(luis.getByText('Good and honest. Tea on Friday?')).toBeVisible();

  // The plan: check, way, words, sent.
  await luis.getByRole('button', { name: 'Make a plan' }).click();
  await expect(luis.getByRole('button', { name: 'Start the safety check' })).toBeVisible();
  await look(luis, 'safety-intro');
  await safety(luis, { 5: 'Yes' });
  await expect(luis.getByRole('heading', { name: 'Not yet. Talk with your mentor first.' })).toBeVisible();
  await expect(luis.getByText('Ask a lawyer first.')).toBeVisible();
  await look(luis, 'result-wait');
  await luis.getByRole('button', { name: /^Wait/ }).click();
  await luis.getByLabel('Why this way?').fill('He likes plain talk.');
  await luis.getByRole('link', { name: 'Next step' }).click();
  await expect(luis.getByRole('heading', { name: 'My words' })).toBeVisible();
  await luis.getByLabel('What I do now that is new').fill('I call when I am late.');
  await luis.getByRole('link', { name: 'Next step' }).click();
  await luis.getByRole('radio', { name: 'No', exact: true }).check();
  await look(luis, 'plan-step');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await look(luis, 'plan');
  await luis.getByRole('region', { name: 'Send to' }).getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('switch', { name: /Ray S\. can see this/ }).click();
  await expect(luis.getByText('Sees the plan once you send it.', { exact: false })).toBeVisible();
  await luis.getByRole('link', { name: 'Plan: Coach' }).click();
  await luis.getByRole('button', { name: 'Send to Ray S.' }).click();
  await expect(luis.getByText('Sent. Ray S. reads it and answers here.')).toBeVisible();

  await ray.goto(`${origin('ray')}/today`);
  await ray.getByRole('link', { name: /Coach.*A plan/s }).click();
  await expect(ray.getByText('Ask a lawyer first.')).toBeVisible();
  await expect(ray.getByRole('radio', { name: /^Ready/ })).toBeDisabled();
  await ray.getByRole('checkbox', { name: 'A lawyer was asked.' }).check();
  await ray.getByRole('radio', { name: /^Ready/ }).check();
  await ray.getByRole('button', { name: 'Add a note on step 3' }).click();
  await ray.getByLabel('Your note').first().fill('Say it just like this.');
  await look(ray, 'mentor-plan');
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  // The step is done, so the ways open; a new way is a new plan to look at.
  await luis.goto(`${origin('luis')}/pages`);
  await luis.getByRole('link', { name: /^Plan: Coach.*Ready/s }).click();
  await expect(luis.getByText('Say it just like this.')).toBeVisible();
  await expect(luis.getByRole('heading', { name: 'It may be right to ask if they are open to it' })).toBeVisible();
  await look(luis, 'plan-ready');
  await luis.getByRole('link', { name: /The way/ }).click();
  await luis.getByRole('radio', { name: 'Living amends' }).check();
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await expect(luis.locator('.chip', { hasText: 'Draft' })).toBeVisible();
  await luis.getByRole('link', { name: /Making it right/ }).click();
  await luis.getByLabel('What will I do from now on?').fill('Show up on time.');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await luis.getByRole('link', { name: /^7\s*Support/ }).click();
  await luis.getByLabel('Who will I call before?').fill('Maria');
  await luis.getByLabel('Who will I call after?').fill('Ray');
  await luis.getByLabel('If I want to use, I will').fill('Walk and call Ray.');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await luis.getByRole('button', { name: 'Send the new words to Ray S.' }).click();
  await expect(luis.getByText('Sent. Ray S. reads it and answers here.')).toBeVisible();
  await ray.goto(`${origin('ray')}/today`);
  await expect(ray.getByText('Changed since you last read it')).toBeVisible();
  await ray.getByRole('link', { name: /Coach.*A plan/s }).click();
  await expect(ray.locator('ins').first()).toBeVisible();
  await look(ray, 'mentor-difference');
  await ray.getByRole('radio', { name: /^Not yet/ }).check();
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Please pick a reason.')).toBeVisible();
  await ray.getByRole('checkbox', { name: 'Support' }).check();
  await ray.getByRole('textbox', { name: 'A kind note' }).fill('You are nearly there.');
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  // Who opened it, in two taps; then taken back while it is open on the other screen.
  await luis.goto(`${origin('luis')}/pages`);
  await luis.getByRole('link', { name: /^Plan: Coach.*Not yet/s }).click();
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('link', { name: 'Who opened my pages' }).click();
  await expect(luis.getByText('Ray S., Mentor').first()).toBeVisible();
  await expect(luis.getByText(/^Coach, /).first()).toBeVisible();
  await look(luis, 'readers');
  await luis.goto(`${origin('luis')}/mentor`);
  await look(luis, 'mentor');
  people.expected.push(/404 \(Not Found\)/);
  await luis.getByRole('button', { name: 'Take my yes back' }).click();
  await luis.getByRole('button', { name: 'Take it back', exact: true }).click();
  await expect(ray.getByText('Luis M. has ended sharing this page.', { exact: false })).toBeVisible();
  await expect(ray.getByText('He likes plain talk.')).toBeHidden();
  await look(ray, 'ended');
  await expect(luis.getByRole('link', { name: /Say yes to Ray S\./ })).toBeVisible();
  await luis.goto(`${origin('luis')}/pages`);
  await expect(luis.getByText('You and Ray S.')).toHaveCount(0);
});

test('a reason to stop shows the other ways; a hard look back reaches a counselor, without a word', async ({ people }) => {
  test.setTimeout(120_000);
  const dee = await people.open('dee');
  await dee.goto(`${origin('dee')}/pages/new`);
  await dee.getByLabel('A short name only you know').fill('Lake');
  await dee.getByRole('radio', { name: 'Partner or ex' }).check();
  await dee.getByRole('button', { name: 'Make a plan' }).click();
  await safety(dee, { 2: 'Yes', 3: 'Skip this one' });
  await expect(dee.getByRole('heading', { name: 'Do not contact this person' })).toBeVisible();
  await look(dee, 'result-stop');
  const ways = await dee.locator('section[aria-labelledby="still"] .name').allTextContents();
  expect(ways).toEqual(['Living amends', 'A letter I will not send', 'Pay back or give']);
  await dee.getByRole('button', { name: /A letter I will not send/ }).click();
  await expect(dee.getByRole('radio', { name: 'Meet', exact: true })).toHaveCount(0);

  await dee.getByRole('link', { name: 'Back to the plan' }).click();
  await dee.getByRole('button', { name: 'Let it rest' }).click();
  await dee.getByRole('button', { name: 'Look back on it' }).click();
  await expect(dee.getByText('Am I safe right now?')).toBeVisible();
  await dee.getByRole('radio', { name: 'Not sure', exact: true }).check();
  await expect(dee.getByRole('heading', { name: /You matter most right now/ })).toBeVisible();
  await look(dee, 'look-back');
  await dee.getByRole('button', { name: 'Yes, tell my counselor' }).click();
  await expect(dee.getByText(/Your counselor will see it/)).toBeVisible();

  const dana = await people.open('dana');
  await expect(dana.getByText(/Dee W\. asked for you/)).toBeVisible();
  await look(dana, 'calls');
  await dana.getByRole('button', { name: 'I will talk to them' }).click();
  await expect(dana.getByText('Nobody is waiting for you.')).toBeVisible();
});
