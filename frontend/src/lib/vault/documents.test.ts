// Who a document is sealed for (the readers in the open vault, whatever a caller passes) and which
// version is shared (the one in the vault).

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, describe, expect, it } from 'vitest';
import { unb64u } from './bytes';
import type { Keeper, SealedDoc } from './keeper';
import { nobody } from './findings';
import { again, compared, person, stanzas, type Person } from './people.testing';

const WS = '0192f0c4-0000-4000-8000-000000000001';
const body = (nick: string) => JSON.stringify({ title: nick, tpl: 'entry@1', fields: [] });
let sam: Person, maria: Person, ray: Person;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  [sam, maria, ray] = [await person(1), await person(2), await person(3)];
  await compared(sam, maria, 'Maria');
  await compared(sam, ray, 'Ray');
  await compared(maria, sam, 'Sam');
});

/** Saves the next version of Sam's page and records it in the vault. */
async function write(nick: string, ver: number, prev: SealedDoc | null = null, keeper = sam.keeper): Promise<SealedDoc> {
  const s = await keeper.sealDoc('worksheet', WS, ver, prev?.hc ?? null, body(nick));
  await keeper.noteSheet(WS, nick, ver, s.hc);
  return s;
}

/** The same person on another device. */
const elsewhere = (p: Person) => {
  globalThis.indexedDB = new IDBFactory();
  return again(p);
};

/** Calls a method with extra arguments, as code that trusted a server's list would. */
const asked = (keeper: Keeper, verb: 'sealDoc' | 'shareDoc' | 'resealDoc', ...args: unknown[]) =>
  (keeper[verb] as unknown as (...a: unknown[]) => Promise<{ file: string; readers?: string[] } | null>).apply(keeper, args);

describe('readers', () => {
  it('are the people for whom the vault has the page on, and nobody else', async () => {
    const one = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const shared = await sam.keeper.shareDoc(WS, unb64u(one.file));
    expect(shared.readers).toEqual([maria.acct]);
    expect(stanzas(unb64u(shared.file))).toBe(2);
    expect((await maria.keeper.openShared(WS, 1, sam.acct, unb64u(shared.file))).body).toBe(body('Coach'));
    await compared(ray, sam, 'Sam');
    await expect(ray.keeper.openShared(WS, 1, sam.acct, unb64u(shared.file))).rejects.toThrow('E_OPEN');
    expect((await sam.keeper.openDoc('worksheet', WS, 1, unb64u(shared.file))).readers).toEqual([maria.acct]);
  });

  it('cannot be passed in by a caller', async () => {
    const sealed = await asked(sam.keeper, 'sealDoc', 'worksheet', WS, 1, null, body('Coach'), [maria.acct]);
    const file = unb64u(sealed?.file ?? '');
    expect(stanzas(file)).toBe(1);
    await sam.keeper.openDoc('worksheet', WS, 1, file);
    const shared = await asked(sam.keeper, 'shareDoc', WS, file, [maria.acct]);
    expect(shared?.readers).toEqual([]);
    expect(stanzas(unb64u(shared?.file ?? ''))).toBe(1);
    expect(await asked(sam.keeper, 'resealDoc', WS, 1, file, [maria.acct])).toBeNull();
    await expect(asked(sam.keeper, 'sealDoc', 'feedback', WS, 1, null, body('Coach'), [maria.acct])).rejects.toThrow('E_CONTEXT');
  });

  it('are removed when the page is turned off for them or their comparison is undone', async () => {
    const one = await write('Coach', 1);
    for (const p of [maria, ray]) await sam.keeper.setConsent(WS, p.acct, true);
    await sam.keeper.setConsent(WS, ray.acct, false);
    expect((await sam.keeper.shareDoc(WS, unb64u(one.file))).readers).toEqual([maria.acct]);
    await sam.keeper.unpin(maria.acct);
    expect((await sam.keeper.shareDoc(WS, unb64u(one.file))).readers).toEqual([]);
    await expect(sam.keeper.setConsent(WS, maria.acct, true)).rejects.toThrow('E_UNKNOWN_AUTHOR');
  });

  it('cannot be computed before the vault was opened: E_LOCKED, and never an empty vault in its place', async () => {
    const one = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const shared = unb64u((await sam.keeper.shareDoc(WS, unb64u(one.file))).file);
    const tab = await again(sam);
    await expect(tab.shareDoc(WS, shared)).rejects.toThrow('E_LOCKED');
    await expect(tab.resealDoc(WS, 1, shared)).rejects.toThrow('E_LOCKED');
    await expect(tab.noteSheet(WS, 'Coach', 2, one.hc)).rejects.toThrow('E_LOCKED');
  });

  it('of an old version can be removed but not added', async () => {
    const one = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const shared = unb64u((await sam.keeper.shareDoc(WS, unb64u(one.file))).file);
    await write('Coach, again', 2, one);
    await sam.keeper.setConsent(WS, ray.acct, true);
    expect(await sam.keeper.resealDoc(WS, 1, shared)).toBeNull();
    await sam.keeper.setConsent(WS, maria.acct, false);
    const less = await sam.keeper.resealDoc(WS, 1, shared);
    expect(less?.readers).toEqual([]);
    expect(stanzas(unb64u(less?.file ?? ''))).toBe(1);
    await expect(maria.keeper.openShared(WS, 1, sam.acct, unb64u(less?.file ?? ''))).rejects.toThrow('E_OPEN');
  });

  it('who are still on stay readers after resealing', async () => {
    const one = await write('Coach', 1);
    for (const p of [maria, ray]) await sam.keeper.setConsent(WS, p.acct, true);
    const shared = unb64u((await sam.keeper.shareDoc(WS, unb64u(one.file))).file);
    await sam.keeper.setConsent(WS, ray.acct, false);
    expect((await sam.keeper.resealDoc(WS, 1, shared))?.readers).toEqual([maria.acct]);
  });
});

describe('a page about its reader', () => {
  const PLAN = WS.replace(/1$/, '2');
  const BACK = WS.replace(/1$/, '3');
  const about = (ws: string) => JSON.stringify({ title: 'Coach', tpl: 'plan@1', fields: [{ q: 'about', a: ws }] });
  const tell = (near: Record<string, string>, ws = WS, more: object = {}) => sam.keeper.noteSafety({ [ws]: { ...nobody(), names: ['coach'], near, ...more } });

  /** Seals a page and records it in the vault. */
  async function named(ws: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
    const s = await sam.keeper.sealDoc('worksheet', ws, 1, null, text);
    await sam.keeper.noteSheet(ws, 'Coach', 1, s.hc);
    return unb64u(s.file);
  }

  it('cannot be turned on for the people it is about, and is turned off where it was on', async () => {
    await named(WS, body('Coach'));
    for (const p of [maria, ray]) await sam.keeper.setConsent(WS, p.acct, true);
    const before = structuredClone(sam.keeper.readers());
    const next = await tell({ [maria.acct]: 'yes', [ray.acct]: 'no' });
    expect([before, sam.keeper.readersOf(WS), sam.keeper.readers()]).toEqual([{ [WS]: [maria.acct, ray.acct] }, [ray.acct], { [WS]: [ray.acct] }]);
    await expect(sam.keeper.setConsent(WS, maria.acct, true)).rejects.toThrow('E_NEAR');
    // An older app on another device reads only the switches, so they must be off too.
    const device = await elsewhere(sam);
    await device.openVault(next?.ctr ?? 0, next?.file ?? '');
    expect(JSON.stringify((device as unknown as { vault: unknown }).vault)).toContain(`"${maria.acct}":{"on":false`);
    expect(device.readersOf(WS)).toEqual([ray.acct]);
  });

  it('is never sealed for a person it is about, even with the switch on; nor is a plan about that page', async () => {
    const [entry, plan] = [await named(WS, body('Coach')), await named(PLAN, about(WS))];
    for (const ws of [WS, PLAN]) for (const p of [maria, ray]) await sam.keeper.setConsent(ws, p.acct, true);
    const shared = unb64u((await sam.keeper.shareDoc(PLAN, plan)).file);
    expect(stanzas(shared)).toBe(3);
    await tell({ [maria.acct]: 'yes' });
    expect((await sam.keeper.shareDoc(WS, entry)).readers).toEqual([ray.acct]);
    // The vault has no entry yet for what the plan is about; the plan's own text says it.
    expect(sam.keeper.readersOf(PLAN)).toContain(maria.acct);
    expect((await sam.keeper.shareDoc(PLAN, plan)).readers).toEqual([ray.acct]);
    expect((await sam.keeper.resealDoc(PLAN, 1, shared))?.readers).toEqual([ray.acct]);
    // Once the vault has the entry, the plan is turned off as well, and so is a look back on that
    // plan.
    await tell({}, PLAN, { same: [WS] });
    expect(sam.keeper.readersOf(PLAN)).toEqual([ray.acct]);
    await expect(sam.keeper.setConsent(PLAN, maria.acct, true)).rejects.toThrow('E_NEAR');
    const back = await named(BACK, about(PLAN));
    for (const p of [maria, ray]) await sam.keeper.setConsent(BACK, p.acct, true);
    expect((await sam.keeper.shareDoc(BACK, back)).readers).toEqual([ray.acct]);
  });

  it('keeps its bar when deleted, and passes it to a new page with that name until they are told apart', async () => {
    await named(WS, body('Coach'));
    await tell({ [maria.acct]: 'yes' });
    await sam.keeper.forgetSheet(WS);
    const fresh = await named(BACK, body(' COACH'));
    await sam.keeper.setConsent(BACK, maria.acct, true);
    expect((await sam.keeper.shareDoc(BACK, fresh)).readers).toEqual([]);
    await tell({}, BACK, { names: [], other: [WS] });
    expect((await sam.keeper.shareDoc(BACK, fresh)).readers).toEqual([maria.acct]);
  });
});

describe('the version', () => {
  it('that is shared must be the one the vault names', async () => {
    const one = await write('Coach', 1);
    const two = await write('Coach, kinder', 2, one);
    const other = await sam.keeper.sealDoc('worksheet', WS, 2, one.hc, body('Coach, angry'));
    const three = await sam.keeper.sealDoc('worksheet', WS, 3, two.hc, body('not named'));
    await sam.keeper.setConsent(WS, maria.acct, true);
    await expect(sam.keeper.shareDoc(WS, unb64u(one.file))).rejects.toThrow('E_ROLLBACK');
    await expect(sam.keeper.shareDoc(WS, unb64u(other.file))).rejects.toThrow('E_CHAIN');
    await expect(sam.keeper.shareDoc(WS, unb64u(three.file))).rejects.toThrow('E_CHAIN');
    await expect(sam.keeper.resealDoc(WS, 2, unb64u(other.file))).rejects.toThrow('E_CHAIN');
    expect((await sam.keeper.shareDoc(WS, unb64u(two.file))).ver).toBe(2);
  });

  it('of a page that the vault does not name is not shared', async () => {
    const one = await sam.keeper.sealDoc('worksheet', WS, 1, null, body('Coach'));
    await expect(sam.keeper.shareDoc(WS, unb64u(one.file))).rejects.toThrow('E_ROLLBACK');
  });

  it('cannot be rolled back on a new device that has the vault', async () => {
    const one = await write('Coach', 1);
    const two = await write('Coach, kinder', 2, one);
    const other = await sam.keeper.sealDoc('worksheet', WS, 2, one.hc, body('Coach, angry'));
    const vault = await sam.keeper.pendingVault();
    const device = await elsewhere(sam);
    await device.openVault(vault?.ctr ?? 0, vault?.file ?? '');
    await expect(device.openDoc('worksheet', WS, 1, unb64u(one.file))).rejects.toThrow('E_ROLLBACK');
    await expect(device.openDoc('worksheet', WS, 2, unb64u(other.file))).rejects.toThrow('E_CHAIN');
    expect((await device.openDoc('worksheet', WS, 2, unb64u(two.file))).body).toBe(body('Coach, kinder'));
  });

  it('is recorded on opening when its note was lost, if it follows the recorded version', async () => {
    const one = await write('Coach', 1);
    const vault = await sam.keeper.pendingVault();
    const two = await sam.keeper.sealDoc('worksheet', WS, 2, one.hc, body('Coach, kinder'));
    const stray = await sam.keeper.sealDoc('worksheet', WS, 2, two.hc, body('on nothing'));
    const three = await sam.keeper.sealDoc('worksheet', WS, 3, two.hc, body('Coach, later'));
    const device = await elsewhere(sam);
    await device.openVault(vault?.ctr ?? 0, vault?.file ?? '');
    expect(await device.pendingVault()).toBeNull();
    await expect(device.openDoc('worksheet', WS, 2, unb64u(stray.file))).rejects.toThrow('E_CHAIN');
    await device.openDoc('worksheet', WS, 2, unb64u(two.file));
    await device.setConsent(WS, maria.acct, true);
    expect((await device.shareDoc(WS, unb64u(two.file))).readers).toEqual([maria.acct]);
    expect(await device.pendingVault()).not.toBeNull();
    // Two lost notes in a row do not lock the page either.
    const other = await elsewhere(sam);
    await other.openVault(vault?.ctr ?? 0, vault?.file ?? '');
    await other.openDoc('worksheet', WS, 3, unb64u(three.file));
    expect((await other.shareDoc(WS, unb64u(three.file))).ver).toBe(3);
  });

  it('has one text only: a second text with the same number is refused', async () => {
    const one = await write('Coach', 1);
    await expect(sam.keeper.noteSheet(WS, 'Coach', 1, '00'.repeat(32))).rejects.toThrow('E_CHAIN');
    expect(await sam.keeper.noteSheet(WS, 'Coach', 1, one.hc)).not.toBeNull();
  });
});

describe('the vault', () => {
  it('must be fetched again when a newer file or another tab knows a newer one', async () => {
    const first = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const on = await sam.keeper.pendingVault();
    const tab = await again(sam);
    await tab.openVault(on?.ctr ?? 0, on?.file ?? '');
    await sam.keeper.vaultSaved(on?.ctr ?? 0);
    // Maria is turned off in this tab; the other tab does not know it.
    const off = await sam.keeper.setConsent(WS, maria.acct, false);
    await sam.keeper.vaultSaved(off.ctr);
    await expect(tab.shareDoc(WS, unb64u(first.file))).rejects.toThrow('E_ROLLBACK');
    const second = await write('Coach, kinder', 2, first);
    await expect(tab.openDoc('worksheet', WS, 2, unb64u(second.file))).rejects.toThrow('E_ROLLBACK');
    await tab.openVault(off.ctr, off.file);
    await tab.openDoc('worksheet', WS, 2, unb64u(second.file));
    expect((await tab.shareDoc(WS, unb64u(second.file))).readers).toEqual([]);
    await expect(tab.openVault(on?.ctr ?? 0, on?.file ?? '')).rejects.toThrow('E_ROLLBACK');
  });

  it('cannot be rolled back while it is open, even on a device that keeps no counters', async () => {
    const first = await sam.keeper.noteSheet(WS, 'Coach', 1, '00'.repeat(32));
    await sam.keeper.vaultSaved(first?.ctr ?? 0);
    const second = await sam.keeper.setConsent(WS, maria.acct, true);
    globalThis.indexedDB = new IDBFactory();
    const device = await again(sam);
    device.lent();
    await device.openVault(second.ctr, second.file);
    await expect(device.openVault(first?.ctr ?? 0, first?.file ?? '')).rejects.toThrow('E_ROLLBACK');
  });

  it('keeps a change whose upload failed for the next upload', async () => {
    await sam.keeper.noteSheet(WS, 'Coach', 1, '00'.repeat(32));
    const next = await sam.keeper.pendingVault();
    await sam.keeper.vaultSaved(next?.ctr ?? 0);
    expect(await sam.keeper.pendingVault()).toBeNull();
  });
});

describe('feedback', () => {
  it('is sealed for the owner of the page that was opened, and for nobody else', async () => {
    const one = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const shared = unb64u((await sam.keeper.shareDoc(WS, unb64u(one.file))).file);
    const said = JSON.stringify({ overall: 'Good.' });
    await expect(maria.keeper.sealFeedback(WS, sam.acct, said)).rejects.toThrow('E_UNKNOWN_AUTHOR');
    await maria.keeper.openShared(WS, 1, sam.acct, shared);
    await compared(maria, ray, 'Ray');
    await expect(maria.keeper.sealFeedback(WS, ray.acct, said)).rejects.toThrow('E_UNKNOWN_AUTHOR');
    const sent = await maria.keeper.sealFeedback(WS, sam.acct, said);
    expect(stanzas(unb64u(sent.file))).toBe(2);
    expect((await sam.keeper.openFeedback(WS, 1, maria.acct, unb64u(sent.file))).body).toBe(said);
    await maria.keeper.unpin(sam.acct);
    await expect(maria.keeper.sealFeedback(WS, sam.acct, said)).rejects.toThrow('E_UNKNOWN_AUTHOR');
  });

  it('of a mentor follows the newest one in the vault, and a page they read cannot be rolled back', async () => {
    const one = await write('Coach', 1);
    await sam.keeper.setConsent(WS, maria.acct, true);
    const old = unb64u((await sam.keeper.shareDoc(WS, unb64u(one.file))).file);
    const two = await write('Coach, kinder', 2, one);
    const now = unb64u((await sam.keeper.shareDoc(WS, unb64u(two.file))).file);
    await maria.keeper.openShared(WS, 2, sam.acct, now);
    await maria.keeper.noteRead(WS, sam.acct, 2, two.hc);
    await expect(maria.keeper.openShared(WS, 1, sam.acct, old)).rejects.toThrow('E_ROLLBACK');
    expect((await maria.keeper.openShared(WS, 1, sam.acct, old, true)).ver).toBe(1);
    const first = await maria.keeper.sealFeedback(WS, sam.acct, '{"overall":"One."}');
    await maria.keeper.feedbackSent(WS, first.ver, first.hc);
    const vault = await maria.keeper.pendingVault();
    const device = await elsewhere(maria);
    await device.openVault(vault?.ctr ?? 0, vault?.file ?? '');
    await expect(device.openShared(WS, 1, sam.acct, old)).rejects.toThrow('E_ROLLBACK');
    await device.openShared(WS, 2, sam.acct, now);
    expect((await device.sealFeedback(WS, sam.acct, '{"overall":"Two."}')).ver).toBe(2);
  });

  it('another person’s page cannot replace one’s own page with the same id', async () => {
    await write('Coach', 1);
    await maria.keeper.noteSheet(WS, 'Hers', 1, '00'.repeat(32));
    await sam.keeper.setConsent(WS, maria.acct, true);
    const one = await sam.keeper.sealDoc('worksheet', WS, 1, null, body('Coach'));
    await expect(maria.keeper.openShared(WS, 1, sam.acct, unb64u(one.file))).rejects.toThrow('E_OPEN');
    await expect(maria.keeper.noteRead(WS, sam.acct, 9, '00'.repeat(32))).rejects.toThrow('E_CONTEXT');
  });
});

it('sealing takes no reader list from its callers', () => {
  const sources = import.meta.glob<string>('../../**/*.{ts,svelte}', { eager: true, query: '?raw', import: 'default' });
  const calls = Object.entries(sources)
    .filter(([path]) => !/\.(test|testing)\.ts$/.test(path))
    .flatMap(([path, source]) => [...source.matchAll(/\.(sealDoc|shareDoc|resealDoc|sealFeedback)\((.*)/g)].map((m) => `${path} ${m[1] ?? ''} ${m[2] ?? ''}`));
  expect(calls.length).toBeGreaterThanOrEqual(5);
  expect(calls.filter((c) => /readers|sentTo|acct/i.test(c))).toEqual([]);
});
