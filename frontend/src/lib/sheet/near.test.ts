// The harmed person is the mentor (case 47) or in the group. This fact is in the vault only; it
// outlives every page, closes what was shared, and makes that mentor's answers not count.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Pairs } from '../pair/pairs.svelte';
import type { Signin } from '../signin/signin.svelte';
import { again, compared, person, stanzas, type Person } from '../vault/people.testing';
import { today, toBody, type Answers } from './answers';
import { copiesOf } from './copies';
import { House } from './house.testing';
import { bondsOf, gateOf, type Feedback } from './plan';
import cases from './safety/cases.2.json';
import { CLEAR, Somebody } from './safety/person';
import { answer, asksOf, unchecked, type Checked } from './safety/safety';
import { useSafetyWords } from './safety/words';
import { Sheets } from './sheets.svelte';
import { nearText } from '../text/sections/near';

const [ENTRY, PLAN, BACK] = [1, 2, 3].map((n) => `0192f0c4-0000-4000-8000-00000000000${n}`) as [string, string, string];
let sam: Person, maria: Person, ray: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  [sam, maria, ray] = [await person(1), await person(2), await person(3)];
  await compared(sam, maria, 'Maria');
  await compared(sam, ray, 'Ray');
  house = new House(sam.acct);
  signin = await house.signin(sam);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const checked = (): Checked => ({ ...asksOf('yes').reduce((c, q) => answer(c, q, CLEAR[q.key] ?? 'no', today()), unchecked(today())), shown: today() });
const plan = (): Answers => ({ nick: 'Coach', about: ENTRY, route: 'letter', safety: checked() });

async function stored(ws: string, kind: string, answers: Answers, on: Person[] = []): Promise<void> {
  const doc = await sam.keeper.sealDoc('worksheet', ws, 1, null, toBody(`${kind}@1`, answers));
  await sam.keeper.noteSheet(ws, 'Coach', 1, doc.hc);
  house.put('worksheet', sam.acct, ws, 1, [sam.acct], doc.file);
  for (const p of on) {
    await sam.keeper.setConsent(ws, p.acct, true);
    house.grants.push({ ws, reader: p.acct });
  }
  signin = await house.signin(sam);
}

async function pages(of = signin): Promise<{ sheets: Sheets; pairs: Pairs }> {
  const sheets = new Sheets(of);
  await sheets.load();
  return { sheets, pairs: new Pairs(of, sheets) };
}

/** The same person after a lock, or on another device. */
async function unlocked(): Promise<Signin> {
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return { ...signin, vault: keeper } as unknown as Signin;
}

const near = () => ({ [maria.acct]: 'yes', [ray.acct]: 'no', group: 'no', mentor: 'no' });
const noOne = () => ({ [maria.acct]: 'no', [ray.acct]: 'no', group: 'no', mentor: 'no' });
const both = () => [maria.acct, ray.acct];

const says = async (author: Person, mark: Feedback['mark'], a: Answers, ticked: string[] = []): Promise<Feedback> => ({
  ...{ author: author.acct, name: '', ver: 1, on: { ver: 1, hash: '' }, at: today(), mark, check: '', ticked, why: [], overall: '', steps: {} },
  gate: (await gateOf('plan@1', a)) ?? '',
  bonds: bondsOf(a, ticked),
});

it('47: when the only mentor is the harmed person nothing is Ready; another mentor’s Ready counts', async () => {
  const row = cases.find(([n]) => n === 47) as unknown as [number, Record<string, string>, string, string, string, string, string];
  expect([row[3], row[5], row[6]]).toEqual(['DIRECT', 'Ready impossible until another mentor', 'm-']);
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const { sheets } = await pages();
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  const a = sheets.safety.settled(PLAN, plan());
  const where = async (...feedback: Feedback[]) => {
    sheets.feedback = { [PLAN]: feedback };
    return (await sheets.safety.stands(PLAN, a, 'plan@1')).where;
  };
  expect(sheets.safety.verdict(PLAN, a)).toMatchObject({ result: 'CLEAR', ofMentor: true });
  // The app does not suggest showing the plan to the mentor whom it is about.
  const verdict = sheets.safety.verdict(PLAN, a);
  const say = (v: typeof verdict) => v && useSafetyWords().text(v, 'yes');
  expect(say(verdict)).toBe(nearText().clear);
  expect(say(verdict && { ...verdict, ofMentor: false })).not.toBe(nearText().clear);
  expect(await where(await says(maria, 'ready', a))).toBe('draft');
  expect(await where(await says(maria, 'not_yet', a))).toBe('draft');
  expect(await where(await says(maria, 'not_yet', a), await says(ray, 'ready', a))).toBe('ready');
  expect(await where(await says(maria, 'ready', a), await says(ray, 'not_yet', a))).toBe('not_yet');
});

it('47: a tick by the harmed person does not count, in the verdict or for the route', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const { sheets } = await pages();
  const s = new Somebody().check(0, { q5: 'yes' });
  const a: Answers = { ...plan(), safety: { ...s.checked, days: undefined, on: today() }, standing: s.findings };
  const ticks = async (p: Person) => {
    sheets.feedback = { [PLAN]: [await says(p, '', a, ['q5'])] };
    return [sheets.safety.verdict(PLAN, a)?.result, sheets.safety.settled(PLAN, a)['route']];
  };
  expect(await ticks(maria)).toEqual(['CLEAR', 'letter']);
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  expect(await ticks(maria)).toEqual(['WAIT', undefined]);
  expect(await ticks(ray)).toEqual(['CLEAR', 'letter']);
});

it('the entry, its plan and a look back cannot be turned on for them, and no grant is requested', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  await stored(PLAN, 'plan', plan());
  await stored(BACK, 'reflection', { nick: 'Coach', about: PLAN });
  const { sheets, pairs } = await pages();
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  for (const ws of [ENTRY, PLAN, BACK]) {
    await expect(pairs.share(ws, maria.acct)).rejects.toThrow('E_NEAR');
    await pairs.share(ws, ray.acct);
  }
  expect(house.grants.map((g) => g.reader)).toEqual([ray.acct, ray.acct, ray.acct]);
  // The vault itself refuses each of them.
  for (const ws of [ENTRY, PLAN, BACK]) await expect(sam.keeper.setConsent(ws, maria.acct, true)).rejects.toThrow('E_NEAR');
});

it('another tab that does not know it yet reads the vault first', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const [here, there] = [await pages(), await pages(await unlocked())];
  await here.sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  await expect(there.pairs.share(ENTRY, maria.acct)).rejects.toThrow('E_NEAR');
  expect(house.grants).toEqual([]);
});

it('what is on already is closed on the server, turned off and resealed without them', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' }, [maria, ray]);
  await stored(PLAN, 'plan', plan(), [maria]);
  const { sheets, pairs } = await pages();
  for (const ws of [ENTRY, PLAN]) await (await sheets.open(ws)).finish();
  const sealedFor = () => house.rows.filter((r) => r.typ === 'worksheet').map((r) => stanzas(r.file));
  expect(sealedFor().slice(0, 2)).toEqual([3, 2]);
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  await pairs.settle();
  expect(house.grants).toEqual([{ ws: ENTRY, reader: ray.acct }]);
  expect(sam.keeper.readers()).toEqual({ [ENTRY]: [ray.acct], [PLAN]: [] });
  expect(sealedFor().map((n, i) => [house.rows[i]?.ws, n])).toEqual(house.rows.map((r) => [r.ws, r.ws === ENTRY ? 2 : 1]));
});

it('said while offline, it survives a lock, and is applied when the list is next loaded', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' }, [maria]);
  const first = await pages();
  await (await first.sheets.open(ENTRY)).finish();
  house.lie(/./, () => null);
  await first.sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  await expect(first.pairs.settle()).rejects.toThrow();
  house.lies.length = 0;
  const after = await pages(await unlocked());
  expect(after.sheets.isAbout(ENTRY, maria.acct)).toBe(true);
  await after.pairs.load();
  expect([house.grants, house.rows.map((r) => stanzas(r.file))]).toEqual([[], [1]]);
});

it('it outlives the entry, the plan, the device, a new page with the same name, and a later No', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const first = await pages();
  await first.sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  await first.sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, noOne());
  await first.sheets.remove(await first.sheets.open(ENTRY));
  globalThis.indexedDB = new IDBFactory();
  const { safety } = (await pages(await unlocked())).sheets;
  expect(safety.near(PLAN, plan())[maria.acct]).toBe('yes');
  // For a new page with that name the person is asked first who it is.
  const fresh: Answers = { nick: ' COACH' };
  expect([safety.near(BACK, fresh)[maria.acct], safety.unclear(BACK, fresh)]).toEqual(['yes', [ENTRY]]);
  await safety.tell(BACK, fresh, [ENTRY], false);
  expect(safety.near(BACK, fresh)).toEqual({});
  await safety.tell(BACK, fresh, [ENTRY], true);
  expect(safety.near(BACK, fresh)[maria.acct]).toBe('yes');
});

it('words that continue as a new page are about the same person', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const { sheets } = await pages();
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  const copy = await copiesOf(sheets).asNew(await sheets.open(ENTRY));
  expect(sheets.isAbout(copy.ws, maria.acct)).toBe(true);
});

it('it is asked about every mentor, again about a new one, and not when the person died', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  const { sheets } = await pages();
  const asks = (a: Answers, ...accts: string[]) => sheets.safety.asksNear(PLAN, { about: ENTRY, ...a }, accts);
  expect([asks({}), asks({}, ...both())]).toEqual([true, true]);
  expect(['died', 'me'].map((reach) => sheets.safety.asksNear(BACK, { nick: 'Anyone', reach }, both()))).toEqual([false, false]);
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, { [maria.acct]: 'no', group: 'no', mentor: 'no' });
  expect([asks({}), asks({}, maria.acct), asks({}, ...both())]).toEqual([false, false, true]);
  // It is known who the person is, so it is no other mentor.
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, { [maria.acct]: 'yes', group: 'no', mentor: 'no' });
  expect(asks({}, ...both(), 'later')).toBe(false);
});

it('no page contains it: what is sealed for another mentor does not reveal it', async () => {
  await stored(ENTRY, 'entry', { nick: 'Coach' });
  await stored(PLAN, 'plan', plan());
  const { sheets, pairs } = await pages();
  await sheets.safety.tellNear(ENTRY, { nick: 'Coach' }, near());
  const sheet = await sheets.open(PLAN);
  await sheets.safety.sync(sheet, true);
  await pairs.share(PLAN, ray.acct);
  for (const ws of [ENTRY, PLAN]) expect(JSON.stringify((await sheets.open(ws)).answers)).not.toMatch(new RegExp(`near|mentor|${maria.acct}`));
});
