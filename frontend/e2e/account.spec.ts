// From a printed slip to a sealed page on two devices; and what the server can see of it.

import { execFileSync } from 'node:child_process';
import { heldOn } from './device';
import { account, ask, DATA, DESK, expect, origin, state, test, type People } from './fixtures';
import type { Page } from '@playwright/test';

const PASSWORD = 'canary-violet-bridge-tulip';
const CANARIES = ['canarytitle', 'canarysentence', PASSWORD];

async function slip(people: People, name: string): Promise<string> {
  const nora = await people.open('nora', { viewport: DESK });
  await nora.getByRole('link', { name: 'Slips' }).click();
  await nora.getByLabel(/Names in the room/).fill(name);
  await nora.getByLabel('Cohort').selectOption({ index: 1 });
  await nora.getByRole('button', { name: 'Make slips' }).click();
  await expect(nora.getByRole('heading', { name: 'One slip is ready' })).toBeVisible();
  const code = (await nora.locator('.slip .code').textContent()) ?? '';
  await nora.context().close();
  return code;
}

/** Signs up in a new browser context and returns the 12 words. */
async function join(page: Page, code: string, handle: string, shared = false): Promise<string[]> {
  await page.goto(`${origin('new')}/join#${code}`);
  await expect(page.getByText('You are invited by Willow House.')).toBeVisible();
  expect(new URL(page.url()).hash).toBe('');
  await page.getByLabel('Sign-in name').fill(handle);
  await page.getByRole('button', { name: 'Go on' }).click();
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByLabel('Once more').fill(PASSWORD);
  if (shared) await page.getByLabel(/Other people use/).check({ force: true });
  await page.getByRole('button', { name: 'Go on' }).click();
  await expect(page.locator('.words li').first()).toBeVisible({ timeout: 60_000 });
  const words = await page.locator('.words li').evaluateAll((all) => all.map((li) => (li.textContent ?? '').replace(/[0-9\s]/g, '')));
  await page.getByRole('button', { name: 'I wrote it down' }).click();
  for (const field of await page.getByLabel(/^Word \d/).all()) {
    const n = Number((await field.getAttribute('id'))?.replace('word-', ''));
    await field.fill(words[n] ?? '');
  }
  await page.getByRole('button', { name: 'Finish' }).click();
  await page.waitForURL(/\/today$/, { timeout: 60_000 });
  await expect(page.locator('.next-up')).toBeVisible(); // what loads moves the links below
  return words;
}

async function secondDevice(people: People, handle: string, words: string[]): Promise<Page> {
  const page = await people.window();
  await page.goto(`${origin('new')}/sign-in`);
  await page.getByLabel('Sign-in name').fill(handle.toUpperCase());
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Your key card' })).toBeVisible({ timeout: 30_000 });
  await page.getByLabel('My 12 words').fill('zoo '.repeat(12));
  await page.getByRole('button', { name: 'Open my pages' }).click();
  await expect(page.getByText('These are not the 12 words')).toBeVisible();
  await page.getByLabel('My 12 words').fill(words.join('  '));
  await page.getByRole('button', { name: 'Open my pages' }).click();
  await page.waitForURL(/\/today$/);
  return page;
}

test('slips whose reply was lost are created once, and the desk says so', async ({ people }) => {
  people.expected.push(/409/);
  const nora = await people.open('nora', { viewport: DESK });
  await nora.getByRole('link', { name: 'Slips' }).click();
  await nora.getByLabel(/Names in the room/).fill('Lost L.');
  await nora.getByLabel('Cohort').selectOption({ index: 1 });
  // The server creates them, and the connection is lost before the reply.
  await nora.evaluate(() => {
    const real = window.fetch;
    window.fetch = async (...asked) => {
      window.fetch = real;
      await real(...asked);
      throw new TypeError('the answer is lost');
    };
  });
  const make = nora.getByRole('button', { name: 'Make slips' });
  await make.click();
  await expect(nora.getByText('No signal right now.')).toBeVisible();
  await make.click();
  await expect(nora.getByText('These slips were made, but their codes did not reach you.')).toBeVisible();
  await expect(nora.getByRole('row').filter({ hasText: 'Lost L.' })).toHaveCount(1);
  await expect(nora.getByLabel(/Names in the room/)).toHaveValue('Lost L.');
  await make.click();
  await expect(nora.getByRole('heading', { name: 'One slip is ready' })).toBeVisible();
  await expect(nora.getByRole('row').filter({ hasText: 'Lost L.' })).toHaveCount(2);

  // The server asks who it is, five minutes after the password was typed: here at once. The form stays
  // as it was filled in, and the act goes on.
  people.expected.push(/403/);
  let asked = false;
  await nora.route('**/api/v1/invitations', async (route) => {
    if (asked || route.request().method() !== 'POST') return route.fallback();
    asked = true;
    await route.fulfill({ status: 403, contentType: 'application/problem+json', body: JSON.stringify({ code: 'stepup.needed', title: 'x' }) });
  });
  await nora.goto(`${origin('nora')}/desk/slips`);
  await nora.getByLabel(/Names in the room/).fill('Once O.');
  await nora.getByLabel('Cohort').selectOption({ index: 1 });
  await make.click();
  const dialog = nora.getByRole('dialog', { name: 'Is it still you?' });
  await dialog.getByLabel('Password', { exact: true }).fill('not the password');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await expect(dialog.getByText('The password is not right. Nothing was changed.')).toBeVisible({ timeout: 30_000 });
  await dialog.getByLabel('Password', { exact: true }).fill(account('nora').password);
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await expect(dialog).toBeHidden({ timeout: 30_000 });
  await expect(nora.getByRole('row').filter({ hasText: 'Once O.' })).toHaveCount(1);
});

test('a person joins with a slip, writes, and reads it on a second device; the server sees nothing', async ({ people }) => {
  test.setTimeout(180_000);
  const code = await slip(people, 'Vera K.');
  const vera = await people.window();
  const words = await join(vera, code, 'vera-k');
  await vera.getByRole('link', { name: 'Start a new page' }).click();
  await vera.getByLabel('A short name only you know').fill('canarytitle');
  await vera.getByLabel('What I did').fill('canarysentence with ñ, 漢 and 🌱');
  await vera.getByRole('radio', { name: 'Friend' }).check({ force: true });
  await expect(vera.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });
  await vera.getByRole('button', { name: 'Done' }).click();
  await expect(vera.getByText('canarytitle')).toBeVisible();

  const other = await secondDevice(people, 'vera-k', words);
  await other.getByRole('link', { name: /canarytitle/ }).click();
  await expect(other.getByLabel('What I did')).toHaveValue('canarysentence with ñ, 漢 and 🌱');
  await expect(other.getByRole('radio', { name: 'Friend' })).toBeChecked();

  // A reloaded page resumes unlocked pages without a password, for a while.
  await vera.reload();
  await expect(vera.getByText('canarytitle')).toBeVisible();

  // None of the text was sent in the clear or is in the server's files.
  const secrets = [...CANARIES, words.join(' '), words.join('')];
  for (const secret of secrets) expect(people.traffic.filter((t) => t.includes(secret) || t.includes(Buffer.from(secret).toString('base64').slice(0, -2)))).toEqual([]);
  for (const secret of CANARIES) {
    const found = execFileSync('sh', ['-c', 'grep -rlaF -- "$0" "$1/postgres" "$1/amends.log" "$1/postgres.log" || true', secret, DATA]).toString();
    expect(found).toBe('');
  }
  // What is stored on the device is sealed too.
  const kept = await vera.evaluate(async () => {
    const names = (await indexedDB.databases()).map((d) => d.name ?? '');
    return JSON.stringify({ names, local: { ...localStorage }, session: { ...sessionStorage } });
  });
  for (const secret of secrets) expect(kept).not.toContain(secret);

  // Her first device learns of the second one, and signs it out.
  await vera.goto(`${origin('new')}/today`);
  await expect(vera.getByText('You were signed in on another device.')).toBeVisible();
  await vera.getByRole('link', { name: 'See where' }).click();
  const devices = vera.getByRole('region', { name: 'Where you are signed in' });
  await expect(devices.getByText('This device')).toBeVisible();
  await expect(devices.getByText('new since you last looked')).toBeVisible();
  await vera.screenshot({ path: test.info().outputPath('devices.png'), fullPage: true });
  await devices.getByRole('button', { name: 'Sign it out' }).click();
  await vera.getByRole('dialog').getByRole('button', { name: 'Sign it out' }).click();
  await expect(devices.getByRole('listitem')).toHaveCount(1);
  people.expected.push(/401 \(Unauthorized\)/);
  await other.reload();
  await other.waitForURL(/\/sign-in/);

  // The slip can be used only once.
  people.expected.push(/404 \(Not Found\)/);
  const late = await people.window();
  await late.goto(`${origin('new')}/join#${code}`);
  await expect(late.getByText('This slip is not valid any more.')).toBeVisible();
});

test('a page edited on two devices is a conflict that keeps both', async ({ people }) => {
  test.setTimeout(180_000);
  // On a tablet of the house, which never stores what opens pages with a password alone.
  const tablet = await people.window();
  const words = await join(tablet, await slip(people, 'Omar D.'), 'omar-d', true);
  expect((await heldOn(tablet.context(), 'new')).stores.map((s) => s['keys'])).toEqual([['resume', 'shared']]);
  const [one, two] = [await secondDevice(people, 'omar-d', words), await secondDevice(people, 'omar-d', words)];
  await one.getByRole('link', { name: 'Start a new page' }).click();
  await one.getByLabel('A short name only you know').fill('Old friend');
  await one.getByRole('button', { name: 'Done' }).click();
  await expect(one.getByRole('link', { name: /Old friend/ })).toBeVisible();
  await two.getByRole('link', { name: 'Pages' }).click();
  await two.getByRole('link', { name: /Old friend/ }).click();
  await expect(two.getByLabel('A short name only you know')).toHaveValue('Old friend');
  await one.getByRole('link', { name: /Old friend/ }).click();
  await one.getByLabel('What I did').fill('written on the first device');
  await one.getByRole('button', { name: 'Done' }).click();
  await expect(one.getByRole('link', { name: /Old friend/ })).toBeVisible();
  people.expected.push(/409 \(Conflict\)/);
  await two.getByLabel('What I did').fill('written on the second device');
  await expect(two.getByText('You changed this page on two devices')).toBeVisible({ timeout: 20_000 });
  await expect(two.getByText('written on the first device')).toBeVisible();
  await expect(two.getByText('written on the second device')).toBeVisible();
  await expect(two.locator('.lockline', { hasText: 'Sealed: only you' })).toHaveCount(2);
  await two.getByRole('button', { name: 'Keep both, as two pages' }).click();
  await expect(two.getByLabel('What I did')).toHaveValue('written on the second device');
  await two.getByRole('button', { name: 'Done' }).click();
  await expect(two.getByRole('link', { name: /Old friend/ })).toHaveCount(2);
});

test('nobody but the owner can fetch a page', async ({ people }) => {
  const sam = await people.open('sam');
  const mine = await ask<{ sealed: { id: string; ws: string }[] }>(sam, 'GET', '/worksheets');
  const [first] = mine.sealed;
  expect(first).toBeDefined();
  people.expected.push(/40[34] \(/);
  for (const handle of ['dana', 'nora', 'maria', 'ray', 'ana']) {
    const other = await people.open(handle);
    for (const path of [`/sealed/${first?.id}`, `/worksheets/${first?.ws}/versions`]) {
      await expect(ask(other, 'GET', path)).rejects.toThrow(/40[34] /);
    }
  }
  expect(state().accounts.length).toBeGreaterThan(12);
});
