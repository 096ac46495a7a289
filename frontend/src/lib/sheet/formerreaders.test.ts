// Readers who were turned off: every stored version is resealed without them, later if not at once,
// whatever the server's lists leave out.

import { expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import type { Sealed } from '../wire/wire';
import { Readership } from './readership.svelte';
import { freshWorld, house, maria, page, sam, sealedFor, signin, turnOn, unlocked, WS } from './sharing.testing';
import type { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';

freshWorld();

/** A page of which Maria has a version, and which was edited since. */
async function readOnce(): Promise<Sheet> {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  await sheet.finish();
  sheet.answers = { nick: 'Coach, later' };
  sheet.changed();
  await sheet.flush();
  expect(sealedFor()).toEqual([2, 1]);
  return sheet;
}

it('a grant closed by the server turns the page off and reseals every version without the reader', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  await sheet.finish();
  sheet.answers = { nick: 'Coach, later' };
  sheet.changed();
  await sheet.flush();
  expect(sealedFor()).toEqual([2, 1]);
  house.grants = [];
  const sheets = new Sheets(signin);
  await sheets.load();
  await new Pairs(signin, sheets).load();
  expect(sealedFor()).toEqual([1, 1]);
  expect(sam.keeper.readersOf(WS + 1)).toEqual([]);
});

it('an older version that could not be resealed at once is resealed later, also after a lock', async () => {
  await readOnce();
  house.grants = [];
  house.lie(/PUT .*versions\/1$/, () => null);
  for (const now of [signin, await unlocked()]) {
    const sheets = new Sheets(now);
    await sheets.load();
    await new Pairs(now, sheets).load();
    expect([sam.keeper.readersOf(WS + 1), sealedFor()]).toEqual([[], [2, 1]]);
  }
  const after = await unlocked();
  const sheets = new Sheets(after);
  await sheets.load();
  const pairs = new Pairs(after, sheets);
  await pairs.load();
  house.lies.length = 0;
  await pairs.load();
  expect(sealedFor()).toEqual([1, 1]);
  // Once per unlock: nothing of it is requested again.
  const asked = vi.spyOn(globalThis, 'fetch');
  await pairs.load();
  expect(asked.mock.calls.filter(([url]) => String(url).includes('/worksheets/'))).toEqual([]);
});

it('a page cannot be turned on again while an old version is sealed for a former reader', async () => {
  const sheet = await readOnce();
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.lie(/PUT .*versions\/1$/, () => null);
  house.did.length = 0;
  const pairs = new Pairs(signin, new Sheets(signin));
  await expect(pairs.share(WS + 1, maria.acct)).rejects.toThrow();
  expect(house.did.filter((d) => d.includes('/grants/'))).toEqual([]);
  expect(sam.keeper.readersOf(WS + 1)).toEqual([]);
  house.lies.length = 0;
  await pairs.share(WS + 1, maria.acct);
  expect(sealedFor()).toEqual([1, 2]);
  expect(sheet.version).toBe(2);
});

it('one version that cannot be resealed does not block the others', async () => {
  const sheet = await readOnce();
  await sheet.finish();
  sheet.answers = { nick: 'Coach, last' };
  sheet.changed();
  await sheet.finish();
  expect(sealedFor()).toEqual([2, 2, 2]);
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.did.length = 0;
  house.lie(/PUT .*versions\/2$/, () => null);
  await expect(sheet.sharing.narrow()).rejects.toThrow();
  expect(sealedFor()).toEqual([1, 2, 1]);
  expect(house.did).toEqual([3, 2, 1].map((n) => `PUT /worksheets/${WS}1/versions/${n}`));
});

it('a version hidden by a lying list does not count as resealed until it is', async () => {
  const sheet = await readOnce();
  const readership = new Readership(signin);
  const who = async () => {
    await readership.look(WS + 1, true, true);
    return readership.ofSheet(sheet);
  };
  house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.slice(-1) }));
  house.lie(/GET \/grants$/, () => ({ grants: [] }));
  for (const now of [signin, await unlocked()]) {
    const sheets = new Sheets(now);
    await sheets.load();
    await new Pairs(now, sheets).load();
  }
  expect([sam.keeper.readersOf(WS + 1), sealedFor()]).toEqual([[], [2, 1]]);
  expect(await who()).toEqual({ is: 'unknown' });
  house.lies.length = 0;
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.sharedVersions(WS + 1).left]).toEqual([[1, 1], []]);
  house.grants = [];
  expect(await who()).toEqual({ is: 'onlyYou' });
});

it('nor does an older version than the newest shared one', async () => {
  const sheet = await readOnce();
  await sheet.finish();
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.filter((r) => r.ver !== 1) }));
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.sharedVersions(WS + 1).left]).toEqual([
    [2, 1],
    [1, 2],
  ]);
  house.lies.length = 0;
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.sharedVersions(WS + 1).left]).toEqual([[1, 1], []]);
});

it('nor one that the server serves as it was before it was shared: it is resealed whatever its file says', async () => {
  const sheet = await page(WS + 1, 'Coach');
  const was = house.rows[0]?.file;
  await turnOn(WS + 1);
  await sheet.finish();
  sheet.answers = { nick: 'Coach, later' };
  sheet.changed();
  await sheet.finish();
  expect(sealedFor()).toEqual([2, 2]);
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.lie(/GET \/sealed\/id0$/, () => new Response(was));
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.sharedVersions(WS + 1).left]).toEqual([[1, 1], []]);
});

it('a reader hidden by the server’s lists is removed too', async () => {
  const sheet = await readOnce();
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.lie(/GET \/worksheets(\/[^/]+\/versions)?$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.map((r) => ({ ...r, readers: [sam.acct] })) }));
  await sheet.sharing.narrow();
  expect(sealedFor()).toEqual([1, 1]);
  // Versions sealed for the owner alone are left unchanged.
  house.did.length = 0;
  await sheet.sharing.narrow();
  expect(house.did).toEqual([]);
});
