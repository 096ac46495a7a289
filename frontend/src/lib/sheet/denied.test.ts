// A server that keeps a file sealed for a mentor and denies it: such a page is never called only
// yours before it was resealed.

import { expect, it } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import { Readership } from './readership.svelte';
import { freshWorld, house, maria, page, sam, sealedFor, signin, turnOn, unlocked, WS } from './sharing.testing';
import type { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';

freshWorld();

/** Who can read the page, as the open page says after looking anew. */
async function who(sheet: Sheet, as = signin): Promise<unknown> {
  const readership = new Readership(as);
  await readership.look(sheet.ws, true, true);
  return readership.ofSheet(sheet);
}

/** The same after a reload, once the list and the pairings were loaded. */
async function whoLater(): Promise<unknown> {
  const now = await unlocked();
  const sheets = new Sheets(now);
  await sheets.load();
  await new Pairs(now, sheets).load();
  return who(await sheets.open(WS + 1), now);
}

/** The server keeps what it is sent for this line, and denies it. */
const denies = (line: RegExp, status: number, code: string) => house.lie(line, (truth) => (truth === null ? {} : Response.json({ code }, { status })));

/** The server shows this file to its owner, whatever it stored since. */
function shows(file: Uint8Array<ArrayBuffer>, grants: boolean): void {
  house.lie(/GET \/sealed\//, (truth) => (truth === null ? {} : new Response(file)));
  if (!grants) house.lie(/GET \/grants$/, () => ({ grants: [] }));
}

it.each([
  [403, 'worksheet.reader_refused', false],
  [403, 'worksheet.reader_refused', true],
  [403, 'forbidden', true],
  [400, 'bad', false],
  [422, 'worksheet.shape', true],
])('a mentor’s version that the server keeps and denies (%d %s) is never only yours', async (status, code, grants) => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  const before = house.rows[0]?.file ?? new Uint8Array(0);
  shows(before, grants);
  denies(/PUT .*versions\/1$/, status, code);
  await sheet.finish().catch(() => undefined);
  // Before the page looks again, after it, and after a reload.
  expect(sheet.sharing.unsure).toBe(true);
  expect(await who(sheet)).toEqual({ is: 'unknown' });
  expect(await whoLater()).toEqual({ is: 'unknown' });
});

it('a refusal withdraws the page; it is only yours once that version was resealed, whatever the list showed', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  const before = house.rows[0]?.file ?? new Uint8Array(0);
  shows(before, true);
  denies(/PUT .*versions\/1$/, 403, 'worksheet.reader_refused');
  await expect(sheet.finish()).rejects.toThrow();
  expect([sheet.sharing.readerGone, house.grants, sam.keeper.readersOf(WS + 1), sam.keeper.sharedVersions(WS + 1).left]).toEqual([true, [], [], [1]]);
  house.lies.length = 0;
  house.did.length = 0;
  expect(await whoLater()).toEqual({ is: 'onlyYou' });
  expect([house.did.filter((d) => d.includes('/versions/')).length, sealedFor()]).toEqual([1, [1]]);
});

it('an honest refusal leaves the page only yours', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  house.grants = [];
  await sheet.finish();
  expect([sheet.sharing.readerGone, sheet.sharing.unsure, sealedFor(), await who(sheet), await whoLater()]).toEqual([true, false, [1], { is: 'onlyYou' }, { is: 'onlyYou' }]);
});

it('a version that could not be resealed after a refusal is resealed with the next list, without a lock', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  const sheets = new Sheets(signin);
  await sheets.load();
  const pairs = new Pairs(signin, sheets);
  await pairs.load();
  await turnOn(WS + 1);
  const before = house.rows[0]?.file ?? new Uint8Array(0);
  shows(before, true);
  denies(/PUT .*versions\/1$/, 403, 'worksheet.reader_refused');
  await expect(sheet.finish()).rejects.toThrow();
  house.lies.length = 0;
  house.did.length = 0;
  await pairs.load();
  expect([house.did, sam.keeper.sharedVersions(WS + 1).left]).toEqual([[`PUT /worksheets/${WS}1/versions/1`, 'PUT /vault'], []]);
});
