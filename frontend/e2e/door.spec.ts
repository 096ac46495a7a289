// Nobody is signed in by an address. The app's own pages are asked on an origin where the demo's are
// not, which is what a real server has everywhere; the demo's page that opens a person asks before
// somebody else has to go.

import { readFileSync } from 'node:fs';
import { account, ask, expect, origin, test } from './fixtures';

const secrets = (handle: string): string => {
  const a = account(handle);
  return new URLSearchParams({ name: a.handle, password: a.password, card: a.words }).toString();
};

/** Every address of the app, read from its one table of paths. */
const addresses = (): string[] =>
  [...readFileSync('src/routes.ts', 'utf8').matchAll(/^ {2}'(\/[^']*)':/gm)].map((m) => (m[1] ?? '').replace(/:\w+/g, '018f0000-0000-7000-8000-000000000000'));

test('no address of the app signs anybody in, connects a screen, or takes a seat', async ({ people }) => {
  // What is asked for by a stranger is refused.
  people.expected.push(/40[014] \(/);
  const page = await people.window();
  const at = origin('new');
  const given = secrets('sam');
  const all = addresses();
  expect(all.length).toBeGreaterThan(25);
  for (const path of ['/open', ...all]) {
    // A page that sends a stranger on may do so just now: its going on is waited for, not cut off.
    await expect(() => page.goto(`${at}${path}?${given}#${given}`)).toPass({ timeout: 10_000 });
    await expect(page.getByRole('heading', { level: 1 }).first()).not.toHaveText('One moment');
    if (path === '/open') await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  }
  for (const path of ['/stage/connect#123456', '/meeting#ABCD2345']) {
    await page.goto(at + path);
    await expect(page.getByLabel('Code')).toHaveValue('');
  }
  await page.waitForLoadState('networkidle');
  // Slips are looked at as soon as they are brought: that opens nothing.
  const changes = people.traffic.filter((t) => /^(POST|PUT|DELETE) /.test(t) && !t.includes('/auth/slip'));
  expect(changes).toEqual([]);
  expect(await page.context().cookies()).toEqual([]);
});

test('in the demo, a person opens on their own origin only, and nobody has to go unasked', async ({ people }) => {
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
  // Their pages are open, and a second link finds them as they are.
  await page.goto(`${origin('tyb')}/open#${secrets('tyb')}`);
  await page.waitForURL(/\/today$/);
  await expect(page.getByRole('link', { name: 'Start a new page' })).toBeVisible();
});
