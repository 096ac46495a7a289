// Sharing a page through a lying server, with real keys: for whom a page is sealed, in which
// version, and what the page reports when it is not shared.

import { IDBFactory } from 'fake-indexeddb';
import { expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import type { Signin } from '../signin/signin.svelte';
import { again } from '../vault/people.testing';
import type { Sealed } from '../wire/wire';
import { Readership } from './readership.svelte';
import { freshWorld, house, maria, page, sam, sealedFor, signin, turnOn, unlocked, WS } from './sharing.testing';
import { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';

freshWorld();

it('no server list makes anybody a reader: pages stay sealed for their owner', async () => {
  for (const n of [1, 2, 3, 4, 5]) await page(WS + n, 'Page ' + n);
  const stranger = 'A'.repeat(22);
  const everybody = (truth: unknown) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.map((r) => ({ ...r, readers: [sam.acct, maria.acct, stranger] })) });
  house.lie(/GET \/worksheets(\/[^/]+\/versions)?$/, everybody);
  house.lie(/GET \/grants$/, () => ({ grants: [1, 2, 3, 4, 5].map((n) => ({ ws: WS + n, reader: maria.acct })) }));
  house.did.length = 0;
  const sheets = new Sheets(signin);
  await sheets.load();
  await new Pairs(signin, sheets).load();
  for (const row of sheets.rows) {
    expect(row.readers).toEqual([]);
    await (await sheets.open(row.ws)).sharing.narrow();
    await (await sheets.open(row.ws)).finish();
  }
  expect(sheets.rows).toHaveLength(5);
  expect(sealedFor()).toEqual([1, 1, 1, 1, 1]);
  expect(house.did.filter((d) => d.includes('/worksheets/'))).toEqual([]);
});

it('a page is saved for its owner, then the server’s vault records the version and its readers, then it is sealed for them', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  await sheet.finish();
  expect(house.did).toEqual([`PUT /worksheets/${WS}1/versions/1`, 'PUT /vault', 'PUT /vault', `PUT /worksheets/${WS}1/versions/1`]);
  expect(sam.keeper.sharedVersions(WS + 1)).toEqual({ sent: { [maria.acct]: 1 }, left: [], head: 1 });
  expect(sealedFor()).toEqual([2]);
  expect(sheet.sharing.sentTo).toEqual([maria.acct]);
  expect(sheet.sharing.unshared).toBe(false);
});

it('a version missing in the server’s vault is not shared; the page says so, and it is retried', async () => {
  await turnOn(WS + 1);
  house.lie(/PUT \/vault$/, () => null);
  const sheet = await page(WS + 1, 'Coach');
  await expect(sheet.finish()).rejects.toThrow();
  expect([sheet.sharing.unshared, sheet.saved]).toEqual([true, 'server']);
  expect(sealedFor()).toEqual([1]);
  house.lies.length = 0;
  await sheet.finish();
  expect(sheet.sharing.unshared).toBe(false);
  expect(sealedFor()).toEqual([2]);
  // The vault on the server names it, so a new device knows the version.
  const device = await again(sam);
  expect((await device.openVault(house.vault.ctr, house.vault.file)).sheets[WS + 1]?.ver).toBe(1);
});

it('an old version served as the newest is not shared, and the page says that it was refused', async () => {
  const sheet = await page(WS + 1, 'Coach');
  sheet.answers = { nick: 'Coach, kinder' };
  sheet.changed();
  await sheet.flush();
  await turnOn(WS + 1);
  house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.filter((r) => r.ver === 1) }));
  await expect(sheet.finish()).rejects.toThrow('E_ROLLBACK');
  house.lies.length = 0;
  house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.map((r) => ({ ...r, id: 'id0' })) }));
  await expect(sheet.finish()).rejects.toThrow('E_ROLLBACK');
  expect(sealedFor()).toEqual([1, 1]);
  // A device that has only the vault refuses it as well.
  globalThis.indexedDB = new IDBFactory();
  const device = await again(sam);
  await device.openVault(house.vault.ctr, house.vault.file);
  const there = new Sheet(WS + 1, { ...signin, vault: device } as unknown as Signin);
  await there.load();
  expect([there.refused, there.answers]).toEqual([true, {}]);
});

it('a page that could not be turned on in the vault stays off', async () => {
  const sheets = new Sheets(signin);
  const sheet = await page(WS + 1, 'Coach');
  house.lie(/PUT \/vault$/, () => null);
  await expect(new Pairs(signin, sheets).share(WS + 1, maria.acct)).rejects.toThrow();
  house.lies.length = 0;
  expect(sam.keeper.readersOf(WS + 1)).toEqual([]);
  await sheet.finish();
  expect(sealedFor()).toEqual([1]);
});

it('a page turned on while the list of grants was being fetched stays on', async () => {
  await page(WS + 1, 'Coach');
  const sheets = new Sheets(signin);
  await sheets.load();
  house.lie(/GET \/grants$/, () => {
    void sam.keeper.setConsent(WS + 1, maria.acct, true);
    return { grants: [] };
  });
  await new Pairs(signin, sheets).load();
  expect(sam.keeper.readersOf(WS + 1)).toEqual([maria.acct]);
});

it('a version whose vault entry was lost in a lock is recorded again, and shared', async () => {
  await turnOn(WS + 1);
  house.lie(/PUT \/vault$/, () => null);
  const sheet = await page(WS + 1, 'Coach');
  house.lies.length = 0;
  Object.assign(signin, await unlocked());
  await sheet.finish();
  expect([sheet.sharing.unshared, sealedFor()]).toEqual([false, [2]]);
});

it('a version that another tab stored meanwhile is read and shared', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  const there = new Sheet(WS + 1, await unlocked());
  await there.load();
  there.answers = { nick: 'Coach, there' };
  there.changed();
  await there.flush();
  await sheet.finish();
  expect([sheet.version, sheet.answers, sealedFor()]).toEqual([2, { nick: 'Coach, there' }, [1, 2]]);
});

it('no file leaves for anybody before the vault on the server says so', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  house.lie(/PUT \/vault$/, () => null);
  await expect(sheet.finish()).rejects.toThrow();
  expect([sheet.sharing.unshared, sealedFor()]).toEqual([true, [1]]);
});

it('nor when another device turned the page off at that moment', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  const there = await unlocked();
  const go = house.hold(/PUT .*\/vault$/);
  house.asked.length = 0;
  const done = sheet.finish().catch(() => undefined);
  await vi.waitFor(() => expect(house.asked.at(-1)).toContain('GET /sealed/'));
  const off = await there.vault.setConsent(WS + 1, maria.acct, false);
  house.vault = { ctr: house.vault.ctr + 1, file: off.file };
  go();
  await done;
  expect([sam.keeper.readersOf(WS + 1), sealedFor()]).toEqual([[], [1]]);
});

it('other tabs are told before the file leaves, and again when it is stored', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  const there = Object.assign(await unlocked(), { open: true });
  const readership = new Readership(there);
  await readership.look(WS + 1, true);
  expect(readership.ofStored(WS + 1)).toEqual({ is: 'onlyYou' });
  const other = new BroadcastChannel('readers');
  other.onmessage = () => void readership.heard();
  const go = house.hold(/PUT .*versions\/1$/);
  const done = sheet.finish();
  await vi.waitFor(() => expect(readership.changes).toBe(1));
  await readership.look(WS + 1, true);
  expect(readership.ofStored(WS + 1)).toEqual({ is: 'unknown' });
  go();
  await done;
  await vi.waitFor(() => expect(readership.changes).toBe(2));
  other.close();
  await readership.look(WS + 1, true);
  expect(readership.ofStored(WS + 1)).toMatchObject({ is: 'readers', all: [maria.acct] });
});
