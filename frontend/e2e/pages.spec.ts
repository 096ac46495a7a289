// Every page: axe in both themes, no sideways scroll at 320 px, target sizes, Spanish, quick exit.

import type { Page } from '@playwright/test';
import { DESK, expect, origin, PORT, TABLET, test, workshop } from './fixtures';
import { sound as accessible } from './sound';
import { answerSafety, begin, onward, connectScreen, startSafety } from './steps';

async function sound(page: Page, what: string): Promise<void> {
  await page.waitForLoadState('networkidle');
  await accessible(page, what);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a, select, textarea, input:not([type=radio]):not([type=checkbox])')]
      .filter((e) => e.offsetParent !== null && !e.closest('p, .facts') && !e.classList.contains('skip'))
      .map((e) => ({ name: (e.textContent || e.id).trim().slice(0, 30), r: e.getBoundingClientRect() }))
      .filter(({ r }) => r.width > 0 && (r.height < 24 || r.width < 24))
      .map(({ name }) => name),
  );
  expect(small, `${what} has small targets`).toEqual([]);
}

for (const dark of [false, true]) {
  const theme = dark ? 'dark' : 'light';

  test(`public pages are accessible, ${theme}`, async ({ people }) => {
    const page = await people.window({ viewport: { width: 320, height: 700 }, dark });
    for (const path of ['/', '/sign-in', '/join', '/meeting', '/meeting?kept', '/privacy', '/help', '/stage/connect', '/nowhere']) {
      await page.goto(`${origin('new')}${path}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await sound(page, path);
    }
    // The start page is the demo's own, also with the app's service worker active.
    await page.goto(`http://localhost:${PORT}/help`);
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await page.goto(`http://localhost:${PORT}/`);
    await expect(page.getByText('Open as Sam R.')).toBeVisible();
    await sound(page, 'start');
  });

  test(`participant pages are accessible, ${theme}`, async ({ people }) => {
    const sam = await people.open('sam', { viewport: { width: 320, height: 700 }, dark });
    await expect(sam.getByRole('link', { name: /^Coach/ })).toBeVisible();
    await sound(sam, 'today');
    for (const path of ['/pages', '/me']) {
      await sam.locator(`.tabs a[href="${path}"]`).click();
      await expect(sam).toHaveURL(new RegExp(path + '$'));
      await sound(sam, path);
    }
    await sam.locator('.tabs a[href="/pages"]').click();
    await sam.getByRole('link', { name: /^Coach/ }).click();
    await expect(sam.getByLabel('What I did')).toBeVisible();
    await sound(sam, 'page');
    await sam.getByRole('link', { name: 'Who can read this?' }).click();
    await expect(sam.getByRole('heading', { name: 'Who can read this page' })).toBeVisible();
    await sound(sam, 'sharing');
    for (const path of ['/readers', '/mentor']) {
      await sam.goto(origin('sam') + path);
      await expect(sam.locator('h1')).not.toHaveText('One moment');
      await sound(sam, path);
    }
  });

  test(`a plan, its safety check and a look back are accessible, ${theme}`, async ({ people }) => {
    const eli = await people.open('eli', { viewport: { width: 320, height: 700 }, dark });
    await eli.goto(`${origin('eli')}/pages/new`);
    await eli.getByLabel('A short name only you know').fill('Sound ' + theme);
    await eli.getByRole('button', { name: 'Make a plan' }).click();
    await sound(eli, 'safety');
    await startSafety(eli);
    await sound(eli, 'question');
    await answerSafety(eli);
    await expect(eli.getByRole('heading', { name: 'It may be right to ask.' })).toBeVisible();
    await sound(eli, 'result');
    await eli.getByRole('button', { name: /^Letter/ }).click();
    for (const step of ['The way', 'My words', 'Making it right', 'When and where', 'Any answer', 'Support', 'Before you send it']) {
      await expect(eli.getByRole('heading', { name: step, level: 1 })).toBeVisible();
      await sound(eli, step);
      await eli.locator('.dock a.main').click();
    }
    await expect(eli.getByRole('heading', { name: 'The 8 steps' })).toBeVisible();
    await sound(eli, 'plan');
    await eli.goto(eli.url() + '/day');
    // A letter without a mentor's Ready: nothing says go.
    await expect(eli.getByRole('radio', { name: 'Yes', exact: true })).toHaveCount(4);
    for (const yes of await eli.getByRole('radio', { name: 'Yes', exact: true }).all()) await yes.check();
    await expect(eli.getByText('This plan is not ready yet.', { exact: false })).toBeVisible();
    await expect(eli.getByText('You are set.', { exact: false })).toHaveCount(0);
    await eli.getByRole('radio', { name: 'No', exact: true }).first().check();
    await expect(eli.getByRole('heading', { name: 'Pick another day.' })).toBeVisible();
    await sound(eli, 'day');
    await eli.getByRole('link', { name: 'Back to the plan' }).click();
    await eli.getByRole('button', { name: 'I changed my mind' }).click();
    await eli.getByRole('button', { name: 'Look back on it' }).click();
    await eli.getByRole('radio', { name: 'No', exact: true }).first().check();
    await expect(eli.getByRole('button', { name: 'Yes, tell my counselor' })).toBeVisible();
    await sound(eli, 'look back');
  });

  test(`a mentor’s pages are accessible, ${theme}`, async ({ people }) => {
    const maria = await people.open('maria', { viewport: { width: 320, height: 700 }, dark });
    await expect(maria.getByRole('heading', { name: 'People I walk with' })).toBeVisible();
    await sound(maria, 'mentor');
    const dana = await people.open('dana', { viewport: TABLET, dark });
    await dana.goto(`${origin('dana')}/pairs`);
    await expect(dana.getByRole('heading', { name: 'Pair a mentor' })).toBeVisible();
    await sound(dana, 'pairs');
    await dana.goto(`${origin('dana')}/plan`);
    await expect(dana.getByRole('heading', { name: 'Plan a workshop' })).toBeVisible();
    await sound(dana, 'plan a workshop');
  });

  test(`room, counselor and stage are accessible, ${theme}`, async ({ people }) => {
    const id = await workshop(people, 'Sound ' + theme);
    const dana = await people.open('dana', { viewport: TABLET, dark });
    await dana.goto(`${origin('dana')}/run/${id}`);
    await dana.getByRole('button', { name: 'Open the room' }).click();
    await sound(dana, 'run lobby');
    const ruth = await people.open('ruth', { viewport: { width: 320, height: 700 }, dark });
    await ruth.goto(`${origin('ruth')}/room/${id}`);
    await expect(ruth.getByText('You are in.')).toBeVisible();
    await sound(ruth, 'lobby');
    await begin(dana);
    // Next applies to the part in which it was pressed, so each one is awaited.
    for (const part of ['Ground', 'Check in']) {
      await onward(dana);
      await expect(ruth.getByRole('heading', { name: part, level: 1 })).toBeVisible();
    }
    await ruth.getByRole('button', { name: 'Raise hand' }).click();
    await expect(ruth.getByText('You are next in line')).toBeVisible();
    await sound(ruth, 'queue');
    await sound(dana, 'run');
    const stage = await people.window({ viewport: { width: 1920, height: 1080 } });
    await connectScreen(dana, stage);
    await expect(stage.locator('.breath')).toBeVisible();
    await sound(stage, 'stage');
  });

  test(`the desk is accessible, ${theme}`, async ({ people }) => {
    const nora = await people.open('nora', { viewport: DESK, dark });
    await expect(nora.getByRole('table')).toBeVisible();
    await sound(nora, 'desk');
    // Every page of the table, with what it lists or asks.
    const links = nora.locator('.main-nav a');
    for (const path of await links.evaluateAll((all) => all.map((a) => a.getAttribute('href') ?? ''))) {
      await nora.locator(`.main-nav a[href="${path}"]`).click();
      await expect(nora.locator('.main-nav a[aria-current]')).toHaveAttribute('href', path);
      await expect(nora.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(nora.locator('main :is(form, table, ul, ol):visible').first()).toBeVisible();
      await sound(nora, path);
    }
    await nora.goto(`${origin('nora')}/desk/nowhere`);
    await expect(nora.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(nora.locator('.main-nav')).toHaveCount(0);
    await nora.goto(`${origin('nora')}/desk/People/`);
    await expect(nora.getByRole('table')).toBeVisible();
  });
}

test('all pages are in Spanish after the first tap on the language', async ({ people }) => {
  const page = await people.window();
  await page.goto(`${origin('new')}/`);
  await page.getByRole('button', { name: 'Español' }).click();
  await expect(page.getByRole('heading', { name: 'Te damos la bienvenida' })).toBeVisible();
  await page.getByRole('link', { name: 'Entrar', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Qué bueno verte' })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('es');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Qué bueno verte' })).toBeVisible();
});

test('quick exit blanks the page, ends the sign-in and leaves nothing to go back to', async ({ people }) => {
  people.expected.push(/third party: www\.weather\.gov/, /ERR_|401/);
  const eli = await people.open('eli');
  await eli.route('https://www.weather.gov/**', (route) => route.fulfill({ body: '<title>Weather</title>', contentType: 'text/html' }));
  await eli.reload();
  await expect(eli.getByRole('heading', { level: 1 })).toBeVisible();
  await eli.keyboard.press('Tab');
  expect(await eli.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Quick exit');
  for (let i = 0; i < 3; i++) await eli.keyboard.press('Shift');
  await eli.waitForURL(/weather\.gov/);
  // The page redirects visitors at once, which interrupts the navigation to it.
  await eli.goto(`${origin('eli')}/today`).catch(() => undefined);
  await eli.waitForURL(/sign-in/);
});

test('titles and icons on the device do not reveal what the app is', async ({ people }) => {
  const sam = await people.open('sam');
  for (const path of ['/today', '/pages', '/me', '/help', '/privacy']) {
    await sam.goto(origin('sam') + path);
    await expect(sam.getByRole('heading', { level: 1 })).toBeVisible();
    expect(await sam.title()).not.toMatch(/amends|recovery|step|willow/i);
  }
  const manifest = await sam.evaluate(() => fetch('/app.webmanifest').then((r) => r.text()));
  expect(manifest).not.toMatch(/amends|recovery|step 9|willow/i);
});
