// What the journeys of a participant and a mentor share.

import decodeQR from 'qr/decode.js';
import type { Page } from '@playwright/test';
import { ask, expect } from './fixtures';

const pictures = process.env['SHOTS'];
let shot = 0;
/** A picture of the whole page, when SHOTS names a folder. */
export const look = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/${String(++shot).padStart(2, '0')}-${name}.png`, fullPage: true });
};

export const main = (p: Page) => p.locator('main');

/** Everything that a page could have stored on its device, as text: storage, caches, databases. Of
 * drafts only the key, since they are the person's own words, sealed. */
export async function onDevice(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const out = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) out.push(request.url, request.url.includes('/api/') ? ((await (await cache.match(request))?.text()) ?? '') : '');
    }
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((done, fail) => {
        const asked = indexedDB.open(name ?? '');
        asked.onsuccess = () => done(asked.result);
        asked.onerror = () => fail(asked.error);
      });
      for (const store of db.objectStoreNames) {
        const all = await new Promise<unknown[]>((done) => {
          const asked = db.transaction(store).objectStore(store).getAll();
          asked.onsuccess = () => done(asked.result);
        });
        for (const row of all) {
          const draft = row as { ws?: string; file?: Uint8Array };
          if (draft.ws?.startsWith('feedback:')) continue;
          out.push(draft.file ? new TextDecoder('latin1').decode(draft.file) : JSON.stringify(row));
        }
      }
      db.close();
    }
    return out.join('\n');
  });
}

/** An entry with all fields required for sharing; returns its id. */
export async function entry(page: Page): Promise<string> {
  await page.goto(new URL('/pages/new', page.url()).href);
  await page.getByLabel('A short name only you know').fill('Deposit');
  await page.getByRole('radio', { name: 'Someone else', exact: true }).check();
  await page.getByLabel('What I did').fill('I kept the deposit.');
  await page.getByRole('checkbox', { name: 'Trust', exact: true }).check();
  await page.getByLabel('My part only, not theirs').fill('I lied.');
  await page.getByRole('group', { name: 'Can they be reached?' }).getByRole('radio', { name: 'Yes' }).check();
  await page.getByRole('radio', { name: 'Mostly' }).check();
  await expect(page.locator('.lockline .saved').first()).toHaveText(/Saved/);
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

export const acctOf = async (page: Page): Promise<string> => (await ask<{ acct: string }>(page, 'GET', '/me')).acct;

/** The text of the QR code on screen, decoded as a camera would. */
export async function codeOf(page: Page): Promise<string> {
  const path = await page.locator('svg.qr path').getAttribute('d');
  const size = Number((await page.locator('svg.qr').getAttribute('viewBox'))?.split(' ')[2]);
  const scale = 6;
  const side = size * scale;
  const data = new Uint8ClampedArray(side * side * 4).fill(255);
  for (const [, x, y] of path?.matchAll(/M(\d+) (\d+)h1/g) ?? [])
    for (let dy = 0; dy < scale; dy++)
      for (let dx = 0; dx < scale; dx++)
        data.fill(0, ((Number(y) * scale + dy) * side + Number(x) * scale + dx) * 4, ((Number(y) * scale + dy) * side + Number(x) * scale + dx) * 4 + 3);
  return decodeQR({ data, width: side, height: side });
}
