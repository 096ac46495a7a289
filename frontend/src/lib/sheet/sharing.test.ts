// Sharing a page through a lying server, with real keys: for whom a page is sealed, in which
// version, and what the page reports when it is not shared.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import type { Signin } from '../signin/signin.svelte';
import { again, compared, person, stanzas, type Person } from '../vault/people.testing';
import type { Sealed } from '../wire/wire';
import { House } from './house.testing';
import { Readership } from './readership.svelte';
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
  await sheet.load(true);
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
  expect(sam.keeper.standingOf(WS + 1)).toEqual({ sent: { [maria.acct]: 1 }, left: [], head: 1 });
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

/** The same person after a lock: a new worker that knows what device and server have. */
async function unlocked(): Promise<Signin> {
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return { ...signin, vault: keeper } as unknown as Signin;
}

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
  expect([sealedFor(), sam.keeper.standingOf(WS + 1).left]).toEqual([[1, 1], []]);
  house.grants = [];
  expect(await who()).toEqual({ is: 'onlyYou' });
});

it('nor does an older version than the newest shared one', async () => {
  const sheet = await readOnce();
  await sheet.finish();
  await sam.keeper.setConsent(WS + 1, maria.acct, false);
  house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: Sealed[] } | null)?.sealed.filter((r) => r.ver !== 1) }));
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.standingOf(WS + 1).left]).toEqual([[2, 1], [2]]);
  house.lies.length = 0;
  await sheet.sharing.narrow();
  expect([sealedFor(), sam.keeper.standingOf(WS + 1).left]).toEqual([[1, 1], []]);
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
  expect([sheet.sharing.readerGone, house.grants, sam.keeper.readersOf(WS + 1), sam.keeper.standingOf(WS + 1).left]).toEqual([true, [], [], [1]]);
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
  expect([house.did, sam.keeper.standingOf(WS + 1).left]).toEqual([[`PUT /worksheets/${WS}1/versions/1`, 'PUT /vault'], []]);
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
  await vi.waitFor(() => expect(readership.told).toBe(1));
  await readership.look(WS + 1, true);
  expect(readership.ofStored(WS + 1)).toEqual({ is: 'unknown' });
  go();
  await done;
  await vi.waitFor(() => expect(readership.told).toBe(2));
  other.close();
  await readership.look(WS + 1, true);
  expect(readership.ofStored(WS + 1)).toMatchObject({ is: 'readers', all: [maria.acct] });
});
