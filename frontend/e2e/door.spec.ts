// No URL signs anybody in. The app's own pages are requested on an origin without the demo's pages,
// as on every real server; the demo's page that opens a person asks before it signs somebody else
// out.

import { readFileSync } from 'node:fs';
import { account, ask, expect, origin, test } from './fixtures';

const secrets = (handle: string): string => {
  const a = account(handle);
  return new URLSearchParams({ name: a.handle, password: a.password, card: a.words }).toString();
};

/** All routes of the app, read from the route table. */
const addresses = (): string[] =>
  [...readFileSync('src/routes.ts', 'utf8').matchAll(/^ {2}'(\/[^']*)':/gm)].map((m) => (m[1] ?? '').replace(/:\w+/g, '018f0000-0000-7000-8000-000000000000'));

test('no URL of the app signs anybody in, connects a screen, or takes a seat', async ({ people }) => {
  // Requests by visitors are refused.
  people.expected.push(/40[014] \(/);
  const page = await people.window();
  const at = origin('new');
  const given = secrets('sam');
  const all = addresses();
  expect(all.length).toBeGreaterThan(25);
  for (const path of ['/open', ...all]) {
    // A page may be redirecting a visitor just now: wait for the redirect instead of interrupting
    // it.
    await expect(() => page.goto(`${at}${path}?${given}#${given}`)).toPass({ timeout: 10_000 });
    await expect(page.getByRole('heading', { level: 1 }).first()).not.toHaveText('One moment');
    if (path === '/open') await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  }
  for (const path of ['/stage/connect#123456', '/meeting#ABCD2345']) {
    await page.goto(at + path);
    await expect(page.getByLabel('Code')).toHaveValue('');
  }
  await page.waitForLoadState('networkidle');
  // A slip is checked as soon as it is entered: that opens nothing.
  const changes = people.traffic.filter((t) => /^(POST|PUT|DELETE) /.test(t) && !t.includes('/auth/slip'));
  expect(changes).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

test('in the demo, a person opens on their own origin only, and nobody is signed out unasked', async ({ people }) => {
  const page = await people.window();
  const who = async () => (await ask<{ handle: string }>(page, 'GET', '/me')).handle;
  await page.goto(`${origin('tyb')}/open#${secrets('eli')}`);
  await expect(page.getByText('Nobody was signed in.')).toBeVisible();
  expect(page.url()).toBe(origin('tyb') + '/open');
  expect(await page.context().cookies()).toEqual([]);

  const eli = account('eli');
  await page.goto(`${origin('tyb')}/sign-in`);
  await page.getByLabel('Sign-in name').fill(eli.handle);
  await page.getByLabel('Password', { exact: true }).fill(eli.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByLabel('My 12 words').fill(eli.words);
  await page.getByRole('button', { name: 'Open my pages' }).click();
  await page.waitForURL(/\/today$/);

  await page.goto(`${origin('tyb')}/open#${secrets('tyb')}`);
  await expect(page.getByRole('heading', { name: 'Eli N. is signed in here' })).toBeVisible();
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/door-taken.png` });
  expect(await who()).toBe('eli');
  await page.getByRole('button', { name: 'Stay with Eli N.' }).click();
  await page.waitForURL(/\/today$/);
  expect(await who()).toBe('eli');
  await page.goto(`${origin('tyb')}/open#${secrets('tyb')}`);
  await page.getByRole('button', { name: 'Sign out Eli N. and open tyb' }).click();
  await page.waitForURL(/\/today$/);
  expect(await who()).toBe('tyb');
  // Their pages are unlocked, and a second link leaves them as they are.
  await page.goto(`${origin('tyb')}/open#${secrets('tyb')}`);
  await page.waitForURL(/\/today$/);
  await expect(page.getByRole('link', { name: 'Start a new page' })).toBeVisible();
});
