// The keeper as the pages use it: a new account, a lock, a second device, drafts, a killed tab.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { beforeEach, expect, test } from 'vitest';
import { b64u, unb64u } from './bytes';
import { Keeper, type NewAccount, type Wraps } from './keeper';
import { clearStores, UNSENT_MS } from './leftovers';
import { Store } from './store';

const ACCT = b64u(new Uint8Array(16).fill(0x5a));
const PASSWORD = 'violet bridge tulip';
const WS = '0192f0c4-0000-7000-8000-000000000001';
const BODY = '{"title":"Coach","tpl":"entry@1","fields":[]}';

const wrapsOf = (made: NewAccount): Wraps => ({ epoch: 1, kdf: 'a1', salt: made.upload.salt, wraps: made.upload.wraps });

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
});

async function fresh(): Promise<{ keeper: Keeper; made: NewAccount }> {
  const keeper = new Keeper();
  const made = await keeper.newAccount(ACCT, PASSWORD, () => undefined);
  await keeper.adoptAccount();
  return { keeper, made };
}

test('a new account opens at once, and again with its password', async () => {
  const { keeper, made } = await fresh();
  expect(made.words).toHaveLength(12);
  expect(keeper.isOpen()).toBe(true);
  await keeper.lock();
  expect(keeper.isOpen()).toBe(false);
  await expect(keeper.sealDoc('worksheet', WS, 1, null, BODY)).rejects.toThrow('E_LOCKED');
  await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
  await keeper.unlock(ACCT, wrapsOf(made), null, false);
  expect(keeper.isOpen()).toBe(true);
}, 60_000);

test('a new device needs the card, and a wrong password or card opens nothing', async () => {
  const { keeper, made } = await fresh();
  const sealed = await keeper.sealDoc('worksheet', WS, 1, null, BODY);
  globalThis.indexedDB = new IDBFactory();
  const other = new Keeper();
  await other.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
  await expect(other.unlock(ACCT, wrapsOf(made), null, false)).rejects.toThrow('E_CARD_NEEDED');
  await expect(other.unlock(ACCT, wrapsOf(made), 'abandon amount liar amount expire adjust cage candy arch gather drum buyer', false)).rejects.toThrow('E_WRAP_KEY');
  await other.unlock(ACCT, wrapsOf(made), made.words.join(' '), false);
  expect((await other.openDoc('worksheet', WS, 1, unb64u(sealed.file))).body).toBe(BODY);
  expect(other.myWords()).toEqual(keeper.myWords());
  const third = new Keeper();
  globalThis.indexedDB = new IDBFactory();
  await third.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD + '!');
  await expect(third.unlock(ACCT, wrapsOf(made), made.words.join(' '), false)).rejects.toThrow('E_WRAP_KEY');
}, 60_000);

test('an old version is refused after a newer one was seen', async () => {
  const { keeper } = await fresh();
  const one = await keeper.sealDoc('worksheet', WS, 1, null, BODY);
  const two = await keeper.sealDoc('worksheet', WS, 2, one.hc, BODY);
  await keeper.openDoc('worksheet', WS, 2, unb64u(two.file));
  await expect(keeper.openDoc('worksheet', WS, 1, unb64u(one.file))).rejects.toThrow('E_ROLLBACK');
  await expect(keeper.openDoc('worksheet', WS, 2, unb64u(one.file))).rejects.toThrow('E_CONTEXT');
}, 60_000);

test('drafts are sealed on the device, also while the keys are locked', async () => {
  const { keeper, made } = await fresh();
  await keeper.keepDraft(WS, 0, null, BODY);
  await keeper.lock();
  await keeper.keepDraft(WS, 0, null, BODY.replace('Coach', 'Later'));
  const [locked] = await keeper.drafts();
  expect(locked?.body).toBeNull();
  await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
  await keeper.unlock(ACCT, wrapsOf(made), null, false);
  const [draft] = await keeper.drafts();
  expect(draft?.body).toContain('Later');
}, 60_000);

test('a killed tab resumes with the server half and its own mask, and not without either', async () => {
  const { keeper, made } = await fresh();
  await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
  const { half, mask } = await keeper.unlock(ACCT, wrapsOf(made), null, false);
  const back = new Keeper();
  const nothing = b64u(new Uint8Array(32));
  for (const parts of [
    { half: nothing, mask },
    { half, mask: nothing },
    { half, mask: half },
  ])
    await expect(back.resume(ACCT, parts, false)).rejects.toThrow('E_WRAP_KEY');
  const next = await back.resume(ACCT, { half, mask }, false);
  expect(back.isOpen()).toBe(true);
  // A page reloaded before the server has the new half resumes with the previous one; the one
  // before that no longer works.
  const [third, fourth] = [new Keeper(), new Keeper()];
  await third.resume(ACCT, { half, mask }, false);
  await expect(fourth.resume(ACCT, next, false)).rejects.toThrow('E_WRAP_KEY');
  const last = await fourth.resume(ACCT, { half, mask }, false);
  await fourth.resume(ACCT, last, false);
  await expect(fourth.resume(ACCT, { half, mask }, false)).rejects.toThrow('E_WRAP_KEY');
}, 60_000);

test('the vault cannot be rolled back', async () => {
  const { keeper, made } = await fresh();
  const next = await keeper.noteSheet(WS, 'Coach', 1, '00');
  expect(next?.ctr).toBe(2);
  await keeper.vaultSaved(2);
  expect((await keeper.openVault(2, next?.file ?? '')).sheets[WS]?.title).toBe('Coach');
  await expect(keeper.openVault(1, made.upload.vault.file)).rejects.toThrow('E_ROLLBACK');
}, 60_000);

// Leaving. The store is inspected from outside, as the next start of the app would.

const keptKeys = async (): Promise<IDBValidKey[]> => {
  const name = Store.nameOf(unb64u(ACCT));
  if (!(await indexedDB.databases()).some((d) => d.name === name)) return ['no store'];
  return new Promise((ok) => {
    const asked = indexedDB.open(name);
    asked.onsuccess = () => {
      const keys = asked.result.transaction('keys').objectStore('keys').getAllKeys();
      keys.onsuccess = () => {
        asked.result.close();
        ok(keys.result);
      };
    };
  });
};

test('clearing after a killed tab deletes the resume record, and keeps what a private device keeps', async () => {
  const { keeper, made } = await fresh();
  await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
  const parts = await keeper.unlock(ACCT, wrapsOf(made), null, false);
  await keeper.keepDraft(WS, 0, null, BODY);
  expect(await keptKeys()).toEqual(['device', 'resume']);
  await clearStores(false);
  expect(await keptKeys()).toEqual(['device']);
  await expect(new Keeper().resume(ACCT, parts, false)).rejects.toThrow('E_CARD_NEEDED');
  expect((await keeper.drafts())[0]?.body).toBe(BODY);
}, 60_000);

test('only drafts and deletions that wait for the server stay on a shared device', async () => {
  const { made } = await fresh();
  globalThis.indexedDB = new IDBFactory();
  const keeper = new Keeper();
  const unlock = async () => {
    await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
    await keeper.unlock(ACCT, wrapsOf(made), made.words.join(' '), true);
    await keeper.openVault(1, made.upload.vault.file);
  };
  await unlock();
  await keeper.keepDraft(WS, 0, null, BODY);
  const other = '0192f0c4-0000-7000-8000-000000000002';
  await keeper.forgetPage(other);
  await keeper.pageGone('0192f0c4-0000-7000-8000-000000000003', false);
  // Locking first and leaving afterwards must not lose the shared mark.
  await keeper.lock();
  await clearStores(true);
  expect(await keptKeys()).toEqual(['shared']);
  expect((await keeper.drafts()).map((d) => d.ws)).toEqual([WS]);
  expect(await keeper.deletions(ACCT)).toEqual([{ ws: other, waits: true }]);
  await keeper.dropDraft(WS);
  await keeper.bringBack(other);
  await clearStores(true);
  expect(await keptKeys()).toEqual(['no store']);
}, 60_000);

test('words that were not sent stay on a shared device for seven days after the person left, and no longer', async () => {
  const { made } = await fresh();
  globalThis.indexedDB = new IDBFactory();
  const keeper = new Keeper();
  const there = async () => {
    await keeper.deriveLogin(ACCT, 'a1', made.upload.salt, PASSWORD);
    await keeper.unlock(ACCT, wrapsOf(made), made.words.join(' '), true);
    await keeper.openVault(1, made.upload.vault.file);
  };
  const words = async () => (await keeper.drafts()).length;
  await there();
  await keeper.keepDraft(WS, 0, null, BODY);
  await keeper.lock();
  const left = Date.now();
  await clearStores(true, left);
  // Later starts and sign-outs of others do not begin the time anew.
  await clearStores(true, left + UNSENT_MS - 1);
  expect(await words()).toBe(1);
  // Who comes back in time finds their words, and has seven days again.
  await there();
  expect((await keeper.drafts())[0]?.body).toBe(BODY);
  await keeper.lock();
  const again = left + UNSENT_MS - 1;
  await clearStores(true, again);
  // A clock that was set back does not end them early.
  await clearStores(true, left);
  await clearStores(true, left + UNSENT_MS - 1);
  expect(await words()).toBe(1);
  await clearStores(true, left + UNSENT_MS);
  expect(await keptKeys()).toEqual(['no store']);
}, 60_000);

test('a deletion that the server does not know outlives those days', async () => {
  const { keeper } = await fresh();
  await (await Store.open(unb64u(ACCT))).markShared(true);
  await keeper.keepDraft(WS, 0, null, BODY);
  const other = '0192f0c4-0000-7000-8000-000000000002';
  await keeper.forgetPage(other);
  await clearStores(true, 1);
  await clearStores(true, 1 + UNSENT_MS);
  expect(await keeper.drafts()).toEqual([]);
  expect(await keeper.deletions(ACCT)).toEqual([{ ws: other, waits: true }]);
}, 60_000);

test('what stands against contact outlives its page, and is uploaded until the server has it', async () => {
  const { keeper } = await fresh();
  const joe = { names: ['joe'], same: [], other: [], lifts: {}, stops: { a: { group: 'victim', level: 'STOP' as const, on: '2026-05-12' } } };
  const first = await keeper.noteSafety({ [WS]: joe });
  expect(first?.ctr).toBe(2);
  // The upload did not reach the server: it is offered again, although nothing new was added.
  expect((await keeper.noteSafety({}))?.ctr).toBe(2);
  await keeper.vaultSaved(2);
  expect(await keeper.noteSafety({ [WS]: joe })).toBeNull();
  await keeper.forgetSheet(WS);
  expect(keeper.safety()[WS]).toEqual(joe);
}, 60_000);
