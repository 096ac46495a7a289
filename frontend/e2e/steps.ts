// Steps used by several journeys: pairing two people (consent, words read aloud), the safety check,
// and connecting a big screen.

import type { Page } from '@playwright/test';
import { expect, origin } from './fixtures';

/** The eight words that a screen shows for its owner. */
export const words = (p: Page): Promise<string[]> => p.locator('ol.words li').allTextContents();

/** One side types the requested words, as the other side reads them aloud. */
export async function compare(page: Page, other: string[], name: string): Promise<void> {
  for (const field of await page.getByLabel(/^Word \d$/).all()) {
    const n = Number((await field.getAttribute('id'))?.replace('word-', ''));
    await field.fill(other[n]?.replace(/^\d+/, '').trim() ?? '');
  }
  await page.getByRole('button', { name: 'They are the same' }).click();
  await expect(page.getByRole('heading', { name: `It is really ${name}`, exact: true })).toBeVisible();
}

/** A participant consents to an assigned mentor, and both compare in person. */
export async function pair(one: Page, name: string, mentor: Page, theirName: string): Promise<void> {
  await one.goto(new URL('/mentor', one.url()).href);
  await one.getByRole('link', { name: `Say yes to ${theirName}` }).click();
  await expect(one.getByText(`Account: ${name}`)).toBeVisible();
  await one.getByLabel('Type your name in the room to sign').fill(name);
  await one.getByRole('button', { name: 'I say yes to this' }).click();
  await expect(one.locator('ol.words li')).toHaveCount(8);
  await mentor.goto(new URL('/today', mentor.url()).href);
  await mentor.getByRole('link', { name: `Meet ${name} and compare` }).click();
  await expect(mentor.locator('ol.words li')).toHaveCount(8);
  const [mine, theirs] = [await words(one), await words(mentor)];
  await compare(one, theirs, theirName);
  await compare(mentor, mine, name);
}

/** Answers the questions of the safety check, starting with `first`; questions not named get the
 * clear answer. `shown`: waits for the result. */
export async function answerSafety(page: Page, given: Record<number, string> = {}, first = 1, shown = true): Promise<void> {
  const clear: Record<number, string> = { 11: 'Make my side right', 12: 'Yes' };
  for (let n = first; n <= 12; n++) {
    await expect(page.getByText(`Safety check, ${n} of 12`)).toBeVisible();
    await page.getByRole('radio', { name: given[n] ?? clear[n] ?? 'No', exact: true }).check();
    await page.getByRole('button', { name: n < 12 ? 'Next question' : 'See what this means' }).click();
  }
  if (shown) await page.waitForURL(/\/result$/);
}

/** Starts the safety check. Before its questions it asks, once per person, whether they are the
 * mentor or in the group. */
export async function startSafety(page: Page, near = 'No'): Promise<void> {
  await page.getByRole('button', { name: 'Start the safety check' }).click();
  const group = page.getByRole('group', { name: 'Is this person your mentor, or in your group?' });
  await expect(group.or(page.getByText(/^Safety check, \d+ of \d+$/))).toBeVisible();
  if (!(await group.isVisible())) return;
  await expect(group.getByRole('radio', { checked: true })).toHaveCount(0);
  await group.getByRole('radio', { name: near, exact: true }).check();
  await page.getByRole('button', { name: 'Next question' }).click();
}

/** The whole safety check. */
export async function safety(page: Page, given: Record<number, string> = {}, near = 'No'): Promise<void> {
  await startSafety(page, near);
  await answerSafety(page, given);
}

/** A counselor connects a big screen to the room on their desk; returns its digits. */
export async function connectScreen(counselor: Page, stage: Page): Promise<string> {
  await counselor.getByRole('button', { name: 'Connect a screen' }).click();
  const code = (await counselor.locator('[role=status] .big-code').textContent())?.replace(/\s/g, '') ?? '';
  await stage.goto(`${origin('stage')}/stage/connect`);
  await stage.getByLabel('Code').fill(code);
  await stage.getByRole('button', { name: 'Show the room' }).click();
  return code;
}

/** Starts the room, and waits until the counselor's own screen shows it: until then the big button
 * still means Start. */
export async function begin(counselor: Page): Promise<void> {
  await counselor.getByRole('button', { name: /^Start/ }).click();
  await expect(counselor.locator('.rail [aria-current]')).toBeVisible();
}

/** Goes to the next part and waits for the counselor's own screen: Next applies to the part in
 * which it was pressed. */
export async function onward(counselor: Page): Promise<void> {
  const now = counselor.locator('.rail [aria-current] .what');
  const before = (await now.textContent()) ?? '';
  await counselor.locator('.onward button.main').click();
  await expect(now).not.toHaveText(before);
}

/** Fills every required step of an open plan that is still empty, so that a journey that sends a
 * plan need not know all its questions. */
export async function fillLeft(page: Page): Promise<void> {
  const left = page.getByRole('link', { name: /left to fill in/ });
  const send = page.locator('button[aria-disabled="false"]', { hasText: /^Send/ });
  for (let step = 0; step < 8; step++) {
    await expect(left.or(send).first()).toBeVisible();
    if ((await left.count()) === 0) return;
    await left.first().click();
    await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('');
    await expect(page.getByRole('textbox').first()).toBeVisible();
    for (const box of await page.getByRole('textbox').all()) if ((await box.inputValue()) === '') await box.fill('Words.');
    await page.getByRole('link', { name: 'Back to the plan' }).click();
  }
}
