// Steps of the guest journeys: planning and opening a meeting, entering, writing, and inspecting
// what a phone stores.

import type { Page } from '@playwright/test';
import { account, ask, DESK, expect, origin, startsNow, TABLET, type People } from './fixtures';
import { sound as accessible } from './sound';
import { begin, onward } from './steps';

const pictures = process.env['PICTURES'];

/** Checks accessibility, and takes a screenshot. */
export async function sound(page: Page, what: string): Promise<void> {
  await page.evaluate(() => scrollTo(0, 0));
  if (pictures) await page.screenshot({ path: `${pictures}/guest-${what}.png`, fullPage: true });
  await accessible(page, what);
}

/** Plans an open meeting with the desk's form, and returns its id. */
export async function plan(people: People, title: string): Promise<string> {
  const nora = await people.open('nora', { viewport: DESK });
  await nora.goto(`${origin('nora')}/desk/schedule`);
  await nora.getByRole('radio', { name: 'An open meeting' }).check();
  await expect(nora.getByLabel('Cohort')).toBeHidden();
  await nora.getByLabel('Title').fill(title);
  const starts = startsNow();
  await nora.getByLabel('When').fill(starts);
  await nora.getByLabel('Counselor', { exact: true }).selectOption(account('dana').member);
  await nora.getByLabel('Seats').fill('40');
  await nora.locator('#agenda-step9-60').check();
  const made = nora.waitForResponse((r) => r.url().endsWith('/api/v1/workshops') && r.request().method() === 'POST');
  await nora.getByRole('button', { name: 'Plan it' }).click();
  const { id } = (await (await made).json()) as { id: string };
  await expect(nora.getByRole('row', { name: new RegExp(title) })).toContainText('Open meeting');
  await sound(nora, 'schedule');
  await nora.context().close();
  return id;
}

/** Opens the room and returns its code as the counselor sees it. */
export async function openRoom(dana: Page, id: string): Promise<string> {
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  await expect(dana.getByRole('heading', { name: 'Room code' })).toBeVisible();
  return (await dana.locator('.hand-code').textContent())?.replace(/\s/g, '') ?? '';
}

export async function comeIn(page: Page, who: string, code: string, name: string): Promise<void> {
  await page.goto(`${origin(who)}/meeting#${code}`);
  await page.getByLabel('Name in the room').fill(name);
  await page.getByRole('button', { name: 'Come in', exact: true }).click();
}

export async function write(page: Page, nick: string, words: string): Promise<void> {
  await page.getByLabel('A short name only you know').fill(nick);
  await page.getByLabel('How it may have hurt them').fill(words);
  await expect(page.locator('.lockline .saved')).toHaveText(/Saved/);
}

/** The guests' databases in this browser. */
export const databases = (page: Page) => page.evaluate(async () => (await indexedDB.databases()).map((d) => d.name ?? '').filter((n) => n.startsWith('g')));

/** The content of a guest's database, as anybody with the device can read it. */
export const sealed = (page: Page, name: string) =>
  page.evaluate(async (name) => {
    const db = await new Promise<IDBDatabase>((done, fail) => {
      const ask = indexedDB.open(name);
      ask.onsuccess = () => done(ask.result);
      ask.onerror = () => fail(ask.error ?? new Error('not opened'));
    });
    const all = <T>(store: string) =>
      new Promise<T[]>((done) => {
        const ask = db.transaction(store).objectStore(store).getAll();
        ask.onsuccess = () => done(ask.result as T[]);
      });
    const pages = await all<{ box: ArrayBuffer }>('pages');
    const keys = await all<CryptoKey>('keys');
    db.close();
    const readable = pages.some((p) => new TextDecoder().decode(p.box).includes('Heron'));
    return { pages: pages.length, readable, extractable: keys.some((k) => k.extractable) };
  }, name);

/** An open meeting for this test only, at its writing part. */
export async function writing(people: People, title: string): Promise<{ dana: Page; code: string }> {
  const dana = await people.open('dana', { viewport: TABLET });
  const starts = startsNow();
  const { id } = await ask<{ id: string }>(dana, 'POST', '/workshops', {
    title,
    kind: 'open',
    starts,
    agenda: 'step9-60',
    language: 'en',
    lead: account('dana').member,
    capacity: 40,
  });
  const code = await openRoom(dana, id);
  await begin(dana);
  for (const part of ['Ground', 'Check in', 'Teach', 'Write']) {
    await onward(dana);
    await expect(dana.locator('.rail .now, .rail [aria-current]').first()).toContainText(part);
  }
  return { dana, code };
}

/** No request contains a word that a guest wrote. */
export function unsaid(people: People, secrets: string[]): void {
  const sent = people.traffic.join('\n');
  expect(people.traffic.length).toBeGreaterThan(20);
  for (const secret of secrets) expect(sent).not.toContain(secret);
}
