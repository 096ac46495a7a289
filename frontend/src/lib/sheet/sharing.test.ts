// Sharing a page through a server that lies, with real keys: whom a page is sealed for, which
// version, and what is said when it is not.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import type { Signin } from '../signin/signin.svelte';
import { again, compared, person, stanzas, type Person } from '../vault/people.testing';
import type { Sealed } from '../wire/wire';
import { House } from './house.testing';
import { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';

const WS = '0192f0c4-0000-4000-8000-00000000000';
let sam: Person, maria: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  house = new House(sam.acct);
  signin = await house.signin(sam);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A page that is written and saved. */
async function page(ws: string, nick: string): Promise<Sheet> {
  const sheet = new Sheet(ws, signin);
  await sheet.load();
  sheet.answers = { nick };
  sheet.changed();
  await sheet.flush();
  return sheet;
}

async function turnOn(ws: string): Promise<void> {
  const next = await sam.keeper.setConsent(ws, maria.acct, true);
  house.vault = next;
  await sam.keeper.vaultSaved(next.ctr);
  house.grants.push({ ws, reader: maria.acct });
}

const sealedFor = () => house.rows.map((r) => stanzas(r.file));

it('no list of the server makes anybody a reader: pages stay sealed for their owner', async () => {
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
    await (await sheets.open(row.ws)).narrow();
    await (await sheets.open(row.ws)).finish();
  }
  expect(sheets.rows).toHaveLength(5);
  expect(sealedFor()).toEqual([1, 1, 1, 1, 1]);
  expect(house.did.filter((d) => d.includes('/worksheets/'))).toEqual([]);
});

it('a page is saved for its owner, named by the vault on the server, and sealed for its readers then', async () => {
  await turnOn(WS + 1);
  const sheet = await page(WS + 1, 'Coach');
  await sheet.finish();
  expect(house.did).toEqual([`PUT /worksheets/${WS}1/versions/1`, 'PUT /vault', `PUT /worksheets/${WS}1/versions/1`]);
  expect(sealedFor()).toEqual([2]);
  expect(sheet.sentTo).toEqual([maria.acct]);
  expect(sheet.unshared).toBe(false);
});

it('a version that the server’s vault does not name is not shared, which is said, and it is tried again', async () => {
  await turnOn(WS + 1);
  house.lie(/PUT \/vault$/, () => null);
  const sheet = await page(WS + 1, 'Coach');
  await expect(sheet.finish()).rejects.toThrow();
  expect([sheet.unshared, sheet.saved]).toEqual([true, 'server']);
  expect(sealedFor()).toEqual([1]);
  house.lies.length = 0;
  await sheet.finish();
  expect(sheet.unshared).toBe(false);
  expect(sealedFor()).toEqual([2]);
  // The vault on the server names it: a new device knows the version.
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

it('a grant that the server closed turns the page off and seals every version without the reader', async () => {
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

it('a page that could not be turned on in the vault is not on', async () => {
  const sheets = new Sheets(signin);
  const sheet = await page(WS + 1, 'Coach');
  house.lie(/PUT \/vault$/, () => null);
  await expect(new Pairs(signin, sheets).share(WS + 1, maria.acct)).rejects.toThrow();
  house.lies.length = 0;
  expect(sam.keeper.readersOf(WS + 1)).toEqual([]);
  await sheet.finish();
  expect(sealedFor()).toEqual([1]);
});
