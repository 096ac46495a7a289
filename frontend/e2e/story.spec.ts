// One workshop from start to end, in six windows: counselor, three participants, stage, desk. The
// screenshots of the README are made here.

import type { Page } from '@playwright/test';
import { account, DESK, expect, origin, PHONE, SCREEN, TABLET, test, workshop } from './fixtures';
import { begin, onward, connectScreen } from './steps';

const pictures = process.env['PICTURES'];
const picture = (name: string) => (pictures ? { path: `${pictures}/${name}.png` } : {});

test('a counselor leads a workshop, three people follow it, the stage shows it', async ({ people }) => {
  test.setTimeout(150_000);
  const id = await workshop(people, 'Story group');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();

  const [sam, ana, dee] = (await Promise.all(['sam', 'ana', 'dee'].map((h, i) => people.open(h, { viewport: PHONE, dark: i === 1 })))) as [Page, Page, Page];
  for (const [p, h] of [
    [sam, 'sam'],
    [ana, 'ana'],
    [dee, 'dee'],
  ] as const) {
    await p.goto(`${origin(h)}/room/${id}`);
    await expect(p.getByText('You are in. We start soon.')).toBeVisible();
  }
  await expect(dana.getByRole('heading', { name: '3 here' })).toBeVisible();

  const stage = await people.window({ viewport: SCREEN });
  const code = await connectScreen(dana, stage);
  await expect(stage.getByText('Welcome. Come in when you are ready.')).toBeVisible();
  await expect(stage.getByText('3 people are here')).toBeVisible();
  await expect(dana.getByText('1 screen on')).toBeVisible();

  // The same code works once.
  const second = await people.window();
  people.expected.push(/404 \(Not Found\)/);
  await second.goto(`${origin('stage')}/stage/connect`);
  await second.getByLabel('Code').fill(code);
  await second.getByRole('button', { name: 'Show the room' }).click();
  await expect(second.getByText('This code is not valid any more.')).toBeVisible();

  await begin(dana);
  await expect(sam.getByRole('heading', { name: 'Arrive' })).toBeVisible();
  for (const part of ['Ground', 'Check in']) {
    await onward(dana);
    await expect(dee.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }

  await sam.getByRole('button', { name: 'Raise hand' }).click();
  await expect(sam.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  await ana.getByRole('button', { name: 'Raise hand' }).click();
  await expect(ana.getByText('You are number 2 in line')).toBeVisible();
  await dana.getByRole('button', { name: /Start share: Sam/ }).click();
  await expect(sam.getByText('It is your turn')).toBeVisible();
  await expect(dee.getByRole('heading', { name: 'Sam R.' })).toBeVisible();
  // No names on the projector, ever.
  await expect(stage.getByText('Someone is sharing')).toBeVisible();
  const shown = (await stage.locator('body').textContent()) ?? '';
  for (const name of ['Sam', 'Ana', 'Dee', 'Dana']) expect(shown).not.toContain(name);
  await dana.screenshot(picture('counselor'));
  await sam.getByRole('button', { name: 'I am done' }).click();
  await ana.getByRole('button', { name: 'Pass', exact: true }).click();
  await expect(dana.getByText('Nobody waits.')).toBeVisible();

  await onward(dana);
  await onward(dana);
  await expect(sam.getByText('Which page do you want to write on?').first()).toBeVisible();
  await sam.getByRole('button', { name: /Coach/ }).click();
  await sam.getByLabel('How it may have hurt them').fill('He felt alone in this.');
  await expect(sam.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });
  await expect(sam.locator('.lockline').first()).toContainText('Sealed: only you');
  await expect(dana.getByText('0 are writing, 1 have saved.').first()).toBeVisible();
  await sam.evaluate(() => scrollTo(0, 0));
  await sam.screenshot(picture('participant'));
  await stage.screenshot(picture('stage'));

  // A help tap: only counselors see it, and the stage does not change.
  await dee.getByRole('button', { name: 'Help' }).click();
  await dee.getByRole('button', { name: 'Ask for help' }).click();
  await expect(dana.getByRole('heading', { name: 'Dee W. asks for help' })).toBeVisible();
  await dana.getByRole('button', { name: 'Take aside' }).click();
  await expect(dee.getByText('A counselor is coming to you.')).toBeVisible();
  expect(await stage.locator('body').textContent()).not.toContain('help');

  // Pause, more time, a quiet moment.
  await dana.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(dana.getByText('left, paused')).toBeVisible();
  await dana.getByRole('button', { name: '+5 min' }).click();
  await expect(dana.locator('.clock')).toHaveText(/^1[67]:/);
  await dana.getByRole('button', { name: 'Go on' }).click();
  await dana.getByRole('button', { name: 'Calm the room' }).click();
  await expect(stage.getByRole('heading', { name: 'A quiet moment' })).toBeVisible();
  await dana.getByRole('button', { name: 'End the quiet moment' }).click();

  // Writing ends early only with a second tap.
  const next = dana.locator('.onward button.main');
  await next.click();
  await expect(next).toContainText('Tap again to move on');
  await onward(dana);
  await expect(sam.getByRole('heading', { name: 'Share' })).toBeVisible();

  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  for (const p of [sam, ana, dee]) await expect(p.getByText('Thank you for being here')).toBeVisible();
  await expect(dana.getByRole('heading', { name: 'The workshop has ended' })).toBeVisible();
  await expect(stage.getByRole('heading', { name: 'Thank you' })).toBeVisible();

  const nora = await people.open('nora', { viewport: DESK });
  await expect(nora.getByRole('heading', { name: 'People' })).toBeVisible();
  await nora.screenshot(picture('admin'));
  // On a phone the first tap on a person shows what can be changed, below the list.
  await nora.setViewportSize(PHONE);
  await nora.goto(`${origin('nora')}/desk/people`);
  await nora.getByRole('button', { name: account('dana').name }).click();
  const change = nora.getByRole('heading', { name: `Change ${account('dana').name}` });
  await expect(change).toBeInViewport();
  await expect(change).toBeFocused();
  await nora.screenshot(picture('person'));
  expect(account('sam').words.split(' ')).toHaveLength(12);
});
