// A mentor's answer while the page changes: ticks and sign-offs stay bound to what was on screen,
// and an answer whose reply was lost does not block the next. Real keys, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { toBody, type Answers } from '../sheet/answers';
import { deleteStores, House } from '../sheet/house.testing';
import { bondsOf } from '../sheet/plan';
import { day, Somebody } from '../sheet/safety/person';
import type { Signin } from '../signin/signin.svelte';
import { unb64u } from '../vault/bytes';
import { compared, person, type Person } from '../vault/people.testing';
import { Reading } from './reading.svelte';

const WS = '0192f0c4-0000-4000-8000-000000000001';
const planOf = (who: Somebody, own: string): Answers => ({ nick: 'Coach', route: 'meet', own, safety: who.checked, standing: who.findings });
let sam: Person, maria: Person, house: House, signin: Signin, reading: Reading, somebody: Somebody, plan: Answers, hc: string | null;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.useFakeTimers({ toFake: ['Date'], now: Date.parse(day(2) + 'T12:00:00Z') });
  vi.stubGlobal('window', globalThis);
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  await compared(maria, sam, 'Sam');
  house = new House(sam.acct, maria.acct);
  signin = await house.signin(maria);
  await sam.keeper.setConsent(WS, maria.acct, true);
  somebody = new Somebody().check(1, { q5: 'yes' });
  plan = planOf(somebody, 'I lied.');
  hc = null;
  await share(1, plan);
  reading = new Reading(sam.acct, WS, signin);
  await reading.load();
  expect(reading.version).toBe(1);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Sam saves the next version, sealed for Maria. */
async function share(ver: number, answers: Answers): Promise<void> {
  const sealed = await sam.keeper.sealDoc('worksheet', WS, ver, hc, toBody('plan@1', answers));
  hc = sealed.hc;
  await sam.keeper.noteSheet(WS, 'Coach', ver, hc);
  const shared = await sam.keeper.shareDoc(WS, unb64u(sealed.file));
  house.put('worksheet', sam.acct, WS, ver, [sam.acct, ...shared.readers], shared.file);
}

/** The same mentor after a page reload. */
async function reloaded(): Promise<Reading> {
  await reading.keep();
  const next = new Reading(sam.acct, WS, signin);
  await next.load();
  return next;
}

type Said = { mark: string; ticked: string[]; bonds: Record<string, string>; overall: string };

/** The mentor's answers as the owner reads them. */
const sent = (): Promise<Said[]> =>
  Promise.all(house.rows.filter((r) => r.typ === 'feedback').map(async (r) => JSON.parse((await sam.keeper.openFeedback(WS, r.ver, maria.acct, r.file)).body) as Said));

it('ticks and a Ready for the version that was read arrive unchanged', async () => {
  expect(reading.mayReady([])).toBe(false);
  reading.tick(['q5']);
  expect(reading.mayReady(reading.words.ticked)).toBe(true);
  reading.pick('ready');
  expect(await reading.send()).toBe(true);
  expect((await sent()).map((f) => [f.mark, f.ticked, f.bonds])).toEqual([['ready', ['q5'], bondsOf(plan, ['q5'])]]);
});

it('a waiting tick is removed when its reason changed, and is not sent for the new reason', async () => {
  reading.tick(['q5']);
  reading.words.overall = 'Wait for me.';
  await reading.keep();
  await share(2, planOf(somebody.check(1, { q5: 'no' }).check(2, { q5: 'yes' }), 'I lied.'));
  for (const r of [await reloaded(), (await reading.load(), reading)]) {
    expect([r.version, r.words.ticked, r.words.overall, r.moved]).toEqual([2, [], 'Wait for me.', true]);
    expect(r.mayReady(r.words.ticked)).toBe(false);
  }
});

it('a tick with an unchanged reason is kept, also over a reload', async () => {
  reading.tick(['q5']);
  await share(2, planOf(somebody, 'I lied, twice.'));
  for (const r of [await reloaded(), (await reading.load(), reading)]) expect([r.version, r.words.ticked]).toEqual([2, ['q5']]);
});

it('an answer that waits is stored again when the store was deleted, until its page is closed', async () => {
  vi.stubGlobal('document', Object.assign(new EventTarget(), { visibilityState: 'visible' }));
  for (const name of ['requestAnimationFrame', 'cancelAnimationFrame']) vi.stubGlobal(name, () => 0);
  const events = new EventTarget();
  for (const name of ['addEventListener', 'removeEventListener'] as const) vi.stubGlobal(name, events[name].bind(events));
  const close = reading.open();
  reading.words.overall = 'Wait for me.';
  reading.changed();
  await reading.keep();
  await deleteStores();
  await vi.waitFor(async () => expect(await maria.keeper.drafts()).toHaveLength(1));
  expect(reading.saved).toBe('kept');
  close();
  await reading.keep();
  await deleteStores();
  expect(await maria.keeper.drafts()).toEqual([]);
});

it('an answer written in two tabs that were killed has the words of both, and is marked again', async () => {
  for (const [tab, words] of Object.entries({ one: { mark: 'ready', overall: 'Wait for me.' }, two: { mark: 'not_yet', overall: 'Call first.', steps: { own: 'Say it.' } } })) {
    await maria.keeper.keepDraft(`feedback:${WS}~${tab}`, 0, null, JSON.stringify(words));
  }
  const next = await reloaded();
  expect([next.words.overall.split('\n\n').sort(), next.words.steps, next.words.mark]).toEqual([['Call first.', 'Wait for me.'], { own: 'Say it.' }, '']);
  await next.keep();
  expect(await maria.keeper.drafts()).toHaveLength(1);
});

it('a waiting Ready is not carried over to a version that was not read', async () => {
  reading.tick(['q5']);
  reading.pick('ready');
  await share(2, planOf(somebody, 'I lied, twice.'));
  for (const r of [await reloaded(), (await reading.load(), reading)]) expect([r.words.mark, r.moved]).toEqual(['', true]);
});

it('Ready is not sent when its route is no longer open', async () => {
  reading.tick(['q5']);
  reading.pick('ready');
  reading.words.ticked = [];
  expect(await reading.send()).toBe(false);
  expect([house.did.filter((l) => l.includes('worksheets')), reading.words.mark]).toEqual([[], '']);
});

it('an answer whose reply was lost counts as sent, and is not sent twice', async () => {
  reading.tick(['q5']);
  reading.words.overall = 'Wait for me.';
  house.lose(/PUT .*versions/);
  expect(await reading.send()).toBe(false);
  expect(reading.saved).toBe('kept');
  expect(await reading.send()).toBe(true);
  expect((await sent()).map((f) => f.overall)).toEqual(['Wait for me.']);
  expect(await maria.keeper.drafts()).toEqual([]);
});

it('an answer edited after a lost reply follows the stored one at the next tap', async () => {
  reading.tick(['q5']);
  reading.words.overall = 'Wait for me.';
  house.lose(/PUT .*versions/);
  await reading.send();
  reading.words.overall = 'Wait for me at the door.';
  reading.changed();
  expect(await reading.send()).toBe(false);
  expect([reading.saved, reading.words.overall, reading.last?.overall]).toEqual(['kept', 'Wait for me at the door.', 'Wait for me.']);
  expect(await reading.send()).toBe(true);
  expect((await sent()).map((f) => f.overall)).toEqual(['Wait for me.', 'Wait for me at the door.']);
});

it('Ready names the Not yets that the plan shows, and no other answer names any', async () => {
  const others = { notYet: { x1: { mark: 'not_yet', on: day(1) }, x2: { mark: 'not_yet', on: day(1) } } };
  await share(2, { ...plan, ...others });
  reading = await reloaded();
  for (const [mark, past] of [
    ['not_yet', undefined],
    ['ready', ['x1', 'x2']],
  ] as const) {
    reading.tick(['q5']);
    reading.pick(mark);
    reading.words.why = ['time'];
    reading.words.overall = 'Words.';
    await reading.send();
    expect([reading.last?.mark, reading.last?.past]).toEqual([mark, past]);
  }
});
