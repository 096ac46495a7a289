// What stands against contact survives everything that happens afterwards offline: a deleted plan,
// a reloaded list, a lock, another tab.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { again, person, type Person } from '../vault/people.testing';
import { today, toBody, type Answers } from './answers';
import { copiesOf } from './copies';
import { deleteStores, House } from './house.testing';
import { verdictOf } from './plan';
import { CLEAR, Somebody } from './safety/person';
import { answer, asksOf, unchecked, type Checked } from './safety/safety';
import { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';

const [ENTRY, PLAN] = ['0192f0c4-0000-4000-8000-000000000001', '0192f0c4-0000-4000-8000-000000000002'];
const keepers: Person['keeper'][] = [];
let sam: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  sam = await person(1);
  house = new House(sam.acct);
  signin = await house.signin(sam);
});
afterEach(async () => {
  // An upload of one test must not reach the server of the next.
  for (const keeper of [sam.keeper, ...keepers.splice(0)]) await keeper.lock();
  vi.unstubAllGlobals();
});

async function stored(ws: string, kind: string, answers: Answers): Promise<void> {
  const doc = await sam.keeper.sealDoc('worksheet', ws, 1, null, toBody(`${kind}@1`, answers));
  await sam.keeper.noteSheet(ws, 'River', 1, doc.hc);
  house.put('worksheet', sam.acct, ws, 1, [sam.acct], doc.file);
  signin = await house.signin(sam);
}

/** All questions answered, and the result not shown yet. */
const answered = (given: Record<string, string>): Checked => asksOf('yes').reduce((c, q) => answer(c, q, given[q.key] ?? CLEAR[q.key] ?? 'no', today()), unchecked(today()));

/** The same person after a lock: a new worker that knows only what device and server have. */
async function unlocked(): Promise<Sheets> {
  const keeper = await again(sam);
  keepers.push(keeper);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return new Sheets({ ...signin, vault: keeper } as unknown as Signin);
}

it('a stop shown while offline outlives its plan, a reloaded list and a lock', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', { nick: 'River', about: ENTRY });
  const sheets = new Sheets(signin);
  await sheets.load();
  const sheet = await sheets.open(PLAN);
  house.lie(/./, () => null);
  sheet.answers['safety'] = answered({ q3: 'yes' });
  await sheets.safety.show(sheet);
  expect(sheets.safety.verdict(PLAN, sheet.answers)?.result).toBe('STOP');
  await sheets.remove(sheet);
  await sheets.load();
  await sheets.safety.tell(ENTRY, { nick: 'River' }, [PLAN], false);
  for (const signal of [false, true]) {
    if (signal) house.lies.length = 0;
    const after = await unlocked();
    await after.load();
    expect(after.safety.verdict('new', { nick: 'River', about: ENTRY, safety: answered({}) })?.result).toBe('STOP');
  }
  // Another device, which has only what the server has.
  globalThis.indexedDB = new IDBFactory();
  const there = await unlocked();
  await there.load();
  expect(there.safety.verdict('new', { nick: 'River', about: ENTRY, safety: answered({}) })?.result).toBe('STOP');
});

it('a stop shown while offline is stored again when the store of this device was deleted', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', { nick: 'River', about: ENTRY });
  const sheets = new Sheets(signin);
  await sheets.load();
  const sheet = await sheets.open(PLAN);
  house.lie(/./, () => null);
  sheet.answers['safety'] = answered({ q2: 'yes' });
  await sheets.safety.show(sheet);
  await sheets.remove(sheet);
  await deleteStores();
  await vi.waitFor(async () => expect((await sam.keeper.drafts()).map((d) => d.ws)).toEqual([expect.stringMatching(/^safety:/)]));
  // The tab is killed.
  house.lies.length = 0;
  const after = await unlocked();
  await after.load();
  expect(after.safety.verdict('new', { nick: 'River', about: ENTRY, safety: answered({}) })?.result).toBe('STOP');
});

it('one tab does not delete what another tab keeps for later', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  const [one, two] = [new Sheets(signin), await unlocked()];
  await one.load();
  await two.load();
  house.lie(/PUT \/vault/, () => null);
  const [first, second] = [new Somebody().check(0, { q3: 'yes' }), new Somebody().check(0, { q1: 'yes' })];
  const copy = (s: Somebody) => [{ ws: PLAN, kind: 'plan', answers: { nick: 'River', about: ENTRY, safety: s.checked, standing: s.findings } as Answers }];
  await Promise.all([one.safety.raise(copy(first)), two.safety.raise(copy(second))]);
  house.lies.length = 0;
  const after = await unlocked();
  await after.load();
  expect(Object.keys(after.safety.known.people[ENTRY]?.stops ?? {}).sort()).toEqual([...Object.keys(first.findings.stops), ...Object.keys(second.findings.stops)].sort());
  expect((await sam.keeper.drafts()).filter((d) => d.ws.startsWith('safety:'))).toEqual([]);
});

it('after a lock the vault is read again, with changes from another device', async () => {
  await stored(PLAN, 'plan', { nick: 'River' });
  const sheets = new Sheets(signin);
  await sheets.load();
  const keeper = await again(sam);
  keepers.push(keeper);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  Object.assign(signin, { vault: keeper });
  const s = new Somebody().check(0, { q3: 'yes' });
  const other = await unlocked();
  await other.load();
  await other.safety.raise([{ ws: PLAN, kind: 'plan', answers: { nick: 'River', safety: s.checked, standing: s.findings } as Answers }]);
  const sheet = new Sheet(PLAN, signin);
  await sheet.load();
  await sheets.safety.sync(sheet);
  expect(sheets.safety.verdict(PLAN, { nick: 'River', safety: answered({}) })?.result).toBe('STOP');
});

it('after a conflict of two copies of a plan, the result in the vault counts as well', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  const sheets = new Sheets(signin);
  await sheets.load();
  const begun: Answers = { nick: 'River', about: ENTRY };
  const [mine, other] = ['here', 'there'].map((why): Answers => ({ ...begun, why, safety: { ...answered({}), shown: today() } }));
  const stays = (a = mine ?? {}, b = other ?? {}) => sheets.safety.staysOf(PLAN, a, b)?.verdict.result;
  expect([stays(), stays(begun, begun)]).toEqual(['CLEAR', undefined]);
  // Found on another plan, unknown to both copies.
  const s = new Somebody().check(0, { q3: 'yes' });
  await sheets.safety.raise([{ ws: 'other', kind: 'plan', answers: { ...begun, safety: s.checked, standing: s.findings } as Answers }]);
  expect([stays(), stays(begun, begun)]).toEqual(['STOP', 'STOP']);
});

it('keeping both copies: the words here go to a new page about the same person, sent to nobody', async () => {
  await stored(PLAN, 'plan', { nick: 'River', why: 'there', sent: 'a digest' });
  const sheets = new Sheets(signin);
  await sheets.load();
  const sheet = await sheets.open(PLAN);
  const other = await sam.keeper.sealDoc('worksheet', PLAN, 2, sheet.hash, toBody('plan@1', { nick: 'River', why: 'there, later', sent: 'a digest' }));
  house.put('worksheet', sam.acct, PLAN, 2, [sam.acct], other.file);
  sheet.answers['why'] = 'here';
  sheet.changed();
  await sheet.flush();
  expect(sheet.conflict?.ver).toBe(2);
  const [copy, tapped] = await Promise.all([copiesOf(sheets).keepBoth(sheet), copiesOf(sheets).keepBoth(sheet)]);
  expect(tapped).toBe(copy);
  if (!copy) throw new Error('the copy was not kept');
  expect([copy.answers['why'], copy.answers['nick'], copy.answers['sent']]).toEqual(['here', 'River 2', undefined]);
  expect([sheet.answers['why'], sheet.conflict]).toEqual(['there, later', null]);
  const s = new Somebody().check(0, { q3: 'yes' });
  await sheets.safety.raise([{ ws: PLAN, kind: 'plan', answers: { nick: 'River', safety: s.checked, standing: s.findings } as Answers }]);
  expect(sheets.safety.verdict(copy.ws, { ...(JSON.parse(JSON.stringify(copy.answers)) as Answers), safety: answered({}) })?.result).toBe('STOP');
});

const open = async (): Promise<{ sheets: Sheets; sheet: Sheet }> => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', { nick: 'River', about: ENTRY });
  const sheets = new Sheets(signin);
  await sheets.load();
  return { sheets, sheet: await sheets.open(PLAN) };
};
const copyOf = (sheet: Sheet): Answers => JSON.parse(JSON.stringify(sheet.answers)) as Answers;
const next = (): Answers => ({ nick: 'River', about: ENTRY, safety: { ...answered({}), shown: today() } });

it.each(['in the middle', 'at the end'])('nothing of a check is said before its result is recorded: %s', async (at) => {
  const { sheets, sheet } = await open();
  const whole = answered({ q3: 'yes' });
  const part = asksOf('yes').slice(0, 3);
  const begun = part.reduce((c, q) => answer(c, q, q.key === 'q3' ? 'yes' : (CLEAR[q.key] ?? 'no'), today()), unchecked(today()));
  sheet.answers['safety'] = at === 'at the end' ? whole : begun;
  const a = copyOf(sheet);
  expect([sheets.safety.said(PLAN, a), sheets.safety.staysOf(PLAN, a, a)]).toEqual([null, null]);
  // The plan is closed all the same, and the same goes for a mentor's copy.
  for (const v of [sheets.safety.verdict(PLAN, a), verdictOf(a, today(), []), sheets.safety.verdictOfCopy(a)]) expect(v).toMatchObject({ result: 'WAIT', again: true });
  // Until then an answer may change; once shown, it stands.
  sheet.answers['safety'] = answered({});
  await sheets.safety.show(sheet);
  expect(sheets.safety.said(PLAN, copyOf(sheet))?.result).toBe('CLEAR');
  sheet.answers['safety'] = whole;
  await sheets.safety.show(sheet);
  sheet.answers['safety'] = answered({});
  expect(sheets.safety.said(PLAN, copyOf(sheet))?.result).toBe('STOP');
  await sheets.remove(sheet);
  expect(sheets.safety.said('new', next())?.result).toBe('STOP');
});

it.each(['shown', 'being shown'])('while the server hangs, a result that is %s when its plan is deleted stands under the entry', async (when) => {
  const { sheets, sheet } = await open();
  const go = house.hold(/ \/api\/v1\/vault/);
  sheet.answers['safety'] = answered({ q3: 'yes' });
  const showing = sheets.safety.show(sheet);
  if (when === 'shown') {
    await showing;
    expect(sheets.safety.said(PLAN, copyOf(sheet))?.result).toBe('STOP');
    // Asked again and all clear: it stands.
    sheet.answers['safety'] = answered({});
    await sheets.safety.show(sheet);
    expect(sheets.safety.said(PLAN, copyOf(sheet))?.result).toBe('STOP');
  }
  await sheets.remove(sheet);
  await showing;
  expect(sheets.safety.said('new', next())?.result).toBe('STOP');
  // The tab is closed before the server answers.
  expect((await sam.keeper.drafts()).map((d) => d.ws)).toContainEqual(expect.stringMatching(new RegExp(`^safety:${ENTRY}:`)));
  go();
  const after = await unlocked();
  await after.load();
  expect(after.safety.said('new', next())?.result).toBe('STOP');
  expect(after.safety.known.people[ENTRY]?.names).toEqual(['river']);
});

it('a result that neither this device nor the server can keep is not shown', async () => {
  const { sheets, sheet } = await open();
  house.lie(/./, () => null);
  const full = vi.spyOn(sam.keeper, 'keepDraft').mockRejectedValue(new Error('full'));
  sheet.answers['safety'] = answered({ q3: 'yes' });
  await sheets.safety.show(sheet);
  expect(sheets.safety.said(PLAN, copyOf(sheet))).toBe(null);
  full.mockRestore();
  await sheets.safety.show(sheet);
  expect(sheets.safety.said(PLAN, copyOf(sheet))?.result).toBe('STOP');
});

it('an upload that began before a result was shown does not make this tab forget the result', async () => {
  const { sheets, sheet } = await open();
  const go = house.hold(/PUT \/api\/v1\/vault/);
  const before = sheets.safety.tell(ENTRY, { nick: 'River' }, ['another'], false);
  await vi.waitFor(() => house.held > 0 || Promise.reject(new Error('not yet')));
  sheet.answers['safety'] = answered({ q3: 'yes' });
  await sheets.safety.show(sheet);
  go();
  await before;
  expect(sheets.safety.said('new', next())?.result).toBe('STOP');
});

it('an entry that is deleted under a new name asks for that name too, also without a connection', async () => {
  const { sheets, sheet } = await open();
  sheet.answers['safety'] = answered({ q3: 'yes' });
  await sheets.safety.show(sheet);
  const entry = await sheets.open(ENTRY);
  house.lie(/./, () => null);
  entry.answers['nick'] = 'Meadow';
  entry.changed();
  await sheets.remove(entry);
  expect(sheets.safety.unclear('new', { nick: 'meadow ' })).toEqual([ENTRY]);
  house.lies.length = 0;
  const after = await unlocked();
  await after.load();
  for (const nick of ['Meadow', 'River']) expect(after.safety.unclear('new', { nick })).toEqual([ENTRY]);
});
