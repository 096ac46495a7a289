// A browser that several people use: a link never acts in an account that is open, every page with
// private words says whose account that is, and whoever leaves leaves nothing readable behind.

import type { Page } from '@playwright/test';
import { account, expect, openIn, origin, PHONE, PORT, test } from './fixtures';
import { heldOn, saysNone, signInShared } from './device';
import { sound } from './sound';

const pictures = process.env['PICTURES'];
const look = async (page: Page, name: string) => {
  await sound(page, name);
  if (pictures) await page.screenshot({ path: `${pictures}/whose-${name}.png` });
};

/** What may stay on a shared device: nothing of a person or a facility. */
const OF_THE_DEVICE = ['exit', 'language', 'neutral', 'theme'];

test('a link asks whose account is open before it does anything, in every tab', async ({ people }) => {
  test.setTimeout(180_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const sam = await people.open('sam', { viewport: PHONE });
  const context = sam.context();
  const name = account('sam').name;
  const asks = async (page: Page) => {
    await expect(page.getByRole('heading', { name: `The account of ${name} is open here` })).toBeVisible();
    await expect(page.getByRole('button', { name: `Go on as ${name}` })).toBeVisible();
    await expect(page.getByRole('button', { name: 'That is not me: sign out' })).toBeVisible();
  };
  const used = () => people.traffic.filter((t) => /POST .*\/(invitations|slips|guest|auth|stage|rooms)\b/.test(t) || t.includes('ABCD') || t.includes('ABC234'));
  people.traffic.length = 0;
  for (const [path, left] of [
    ['/join#ABCD-EFGH-JKMN-PQRS', '/join'],
    ['/meeting#ABC234', '/meeting'],
    ['/sign-in', '/sign-in'],
    ['/sign-in?name=maria&password=x&to=//example.org', '/sign-in?name=maria&password=x&to=//example.org'],
  ] as const) {
    await sam.goto(origin('sam') + path);
    await asks(sam);
    // The code is not in the history.
    expect(sam.url()).toBe(origin('sam') + left);
  }
  await look(sam, 'ask');
  await sam.getByRole('button', { name: 'Español' }).click();
  await expect(sam.getByRole('heading', { name: `Aquí está abierta la cuenta de ${name}` })).toBeVisible();
  await look(sam, 'ask-es');
  await sam.getByRole('button', { name: 'English' }).click();
  await sam.getByRole('button', { name: `Go on as ${name}` }).click();
  await sam.waitForURL(/\/today$/);
  expect(used()).toEqual([]);

  // Private words stand beside the name of their account.
  const other = await context.newPage();
  await other.goto(`${origin('sam')}/pages/new`);
  await expect(other.locator('form.sheet').first().getByText(`Account: ${name}`)).toBeVisible();
  await look(other, 'page');

  // "That is not me": the other tab leaves too, and the slip is looked up by nobody's account.
  await sam.goto(`${origin('sam')}/join#ABCD-EFGH-JKMN-PQRS`);
  await asks(sam);
  const looked = sam.waitForRequest((r) => r.method() === 'POST' && (r.postData() ?? '').includes('ABCD'));
  await sam.getByRole('button', { name: 'That is not me: sign out' }).click();
  await looked;
  await expect(sam.getByText('This slip is not valid any more.')).toBeVisible();
  await expect(sam.getByLabel('Code')).toHaveValue('ABCD-EFGH-JKMN-PQRS');
  expect(sam.url()).toBe(origin('sam') + '/join');
  await other.waitForURL(/sign-in/);
  await expect(other.locator('body')).not.toContainText(name);

  // A sign-in in one tab: the others follow, and nobody signs in over it.
  await other.getByLabel('Sign-in name').fill('maria');
  await other.getByLabel('Password', { exact: true }).fill('a password');
  await openIn(sam, 'sam');
  await asks(other);
  await sam.goto(`${origin('sam')}/pages/new`);
  await expect(sam.getByText(`Account: ${name}`)).toBeVisible();
});

test('on a shared tablet nothing readable stays after a sign-out or quick exit, and no word is lost', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/third party: www\.weather\.gov/, /ERR_|401|404/);
  const page = await people.window({ viewport: PHONE });
  const context = page.context();
  const sam = account('sam');
  await context.route('https://www.weather.gov/**', (route) => route.fulfill({ body: '<title>Weather</title>', contentType: 'text/html' }));
  // A facility lists a number of its own.
  await context.route('**/api/v1/facility', async (route) => {
    const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1/facility`, { headers: await route.request().allHeaders() });
    const facility = (await answer.json()) as { crisis?: unknown[] };
    facility.crisis?.push({ label: 'Willow House, front door', number: '555-0100', note: '', language: 'en', checked_on: '2026-11-01' });
    await route.fulfill({ status: answer.status, json: facility });
  });
  const SECRETS = [sam.handle, sam.name, sam.member, sam.password, sam.words, 'Willow', 'Canary', 'heron', 'Coach', '555-0100'];
  const write = async (nick: string, words: string) => {
    await page.goto(`${origin('eli')}/pages/new`);
    await page.getByLabel('A short name only you know').fill(nick);
    await page.getByLabel('What I did').fill(words);
    await expect(page.locator('.lockline .saved').first()).toHaveText(/On this device/);
  };
  /** Back, and back again: whatever the address was, only this shows. */
  const backTo = async (url: RegExp) => {
    for (let i = 0; i < 3; i++) {
      await page.goBack({ waitUntil: 'commit' });
      await page.waitForURL(url);
      expect(await page.title()).toMatch(/^(Sign in|Weather|Today)$/);
    }
  };

  await page.goto(`${origin('eli')}/sign-in`);
  await signInShared(page, 'sam');
  await page.goto(`${origin('eli')}/help`);
  await expect(page.getByText('Willow House, front door')).toBeVisible();
  // The words do not reach the server before this person leaves.
  await context.route('**/api/v1/worksheets/**', (route) => route.abort());
  await write('Canary', 'the heron waited');
  await page.goto(`${origin('eli')}/me`);
  await page.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(page.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  await expect.poll(async () => (await heldOn(context, 'eli')).stores.map((s) => s['keys'])).toEqual([['shared']]);
  let held = await heldOn(context, 'eli');
  saysNone(held, SECRETS);
  expect(held.local.filter((k) => !OF_THE_DEVICE.includes(k))).toEqual([]);
  expect([held.session, held.cookies]).toEqual([[], []]);
  expect(held.stores.map((s) => [s['drafts']?.length, s['seen']])).toEqual([[1, []]]);
  await backTo(/\/sign-in$/);
  await page.goto(`${origin('eli')}/help`);
  await expect(page.getByText('988').first()).toBeVisible();
  await expect(page.locator('body')).not.toContainText('Willow');

  // Nothing of it opens without password and words; with them the words are back.
  await page.goto(`${origin('eli')}/sign-in`);
  await signInShared(page, 'sam');
  await page.goto(`${origin('eli')}/pages`);
  await page.getByRole('link', { name: /Canary/ }).click();
  await expect(page.getByLabel('What I did')).toHaveValue('the heron waited');
  await expect(page.getByText(`Account: ${sam.name}`)).toBeVisible();

  // Quick exit, offline, with another tab, and one that was killed.
  const other = await context.newPage();
  await other.goto(`${origin('eli')}/pages`);
  const killed = await context.newPage();
  await killed.goto(`${origin('eli')}/pages`);
  await expect(killed.getByRole('heading', { name: 'My pages' })).toBeVisible();
  await killed.close();
  await context.route('**/api/v1/auth/**', (route) => route.abort());
  await page.getByRole('button', { name: 'Quick exit' }).click();
  await Promise.all([page, other].map((tab) => tab.waitForURL(/weather\.gov/)));
  held = await heldOn(context, 'eli');
  saysNone(held, SECRETS);
  // A closing page may have no time to clear its databases; what could open them is gone already, and
  // the next start clears the rest.
  expect(held.local.filter((k) => ['in', 'resume', 'used', 'numbers'].includes(k))).toEqual([]);
  await backTo(/weather\.gov/);
  await context.unroute('**/api/v1/auth/**');
  await page.goto(`${origin('eli')}/privacy`);
  await expect.poll(async () => (await heldOn(context, 'eli')).stores.map((s) => [s['keys'], s['drafts']?.length])).toEqual([[['shared'], 1]]);
  await expect.poll(async () => (await heldOn(context, 'eli')).local.filter((k) => ![...OF_THE_DEVICE, 'exited'].includes(k))).toEqual([]);
  expect((await heldOn(context, 'eli')).cookies).toEqual([]);

  // Seven days later the unsent words are gone, whoever opens the app.
  await page.clock.install({ time: Date.now() + 7 * 24 * 3600_000 + 60_000 });
  await page.goto(`${origin('eli')}/privacy`);
  await expect.poll(async () => (await heldOn(context, 'eli')).stores).toEqual([]);
});
