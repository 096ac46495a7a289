// Agendas: the library, the editor by drag and by keyboard, two editors, a lost connection, and the
// way from a published agenda into a workshop.

import type { Page } from '@playwright/test';
import { account, ask, DESK, expect, origin, startsNow, state, TABLET, test } from './fixtures';
import { sound } from './sound';
import { begin, onward, startSafety } from './steps';

const total = (page: Page) => page.locator('.total');
const names = (page: Page) => page.locator('.part-pick .name').allTextContents();
const saved = (page: Page) => expect(page.locator('[data-saved]')).toHaveAttribute('data-saved', 'saved');

/** An agenda of Dana's own, copied from the built-in one of 60 minutes. */
async function begun(dana: Page, title: string): Promise<string> {
  const made = await ask<{ id: string }>(dana, 'POST', '/agendas', { from: 'step9-60', language: 'en', title });
  return made.id;
}

test('a counselor makes an agenda of their own, by drag and by keyboard', async ({ people }) => {
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.getByRole('link', { name: 'Agendas' }).click();
  await expect(dana.getByRole('heading', { name: 'Agendas', level: 1 })).toBeVisible();
  await expect(dana.locator('[data-saved]')).toHaveCount(0);
  await dana.getByRole('button', { name: 'Make our own: Step 9, 60 minutes' }).click();
  await dana.getByLabel('Title').fill('Evening, 60 minutes');
  await dana.getByRole('button', { name: 'Start it' }).click();
  await expect(dana.getByRole('heading', { name: 'Evening, 60 minutes', level: 1 })).toBeVisible();
  await expect(total(dana)).toContainText('60 of 60 minutes. It fits.');

  // The total changes while typing, and the agenda is saved automatically.
  await dana.getByLabel('Minutes', { exact: true }).fill('9');
  await expect(total(dana)).toContainText('65 of 60 minutes. 5 minutes over.');
  await saved(dana);
  await dana.getByLabel('Minutes', { exact: true }).fill('4');

  // Keyboard: the part moves, the focus stays on its arrow button, and the new position is
  // announced.
  const down = dana.getByRole('button', { name: 'Move down: Arrive' });
  await down.focus();
  await dana.keyboard.press('Enter');
  await expect(dana.getByText('Arrive is now part 2 of 10.')).toBeAttached();
  await expect(down).toBeFocused();
  await dana.keyboard.press('Enter');
  expect((await names(dana)).slice(0, 3)).toEqual(['Ground', 'Check in', 'Arrive']);
  const up = dana.getByRole('button', { name: 'Move up: Ground' });
  await up.focus();
  await dana.keyboard.press('Enter');
  await expect(dana.getByText('Ground is the first part already.')).toBeAttached();

  // Drag: one drag over two rows is one undo step.
  const grip = dana.locator('.part-row', { hasText: 'Arrive' }).locator('.grip');
  const [from, to] = [await grip.boundingBox(), await dana.locator('.part-row', { hasText: 'Ground' }).boundingBox()];
  if (!from || !to) throw new Error('no rows');
  await dana.mouse.move(from.x + 10, from.y + 10);
  await dana.mouse.down();
  await dana.mouse.move(from.x + 10, to.y + 70, { steps: 5 });
  await dana.mouse.move(from.x + 10, to.y + 10, { steps: 5 });
  await dana.mouse.up();
  expect((await names(dana)).slice(0, 3)).toEqual(['Arrive', 'Ground', 'Check in']);
  await dana.getByRole('button', { name: 'Undo' }).click();
  expect((await names(dana)).slice(0, 3)).toEqual(['Ground', 'Check in', 'Arrive']);
  await dana.getByRole('button', { name: 'Undo' }).click();
  await dana.getByRole('button', { name: 'Undo' }).click();
  expect((await names(dana)).slice(0, 3)).toEqual(['Arrive', 'Ground', 'Check in']);

  // Add, duplicate, remove; undoing a change of the list keeps what was typed since.
  await dana.locator('.part-pick', { hasText: 'Write' }).click();
  await dana.getByRole('button', { name: 'Duplicate' }).click();
  expect(await names(dana)).toHaveLength(11);
  await dana.getByLabel('On the phones').fill('Write once more.');
  await dana.getByRole('button', { name: 'Remove' }).click();
  await expect(dana.locator('.toast')).toContainText('Write removed.');
  await dana.locator('.toast').getByRole('button', { name: 'Undo' }).click();
  expect(await names(dana)).toHaveLength(11);
  await dana.locator('.part-pick', { hasText: 'Write' }).last().click();
  await expect(dana.getByLabel('On the phones')).toHaveValue('Write once more.');
  await dana.getByLabel('Page to write on').selectOption('Their plan');
  await dana.getByLabel('Add a part').selectOption('Break');
  await dana.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(dana.getByLabel('Title', { exact: true }).last()).toBeFocused();
  expect((await names(dana))[6]).toBe('Break');

  // Missing fields are named where they are, and block publishing.
  await dana.getByLabel('Title', { exact: true }).last().fill('');
  await expect(dana.getByText('Something is missing here.')).toBeVisible();
  await expect(dana.getByRole('button', { name: 'Publish version 1' })).toHaveAttribute('aria-disabled', 'true');
  await dana.locator('.part-pick').first().click();
  await dana.getByRole('button', { name: 'Part 7 of 12: Needs another look' }).click();
  await dana.getByLabel('Title', { exact: true }).last().fill('Tea');
  await dana.getByLabel('On the big screen').fill('Tea is at the back.');
  await expect(dana.locator('.big-screen')).toContainText('Tea is at the back.');
  await saved(dana);

  await dana.reload();
  await expect(dana.locator('.part-pick')).toHaveCount(12);
  expect((await names(dana))[6]).toBe('Tea');
  await dana.getByRole('button', { name: 'Publish version 1' }).click();
  await expect(dana.getByText('Version 1 is published. Workshops can be planned from it.')).toBeVisible();
  await expect(dana.locator('main .chip').first()).toHaveText('Version 1');

  // The next change creates version 2; the draft can be replaced by version 1, and that can be
  // undone.
  await dana.getByLabel('Title', { exact: true }).first().fill('Evening, changed');
  await saved(dana);
  await expect(dana.getByRole('button', { name: 'Publish version 2' })).toBeVisible();
  await dana.getByRole('button', { name: 'Go on from version 1' }).click();
  await expect(dana.getByRole('heading', { name: 'Evening, 60 minutes', level: 1 })).toBeVisible();
  await dana.getByRole('button', { name: 'Undo' }).click();
  await expect(dana.getByRole('heading', { name: 'Evening, changed', level: 1 })).toBeVisible();
});

test('two editors lose nothing: a conflict keeps both', async ({ people }) => {
  test.slow();
  people.expected.push(/409/);
  const dana = await people.open('dana', { viewport: TABLET });
  const id = await begun(dana, 'For two');
  const nora = await people.open('nora', { viewport: DESK });
  await dana.goto(`${origin('dana')}/agendas/${id}`);
  await nora.goto(`${origin('nora')}/agendas/${id}`);
  await expect(nora.locator('.part-pick')).toHaveCount(10);
  await dana.getByLabel('On the phones').fill('By Dana.');
  await saved(dana);
  await nora.getByLabel('On the phones').fill('By Nora.');
  await expect(nora.getByRole('heading', { name: 'Somebody else changed this agenda' })).toBeVisible();
  await expect(nora.getByText(/Dana C\. saved it at/)).toBeVisible();
  await expect(nora.getByText('Different')).toHaveCount(2);
  await nora.getByRole('button', { name: 'Keep both: mine as a new agenda' }).click();
  await expect(nora.getByRole('heading', { name: 'For two, second', level: 1 })).toBeVisible();
  await expect(nora.getByLabel('On the phones')).toHaveValue('By Nora.');
  await dana.reload();
  await expect(dana.getByLabel('On the phones')).toHaveValue('By Dana.');

  // Keeping mine replaces theirs.
  await nora.goto(`${origin('nora')}/agendas/${id}`);
  await expect(nora.locator('.part-pick')).toHaveCount(10);
  await dana.getByLabel('On the phones').fill('By Dana again.');
  await saved(dana);
  await nora.getByLabel('On the phones').fill('By Nora after all.');
  await nora.getByRole('button', { name: 'Keep mine, in place of theirs' }).click();
  await saved(nora);
  await dana.reload();
  await expect(dana.getByLabel('On the phones')).toHaveValue('By Nora after all.');
});

test('a lost connection keeps the words, also over a reload', async ({ people }) => {
  people.expected.push(/ERR_INTERNET_DISCONNECTED|ERR_FAILED/);
  const dana = await people.open('dana', { viewport: TABLET });
  const id = await begun(dana, 'On the road');
  await dana.goto(`${origin('dana')}/agendas/${id}`);
  await expect(dana.locator('.part-pick')).toHaveCount(10);
  await dana.route('**/draft', (route) => route.abort('internetdisconnected'));
  await dana.getByLabel('On the phones').fill('Written in a tunnel.');
  await expect(dana.getByText('No signal. Your words are kept on this device')).toBeVisible();
  await dana.reload();
  await expect(dana.getByLabel('On the phones')).toHaveValue('Written in a tunnel.');
  await dana.unroute('**/draft');
  await saved(dana);
  const kept = await ask<{ segments: { prompt: string }[] }>(dana, 'GET', `/agendas/${id}`);
  expect(kept.segments[0]?.prompt).toBe('Written in a tunnel.');
});

test('people who may not edit can read and copy', async ({ people }) => {
  test.slow();
  const dana = await people.open('dana', { viewport: TABLET });
  const id = await begun(dana, 'Dana’s');
  const kofi = await people.open('kofi', { viewport: TABLET });
  await kofi.goto(`${origin('kofi')}/agendas/${id}`);
  await expect(kofi.getByText('You can read this agenda.')).toBeVisible();
  await expect(kofi.locator('.part-pick')).toHaveCount(10);
  await expect(kofi.locator('main').getByRole('textbox')).toHaveCount(0);
  await expect(kofi.getByRole('button', { name: /^Publish/ })).toHaveCount(0);
  await kofi.locator('.part-pick', { hasText: 'Share' }).click();
  await expect(kofi.locator('.seen')).toContainText('2 minutes for each share. Up to 5 shares.');
  const maria = await people.open('maria');
  await maria.goto(`${origin('maria')}/agendas/step9-90?language=es`);
  await expect(maria.getByRole('heading', { name: 'Paso 9, 90 minutos', level: 1 })).toBeVisible();
  await maria.goto(`${origin('maria')}/agendas`);
  await expect(maria.getByRole('link', { name: /Step 9, 90 minutes/ })).toBeVisible();
  await expect(maria.getByRole('button', { name: /Make our own/ })).toHaveCount(0);

  // The admin archives one and restores it.
  const nora = await people.open('nora', { viewport: DESK });
  await nora.locator('.main-nav a[href="/agendas"]').click();
  await nora.getByRole('button', { name: 'Archive: Dana’s' }).click();
  await nora.getByRole('dialog').getByRole('button', { name: 'Archive' }).click();
  await nora.getByText('Archived agendas').click();
  await nora.getByRole('button', { name: 'Take it back out: Dana’s' }).click();
  await expect(nora.getByRole('button', { name: 'Archive: Dana’s' })).toBeVisible();
});

for (const dark of [false, true]) {
  test(`library and editor are accessible, ${dark ? 'dark' : 'light'}`, async ({ people }) => {
    test.slow();
    for (const [who, sizes] of [
      ['dana', [{ width: 320, height: 700 }, TABLET]],
      ['nora', [DESK]],
    ] as const) {
      const page = await people.open(who, { dark });
      const made = await ask<{ id: string }>(page, 'POST', '/agendas', { from: 'step9-90', language: 'en', title: 'Sound' });
      for (const path of ['/agendas', `/agendas/${made.id}`, '/agendas/step9-60?language=en', who === 'dana' ? '/plan' : '/desk/schedule']) {
        await page.goto(origin(who) + path);
        await expect(page.locator('main h2:visible').first()).toBeVisible();
        for (const viewport of sizes) {
          await page.setViewportSize(viewport);
          await sound(page, `${path} ${viewport.width}`);
          if (process.env['SHOTS'])
            await page.screenshot({ path: `${process.env['SHOTS']}/${who}-${path.split('/').pop()?.slice(0, 6)}-${viewport.width}-${dark}.png`, fullPage: true });
        }
      }
      await page.context().close();
    }
  });
}

test('a counselor plans a workshop from an own agenda, and later edits do not reach the room', async ({ people }) => {
  const dana = await people.open('dana', { viewport: TABLET });
  const id = await begun(dana, 'Our hour');
  await dana.goto(`${origin('dana')}/agendas/${id}`);
  await dana.getByLabel('Title', { exact: true }).last().fill('Come in');
  await saved(dana);
  await dana.goto(`${origin('dana')}/today`);
  await dana.getByRole('link', { name: 'Plan a workshop' }).click();
  await expect(dana.getByRole('heading', { name: 'Schedule', level: 1 })).toBeVisible();
  // A draft cannot be chosen; its minutes and parts are shown once it is published.
  await expect(dana.getByRole('radio', { name: /Step 9, 90 minutes/ })).toBeVisible();
  await expect(dana.getByRole('radio', { name: /Our hour/ })).toHaveCount(0);
  const draft = await ask<{ ver: number; rev: number }>(dana, 'GET', `/agendas/${id}`);
  await ask(dana, 'POST', `/agendas/${id}/publish`, { ver: draft.ver, rev: draft.rev });
  await dana.reload();
  await expect(dana.getByRole('radio', { name: /Our hour Ours\. 60 min, 10 parts Come in, Ground/ })).toBeVisible();
  await dana.getByLabel('Title').fill('Planned by Dana');
  await dana.getByLabel('Cohort').selectOption({ index: 1 });
  await dana.getByLabel('When').fill('2027-03-02T18:30');
  await expect(dana.getByLabel('Counselor', { exact: true })).not.toHaveValue('');
  await dana.locator('.choice', { hasText: 'Our hour' }).click();
  if (process.env['SHOTS']) await dana.screenshot({ path: `${process.env['SHOTS']}/plan.png`, fullPage: true });
  await dana.getByRole('button', { name: 'Plan it' }).click();
  await expect(dana.getByText('Planned.', { exact: true })).toBeVisible();

  const list = await ask<{ workshops: { id: string; title: string }[] }>(dana, 'GET', `/workshops?until=${Date.parse('2027-03-10')}`);
  const room = list.workshops.find((w) => w.title === 'Planned by Dana')?.id ?? '';
  await dana.goto(`${origin('dana')}/agendas/${id}`);
  await dana.getByLabel('Title', { exact: true }).last().fill('Something else');
  await saved(dana);
  await dana.getByRole('button', { name: 'Publish version 2' }).click();
  await expect(dana.getByText('Version 2 is published.')).toBeVisible();
  await dana.goto(`${origin('dana')}/run/${room}`);
  await expect(dana.locator('.rail')).toContainText('Come in');
  await expect(dana.locator('.rail')).not.toContainText('Something else');
  await ask(dana, 'POST', `/workshops/${room}/cancel`);
});

test('a plan part: check and steps open in place, and nobody leaves the room', async ({ people }) => {
  test.slow();
  const dana = await people.open('dana', { viewport: TABLET });
  const made = await ask<{ id: string }>(dana, 'POST', '/agendas', { from: '', language: 'en', title: 'With a plan' });
  const part = (type: string, title: string, worksheet: string) => ({
    type,
    title,
    planned_min: 10,
    prompt: title + ' now.',
    stage_text: title,
    points: [],
    queue: false,
    worksheet,
    share_sec: 0,
    max_shares: 0,
  });
  const segments = [part('write', 'Page', 'entry'), part('write', 'Plan', 'plan'), part('close', 'Close', 'none')];
  const draft = await ask<{ ver: number; rev: number }>(dana, 'PUT', `/agendas/${made.id}/draft`, { ver: 1, rev: 1, title: 'With a plan', target_min: 30, segments });
  await ask(dana, 'POST', `/agendas/${made.id}/publish`, { ver: draft.ver, rev: draft.rev });
  const starts = startsNow();
  const body = { title: 'With a plan', cohort: state().cohort, starts, agenda: made.id, language: 'en', lead: account('dana').member, capacity: 12 };
  const room = await ask<{ id: string }>(dana, 'POST', '/workshops', body);
  await dana.goto(`${origin('dana')}/run/${room.id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await people.open('sam', { viewport: { width: 320, height: 700 } });
  await sam.goto(`${origin('sam')}/room/${room.id}`);
  await expect(sam.getByText('You are in.')).toBeVisible();
  await begin(dana);

  // A page is written in the first part; the next part asks for a plan instead, which can start
  // from it.
  await sam.getByRole('button', { name: /Coach/ }).click();
  await expect(sam.getByLabel('What I did')).toBeVisible();
  const next = dana.locator('.onward button.main');
  await next.click();
  await expect(next).toContainText('Tap again to move on');
  await onward(dana);
  await expect(sam.getByRole('heading', { name: 'Plan', level: 1 })).toBeVisible();
  await sam.getByRole('button', { name: /Coach/ }).click();
  await expect(sam.getByRole('heading', { name: 'Plan: Coach' })).toBeVisible();
  await sound(sam, 'plan in the room');
  await sam.getByRole('button', { name: /Begin with the safety check/ }).click();
  // In the room it never says whom the page is about, only that it is better not to write it there.
  await startSafety(sam, 'Yes, someone in my group');
  await expect(sam.getByText('It is better not to write this page in the room.', { exact: false })).toBeVisible();
  await expect(sam.getByText('someone in your group', { exact: false })).toHaveCount(0);
  if (process.env['SHOTS']) await sam.screenshot({ path: `${process.env['SHOTS']}/room-near.png`, fullPage: true });
  for (let n = 1; n <= 12; n++) {
    await expect(sam.getByText(`Safety check, ${n} of 12`)).toBeVisible();
    if (n === 2) await sound(sam, 'question in the room');
    await sam.getByRole('radio', { name: n === 11 ? 'Make my side right' : n === 12 ? 'Yes' : 'No', exact: true }).check();
    await sam.getByRole('button', { name: n < 12 ? 'Next question' : 'See what this means' }).click();
  }
  await expect(sam.getByRole('heading', { name: /It may be right/ })).toBeVisible();
  await sam.getByRole('button', { name: /^Letter/ }).click();
  await expect(sam.getByRole('heading', { name: 'The way' })).toBeVisible();
  await expect(sam.getByRole('radio', { name: 'Letter', exact: true })).toBeChecked();
  await sam.getByRole('button', { name: 'Next step' }).click();
  await expect(sam.getByRole('heading', { name: 'My words' })).toBeVisible();
  await sam.locator('form.sheet textarea').nth(1).fill('Kept in the room.');
  // While somebody writes, the server gets a version at most once a minute.
  await expect(sam.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 75_000 });
  await expect(dana.getByText('0 are writing, 1 have saved.').first()).toBeVisible();
  if (process.env['SHOTS']) await sam.screenshot({ path: `${process.env['SHOTS']}/room-plan.png`, fullPage: true });

  // A reloaded page continues with the same plan.
  await sam.reload();
  await expect(sam.getByRole('heading', { name: 'Plan: Coach' })).toBeVisible();
  await sam.getByRole('button', { name: /My words/ }).click();
  await expect(sam.locator('form.sheet textarea').nth(1)).toHaveValue('Kept in the room.');
  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  await expect(sam.getByText('Thank you for being here')).toBeVisible();
});
