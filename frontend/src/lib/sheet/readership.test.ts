// Who can read a page, when the server may leave somebody out. Real keys, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { changeVault } from '../signin/vaultsync';
import type { Signin } from '../signin/signin.svelte';
import { unb64u } from '../vault/bytes';
import { again, compared, person, type Person } from '../vault/people.testing';
import { toBody } from './answers';
import { House } from './house.testing';
import { Readership } from './readership.svelte';
import type { Row } from './rows';

const WS = '0192f0c4-0000-4000-8000-000000000001';
let sam: Person, maria: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  house = new House(sam.acct);
  const one = await sam.keeper.sealDoc('worksheet', WS, 1, null, toBody('entry@1', { nick: 'Coach' }));
  await sam.keeper.noteSheet(WS, 'Coach', 1, one.hc);
  await sam.keeper.setConsent(WS, maria.acct, true);
  signin = await house.signin(sam);
  const shared = await sam.keeper.shareDoc(WS, unb64u(one.file));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct, ...shared.readers], shared.file);
  house.grants = [{ ws: WS, reader: maria.acct }];
});
afterEach(() => {
  vi.unstubAllGlobals();
});

async function who(as = signin): Promise<unknown> {
  const readership = new Readership(as);
  await readership.look(WS, true);
  return readership.ofRow({ ws: WS, unsent: false } as Row);
}

it('is the mentor who is listed and named in the file', async () => {
  expect(await who()).toMatchObject({ is: 'readers', all: [maria.acct] });
});

it('is not nobody when the list of grants is empty, but the page is on and sealed for somebody', async () => {
  house.grants = [];
  expect(await who()).toEqual({ is: 'unknown' });
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, false));
  expect(await who()).toEqual({ is: 'onlyYou' });
});

it('a file that another device sealed under a newer vault opens after fetching that vault', async () => {
  const behind = await again(sam);
  await behind.openVault(house.vault.ctr, house.vault.file);
  const here = { ...signin, vault: behind } as unknown as Signin;
  // The next version is sealed after the vault changed.
  await changeVault(signin, () => sam.keeper.noteSheet('0192f0c4-0000-4000-8000-000000000009', 'Sister', 1, 'ab'.repeat(32)));
  const one = await sam.keeper.openDoc('worksheet', WS, 1, house.rows[0]?.file ?? new Uint8Array(0));
  const two = await sam.keeper.sealDoc('worksheet', WS, 2, one.hc, toBody('entry@1', { nick: 'Coach R' }));
  house.put('worksheet', sam.acct, WS, 2, [sam.acct], two.file);
  expect(await who(here)).toMatchObject({ is: 'readers', held: [{ accts: [maria.acct] }] });
});

/** Saved for the owner alone, up to a version. */
async function savedOn(to: number): Promise<void> {
  let hc = (await sam.keeper.openDoc('worksheet', WS, 1, house.rows[0]?.file ?? new Uint8Array(0))).hc;
  for (let ver = 2; ver <= to; ver++) {
    const next = await sam.keeper.sealDoc('worksheet', WS, ver, hc, toBody('entry@1', { nick: 'Coach', did: String(ver) }));
    hc = next.hc;
    await changeVault(signin, () => sam.keeper.noteSheet(WS, 'Coach', ver, hc));
    house.put('worksheet', sam.acct, WS, ver, [sam.acct], next.file);
  }
}

it('is not nobody when the list leaves out the version that the mentor has', async () => {
  await savedOn(2);
  expect(await who()).toMatchObject({ is: 'readers', held: [{ accts: [maria.acct] }] });
  house.rows.shift();
  expect(await who()).toEqual({ is: 'unknown' });
  house.grants = [];
  expect(await who()).toEqual({ is: 'unknown' });
});

it('nor when the list ends before the newest version, or has another text for it', async () => {
  await savedOn(2);
  const two = house.rows.pop();
  expect(await who()).toEqual({ is: 'unknown' });
  const other = await sam.keeper.sealDoc('worksheet', WS, 2, null, toBody('entry@1', { nick: 'Coach', did: 'other' }));
  house.put('worksheet', sam.acct, WS, 2, two?.readers ?? [], other.file);
  expect(await who()).toEqual({ is: 'unknown' });
});

it('nor when a version is missing that could have been pruned: the vault knows that it was sent', async () => {
  await changeVault(signin, () => sam.keeper.noteSent(WS, 1, [maria.acct]));
  await savedOn(12);
  expect(await who()).toMatchObject({ is: 'readers', held: [{ accts: [maria.acct] }] });
  house.rows.shift();
  expect(await who()).toEqual({ is: 'unknown' });
  // Turned off and on again without a send, the version is still missing. Once it was seen without
  // her, the rest of the list is complete.
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, false));
  expect(await who()).toEqual({ is: 'unknown' });
  await changeVault(signin, () => sam.keeper.noteLeft(WS, [1], []));
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, true));
  expect(await who()).toEqual({ is: 'onlyYou' });
});

it('a change by another tab is fetched at once, using the vault as that tab left it', async () => {
  const behind = await again(sam);
  await behind.openVault(house.vault.ctr, house.vault.file);
  const here = { ...signin, vault: behind, open: true } as unknown as Signin;
  const readership = new Readership(here);
  await readership.look(WS, true);
  const said = () => readership.ofStored(WS);
  expect(said()).toMatchObject({ is: 'readers', all: [maria.acct] });
  // The other tab turns the page off.
  house.grants = [];
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, false));
  const less = await sam.keeper.resealDoc(WS, 1, house.rows[0]?.file ?? new Uint8Array(0));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct], less?.file ?? '');
  const heard = readership.heard();
  expect(said()).toBe('asking');
  await heard;
  expect(readership.changes).toBe(1);
  await readership.look(WS, true);
  expect(said()).toEqual({ is: 'onlyYou' });
});

it('a reply requested before another tab announced a change is discarded', async () => {
  const readership = new Readership({ ...signin, open: true } as unknown as Signin);
  const go = house.hold(/GET .*\/grants$/);
  const late = readership.look(WS, true);
  await readership.heard();
  go();
  await late;
  expect(readership.ofStored(WS)).toBe('asking');
});

/** A list of this page and two others, on a device that looked before the page was turned on. */
async function list(): Promise<{ readership: Readership; said: () => unknown; end: () => void }> {
  const mine = house.rows[0];
  const one = { file: mine?.file ?? new Uint8Array(0) };
  const less = await sam.keeper.setConsent(WS, maria.acct, false).then(() => sam.keeper.resealDoc(WS, 1, one.file));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct], less?.file ?? '');
  house.grants = [];
  await changeVault(signin, () => sam.keeper.pendingVault());
  const there = await again(sam);
  await there.openVault(house.vault.ctr, house.vault.file);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  const app = new EventTarget();
  vi.stubGlobal('addEventListener', app.addEventListener.bind(app));
  vi.stubGlobal('removeEventListener', app.removeEventListener.bind(app));
  vi.stubGlobal('dispatchEvent', app.dispatchEvent.bind(app));
  const readership = new Readership({ ...signin, vault: there } as unknown as Signin);
  const ends = [WS, WS + 'a', WS + 'b'].map((ws) => readership.followRow(ws, true));
  await readership.lookAll();
  return { readership, said: () => readership.ofStored(WS), end: () => ends.forEach((e) => e()) };
}

it('a list follows what another device turned on, with one look for all rows', async () => {
  const { readership, said, end } = await list();
  expect(said()).toEqual({ is: 'onlyYou' });
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, true));
  const shared = await sam.keeper.shareDoc(WS, house.rows[0]?.file ?? new Uint8Array(0));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct, maria.acct], shared.file);
  house.grants = [{ ws: WS, reader: maria.acct }];
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(said()).toMatchObject({ is: 'readers', all: [maria.acct] }));
  // Nothing changed: the files are not requested again.
  await vi.waitFor(() => expect(house.asked).toContain('GET /vault'));
  await readership.lookAll();
  // Requests of one moment share the list of grants.
  await new Promise((go) => setTimeout(go));
  house.asked.length = 0;
  await readership.lookAll();
  expect([...house.asked].sort()).toEqual(['GET /grants', 'GET /worksheets']);
  expect(said()).toMatchObject({ is: 'readers', all: [maria.acct] });
  end();
  house.asked.length = 0;
  document.dispatchEvent(new Event('visibilitychange'));
  expect(house.asked).toEqual([]);
});

it('a list that is offline does not say who reads, and does again when it is online', async () => {
  const { said, end } = await list();
  house.lie(/GET /, (truth) => {
    if (truth === null) return {};
    throw new Error('offline');
  });
  dispatchEvent(new Event('offline'));
  await vi.waitFor(() => expect(said()).toEqual({ is: 'unknown' }));
  house.lies.length = 0;
  dispatchEvent(new Event('online'));
  await vi.waitFor(() => expect(said()).toEqual({ is: 'onlyYou' }));
  end();
});

it('a tab that becomes visible does not repeat what it knew before', async () => {
  const { readership, said, end } = await list();
  const endPage = readership.follow(WS, () => true);
  expect(said()).toEqual({ is: 'onlyYou' });
  const go = house.hold(/GET .*\/grants/);
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 5_000);
  document.dispatchEvent(new Event('visibilitychange'));
  expect(said()).toBe('asking');
  go();
  await vi.waitFor(() => expect(said()).toEqual({ is: 'onlyYou' }));
  vi.restoreAllMocks();
  endPage();
  end();
});

it.each(['page', 'list'])('what a slow look already contradicts is not shown until it ends, and nothing for longer than a minute, on a %s', async (what) => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance', 'Date'] });
  vi.setSystemTime(Date.now());
  vi.advanceTimersByTime(5_000);
  const { readership, said, end } = await list();
  const endPage = readership.follow(WS, () => true);
  expect(said()).toEqual({ is: 'onlyYou' });
  // Another device turns the page on; the file arrives late.
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, true));
  const shared = await sam.keeper.shareDoc(WS, house.rows[0]?.file ?? new Uint8Array(0));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct, maria.acct], shared.file);
  house.grants = [{ ws: WS, reader: maria.acct }];
  const go = house.hold(/GET .*\/sealed\//);
  house.held = 0;
  vi.advanceTimersByTime(10_000);
  await vi.waitFor(() => expect(house.held).toBeGreaterThan(0));
  expect(said()).toBe('asking');
  go();
  await vi.waitFor(() => expect(said()).toMatchObject({ is: 'readers', all: [maria.acct] }));
  // A look that does not end, for a page of which nothing new is known.
  if (what === 'page') end();
  else endPage();
  house.hold(/GET .*\/grants$/);
  house.held = 0;
  vi.advanceTimersByTime(10_000);
  await vi.waitFor(() => expect(house.held).toBeGreaterThan(0));
  expect(said()).toMatchObject({ is: 'readers' });
  vi.advanceTimersByTime(61_000);
  expect(said()).toBe('asking');
  if (what === 'page') endPage();
  else end();
  vi.useRealTimers();
});

it('a server that hides a new grant from one device does not make it say nobody', async () => {
  const { readership, said, end } = await list();
  await changeVault(signin, () => sam.keeper.setConsent(WS, maria.acct, true));
  const shared = await sam.keeper.shareDoc(WS, house.rows[0]?.file ?? new Uint8Array(0));
  await changeVault(signin, () => sam.keeper.noteSent(WS, 1, shared.readers));
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(house.asked).toContain('GET /vault'));
  await vi.waitFor(async () => {
    await readership.lookAll();
    expect(said()).toEqual({ is: 'unknown' });
  });
  end();
});

it('who reads is not known while the vault cannot be fetched, whatever the server lists', async () => {
  const { readership, said, end } = await list();
  expect(said()).toEqual({ is: 'onlyYou' });
  house.lie(/GET \/vault$/, () => {
    throw new Error('the vault is kept back');
  });
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.waitFor(() => expect(said()).toEqual({ is: 'unknown' }));
  await readership.look(WS, true, true);
  expect(said()).toEqual({ is: 'unknown' });
  end();
});

it('a look that takes longer than the time to the next one still ends', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { readership, said, end } = await list();
  const endPage = readership.follow(WS, () => true);
  const go = house.hold(/GET .*\/grants/);
  house.held = 0;
  // Requests of one moment share the list of grants.
  await new Promise((go) => setTimeout(go));
  vi.advanceTimersByTime(35_000);
  // The page and the list share one request, and there is not one more for each time that it was due.
  await vi.waitFor(() => expect(house.held).toBeGreaterThan(0));
  await new Promise((go) => setTimeout(go, 50));
  expect(house.held).toBe(1);
  go();
  await vi.waitFor(() => expect(said()).toEqual({ is: 'onlyYou' }));
  endPage();
  end();
  vi.useRealTimers();
});
