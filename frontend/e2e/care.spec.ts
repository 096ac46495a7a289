// Care for single people, in real browser windows: where they are, joining late, practice groups,
// asking for a talk, help, and the attendance that a counselor confirms.

import { account, ask, DESK, expect, origin, PHONE, SCREEN, startsNow, state, TABLET, test, type People } from './fixtures';
import { sound } from './sound';
import { begin, onward, connectScreen } from './steps';

const pictures = process.env['PICTURES'];
const picture = (name: string) => (pictures ? { path: `${pictures}/care-${name}.png`, fullPage: true } : {});

/** A workshop with a practice part, starting now. */
async function practice(people: People, title: string): Promise<string> {
  const nora = await people.open('nora', { viewport: DESK });
  const starts = startsNow();
  const made = await ask<{ id: string }>(nora, 'POST', '/workshops', {
    title,
    cohort: state().cohort,
    starts,
    agenda: 'step9-90',
    language: 'en',
    lead: account('dana').member,
    counselors: [],
    capacity: 12,
  });
  await nora.context().close();
  return made.id;
}

test('single people are cared for, practice in groups, and their time is confirmed', async ({ people }) => {
  test.setTimeout(420_000);
  const id = await practice(people, 'Care group');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await people.open('sam', { viewport: PHONE });
  const ana = await people.open('ana', { viewport: { width: 320, height: 700 }, dark: true });
  for (const [p, h] of [
    [sam, 'sam'],
    [ana, 'ana'],
  ] as const) {
    await p.goto(`${origin(h)}/room/${id}`);
    await expect(p.getByRole('heading', { name: 'Where are you now?' })).toBeVisible();
  }

  // "Where are you now": answered by one, skipped by the other, visible to the counselor only.
  await sound(ana, 'whereabouts');
  await ana.screenshot(picture('whereabouts'));
  await expect(sam.getByText(`Account: ${account('sam').name}`)).toBeVisible();
  await sam.getByLabel('Where you are').fill('12 Elm Street');
  await sam.getByRole('button', { name: 'Tell them' }).click();
  await expect(sam.getByRole('heading', { name: 'Where are you now?' })).toBeHidden();
  await ana.getByRole('button', { name: 'Skip', exact: true }).click();
  await expect(ana.getByRole('heading', { name: 'Where are you now?' })).toBeHidden();
  await expect(dana.getByText('12 Elm Street')).toBeVisible();
  expect(await sam.locator('body').textContent()).not.toContain('Elm');

  // A person who joins late reads two lines, and nobody else is told.
  await begin(dana);
  await onward(dana);
  await expect(sam.getByRole('heading', { name: 'Ground', level: 1 })).toBeVisible();
  const dee = await people.open('dee', { viewport: PHONE });
  await dee.goto(`${origin('dee')}/room/${id}`);
  await expect(dee.getByText(/^This is part 2 of 11: Ground\./)).toBeVisible();
  await expect(dee.getByText('Before this: Arrive.')).toBeVisible();
  await dee.screenshot(picture('late'));
  await expect(sam.getByText('Good that you are here')).toBeHidden();
  await dee.getByRole('button', { name: 'Got it' }).click();
  await expect(dee.getByText('Good that you are here')).toBeHidden();
  await dee.getByRole('button', { name: 'Skip', exact: true }).click();

  // The projector.
  const stage = await people.window({ viewport: SCREEN });
  await connectScreen(dana, stage);

  // Practice: one group of three, each with a role, partners and a story.
  await dana.getByRole('link', { name: /Practice/ }).click();
  await dana.getByRole('button', { name: 'Go there' }).click();
  await dana.getByRole('button', { name: 'Make groups' }).click();
  await expect(dana.getByRole('heading', { name: 'Group 1' })).toBeVisible();
  const roles: string[] = [];
  for (const p of [sam, ana, dee]) {
    await expect(p.getByText('Your practice group')).toBeVisible();
    await expect(p.getByText('A made-up story', { exact: true })).toBeVisible();
    await expect(p.getByText('Round 1 of 3')).toBeVisible();
    roles.push((await p.locator('.speaking h2').textContent()) ?? '');
  }
  expect(roles.sort()).toEqual(['You listen', 'You speak', 'You watch']);
  await expect(sam.locator('.speaking').getByText('Dee W.')).toBeVisible();
  await expect(stage.getByText('1 practice group. Round 1 of 3.')).toBeVisible();
  for (const name of ['Sam', 'Ana', 'Dee', 'Dana']) expect(await stage.locator('body').textContent()).not.toContain(name);
  await sound(ana, 'trio');
  await sound(dana, 'groups');
  await sound(stage, 'stage');
  await ana.screenshot(picture('trio-dark'));
  await sam.screenshot(picture('trio'));
  await dana.screenshot(picture('groups'));
  await stage.screenshot(picture('stage'));
  await dana.getByRole('button', { name: 'Next round' }).click();
  await expect(sam.getByText('Round 2 of 3')).toBeVisible();
  await expect(stage.getByText('1 practice group. Round 2 of 3.')).toBeVisible();

  // Asking for a talk, and the help tap with the whereabouts.
  await ana.getByRole('button', { name: 'I want to talk after' }).click();
  await expect(ana.getByText('The counselors know that you want to talk after.')).toBeVisible();
  await expect(dana.getByRole('button', { name: 'We talked: Ana P.' })).toBeVisible();
  await sam.getByRole('button', { name: 'Help' }).click();
  await sam.getByRole('button', { name: 'Ask for help' }).click();
  await expect(dana.getByText('Sam R. says: 12 Elm Street')).toBeVisible();
  await sound(dana, 'help');
  await dana.screenshot(picture('help'));
  await dana.getByRole('button', { name: 'Take aside' }).click();
  await expect(sam.getByText('A counselor is coming to you.')).toBeVisible();
  await sam.screenshot(picture('help-phone'));
  expect(await stage.locator('body').textContent()).not.toContain('help');

  // The end: the talk is marked as done, the time is confirmed and corrected.
  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  await expect(ana.getByText('The counselors know that you want to talk after.')).toBeVisible();
  await ana.screenshot(picture('ended'));
  await dana.getByRole('button', { name: 'We talked: Ana P.' }).click();
  await expect(ana.getByText('A counselor has seen it.')).toBeVisible();
  const roll = dana.getByRole('region', { name: 'Who was here' });
  await expect(roll.getByRole('row', { name: /Sam R\./ })).toContainText('Not confirmed yet');
  await sound(dana, 'attendance');
  await roll.getByRole('button', { name: /^Confirm \d+ times/ }).click();
  await expect(roll.getByText('All times are recorded.')).toBeVisible();
  await expect(roll.getByRole('row', { name: /Sam R\./ })).toContainText('Confirmed by Dana');
  await roll.getByRole('button', { name: 'Correct the time of Sam R.' }).click();
  await dana.getByLabel('Minutes, 0 to 600').fill('85');
  await dana.locator('#attendance-reason').selectOption('no_phone');
  await dana.screenshot(picture('correct'));
  await dana.getByRole('button', { name: 'Record it' }).click();
  await expect(roll.getByRole('row', { name: /Sam R\./ })).toContainText('They were here without a phone');
  await dana.screenshot(picture('attendance'));
  await sam.goto(`${origin('sam')}/me`);
  await expect(sam.getByRole('heading', { name: 'My meetings' })).toBeVisible();
  await expect(sam.getByText('85 minutes')).toBeVisible();
  await sound(sam, 'me');
  await sam.screenshot(picture('me'));
});
