// How two people of a journey become a pair: the yes, and the words read out to each other.

import type { Page } from '@playwright/test';
import { expect } from './fixtures';

/** The eight words that a screen shows of its owner. */
export const words = (p: Page): Promise<string[]> => p.locator('ol.words li').allTextContents();

/** One side types the words that it is asked for, as the other side reads them. */
export async function compare(page: Page, other: string[], name: string): Promise<void> {
  for (const field of await page.getByLabel(/^Word \d$/).all()) {
    const n = Number((await field.getAttribute('id'))?.replace('word-', ''));
    await field.fill(other[n]?.replace(/^\d+/, '').trim() ?? '');
  }
  await page.getByRole('button', { name: 'They are the same' }).click();
  await expect(page.getByRole('heading', { name: `It is really ${name}`, exact: true })).toBeVisible();
}

/** A participant says yes to a mentor who was assigned, and both compare in person. */
export async function pair(one: Page, name: string, mentor: Page, theirName: string): Promise<void> {
  await one.goto(new URL('/mentor', one.url()).href);
  await one.getByRole('link', { name: `Say yes to ${theirName}` }).click();
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
