// A mentor's Not yet survives everything that happens afterwards: a deleted plan, another tab, a
// conflict, another device, a new page with the same name. Real keys, a server in memory.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { uuid7 } from '../room/ids';
import type { Signin } from '../signin/signin.svelte';
import { changeVault, fetchVault } from '../signin/vaultsync';
import { unb64u } from '../vault/bytes';
import { again, compared, person, type Person } from '../vault/people.testing';
import { fromBody, today, toBody, type Answers } from './answers';
import { useMine } from './conflict';
import { newestOf } from './forms';
import { copiesOf } from './copies';
import { House } from './house.testing';
import { bondsOf, feedbackBody, gateOf, otherNotYetsOf } from './plan';
import { CLEAR } from './safety/person';
import { answer, asksOf, unchecked, type Checked } from './safety/safety';
import { Sheets } from './sheets.svelte';

const tabs: Sheets[] = [];
let [ENTRY, PLAN, OTHER] = ['', '', ''];
let sam: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  [ENTRY, PLAN, OTHER] = [uuid7(), uuid7(), uuid7()];
  sam = await person(1);
  house = new House(sam.acct);
  signin = await house.signin(sam);
});
afterEach(() => {
  // A pending save of one test must not reach the next.
  Object.assign(signin, { open: false });
  for (const made of tabs.splice(0)) made.clear();
  vi.unstubAllGlobals();
});

function tab(of: Signin): Sheets {
  const made = new Sheets(of);
  tabs.push(made);
  return made;
}

async function stored(ws: string, kind: string, answers: Answers): Promise<void> {
  const doc = await sam.keeper.sealDoc('worksheet', ws, 1, null, toBody(`${kind}@1`, answers));
  await sam.keeper.noteSheet(ws, 'River', 1, doc.hc);
  house.put('worksheet', sam.acct, ws, 1, [sam.acct], doc.file);
  signin = await house.signin(sam);
}

const answered = (): Checked => asksOf('yes').reduce((c, q) => answer(c, q, CLEAR[q.key] ?? 'no', today()), unchecked(today()));

/** The same person on a device that has only what the server has. */
async function elsewhere(fresh = true): Promise<Sheets> {
  if (fresh) globalThis.indexedDB = new IDBFactory();
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return tab({ ...signin, vault: keeper } as unknown as Signin);
}

const clear = (): Answers => ({ nick: 'River', about: ENTRY, route: 'meet', safety: { ...answered(), shown: today() } });

/** A compared mentor who answers the server's version of a plan. */
async function mentor(n: number, name: string): Promise<{ of: Person; says: (ws: string, mark: 'ready' | 'not_yet') => Promise<void> }> {
  const of = await person(n);
  await compared(sam, of, name);
  await compared(of, sam, 'Sam');
  signin = { ...(await house.signin(sam)), state: 'in' } as unknown as Signin;
  const says = async (ws: string, mark: 'ready' | 'not_yet') => {
    await changeVault(signin, () => sam.keeper.setConsent(ws, of.acct, true));
    const row = house.rows.filter((r) => r.ws === ws && r.typ === 'worksheet').at(-1);
    const shared = await sam.keeper.shareDoc(ws, row?.file ?? new Uint8Array(0));
    const { answers } = fromBody((await of.keeper.openShared(ws, shared.ver, sam.acct, unb64u(shared.file))).body);
    const past = mark === 'ready' ? Object.keys(otherNotYetsOf(answers)) : [];
    const gate = (await gateOf(newestOf('plan'), answers)) ?? '';
    const said = { mark, gate, check: '', at: today(), on: { ver: 1, hash: '' }, ticked: [], bonds: bondsOf(answers, []), why: [], overall: 'Kind words.', steps: {} };
    const f = await of.keeper.sealFeedback(ws, sam.acct, feedbackBody(past.length > 0 ? { ...said, past } : said));
    await of.keeper.feedbackSent(ws, f.ver, f.hc);
    house.put('feedback', of.acct, ws, f.ver, [of.acct, sam.acct], f.file);
  };
  return { of, says };
}

/** A new plan about the same person, opened, in the server's version. */
async function planned(sheets: Sheets, answers = clear()) {
  const made = await sheets.begin('plan', answers);
  await sheets.load();
  await sheets.safety.sync(made, true);
  await made.flush();
  return made;
}
const where = async (sheets: Sheets, ws: string, a: Answers) => (await sheets.safety.stands(ws, JSON.parse(JSON.stringify(a)) as Answers, newestOf('plan'))).where;

it('a Not yet outlives its plan on any device, until that mentor says Ready on a plan that shows it', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const [ray, maria] = [await mentor(2, 'Ray'), await mentor(3, 'Maria')];
  await ray.says(PLAN, 'not_yet');
  const sheets = tab(signin);
  await sheets.load();
  expect(sheets.rows.map((r) => r.state)).toContain('not_yet');
  const old = await sheets.open(PLAN);
  // Its own plan shows the answer itself and no extra copy of it.
  expect([sheets.safety.notYets(PLAN, old.answers), old.answers['notYet']]).toEqual([[], undefined]);
  await sheets.remove(old);
  const made = await planned(sheets);
  expect(await where(sheets, made.ws, made.answers)).toBe('not_yet');
  expect(sheets.safety.notYets(made.ws, made.answers)).toMatchObject([{ by: ray.of.acct, on: today() }]);
  // It also holds a route that needs no mentor, as on the plan itself.
  expect([await where(sheets, made.ws, { ...made.answers, route: 'living' }), await sheets.answered.mayEnd(made)]).toEqual(['not_yet', false]);
  // A mentor reads the day, and neither who answered nor why.
  const inPlan = JSON.stringify(made.answers['notYet']);
  expect(inPlan).toContain(today());
  for (const word of [ray.of.acct, 'Ray', 'Kind']) expect(inPlan).not.toContain(word);

  const there = await elsewhere();
  await there.load();
  expect(there.rows.find((r) => r.ws === made.ws)?.state).toBe('not_yet');

  await maria.says(made.ws, 'ready');
  await sheets.load();
  expect(await where(sheets, made.ws, made.answers)).toBe('not_yet');
  await ray.says(made.ws, 'ready');
  await sheets.load();
  await sheets.safety.sync(made, true);
  expect([await where(sheets, made.ws, made.answers), made.answers['notYet']]).toEqual(['ready', undefined]);
  await there.load();
  expect(there.rows.find((r) => r.ws === made.ws)?.state).toBe('ready');
});

it('a Not yet nobody had opened is read before its plan is deleted, also when deleted offline', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  await stored(OTHER, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  const sheets = tab(signin);
  await sheets.load();
  const [one, two] = [await sheets.open(PLAN), await sheets.open(OTHER)];
  await ray.says(PLAN, 'not_yet');
  house.lie(/./, () => null);
  await sheets.remove(one);
  house.lies.length = 0;
  await ray.says(OTHER, 'not_yet');
  await sheets.remove(two);
  expect(house.rows.map((r) => r.ws)).toEqual([ENTRY]);
  const there = await elsewhere();
  await there.load();
  expect(await where(there, 'new', clear())).toBe('not_yet');
  expect(
    there.safety
      .notYets('new', clear())
      .map((s) => s.ws)
      .sort(),
  ).toEqual([PLAN, OTHER].sort());
});

it('a Not yet counts for a page with the same name until told apart, and ends when that mentor leaves', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'not_yet');
  const sheets = tab(signin);
  await sheets.load();
  await sheets.remove(await sheets.open(PLAN));
  await sheets.remove(await sheets.open(ENTRY));
  const back: Answers = { nick: ' river' };
  const plan = { ...clear(), about: OTHER, nick: 'river' };
  expect([sheets.safety.unclear(OTHER, back), await where(sheets, 'new', plan)]).toEqual([[ENTRY], 'not_yet']);
  expect(sheets.safety.heldUnder([ENTRY])).toMatchObject({ level: 'CLEAR', notYet: today(), near: false });
  await sheets.safety.tell(OTHER, back, [ENTRY], false);
  expect([sheets.safety.apart(OTHER, back), await where(sheets, 'new', plan)]).toEqual([[ENTRY], 'draft']);
  // The answer is in the vault, and can be undone on another device.
  const there = await elsewhere();
  await there.load();
  expect([there.safety.apart(OTHER, back), await where(there, 'new', plan)]).toEqual([[ENTRY], 'draft']);
  await there.safety.tell(OTHER, back, [ENTRY], true);
  await sheets.load();
  expect([sheets.safety.apart(OTHER, back), await where(sheets, 'new', plan)]).toEqual([[], 'not_yet']);
  await changeVault(signin, () => sam.keeper.unpin(ray.of.acct));
  await sheets.load();
  expect(await where(sheets, 'new', plan)).toBe('draft');
});

it('a Not yet survives two tabs and a conflict, and causes no conflict', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  await stored(OTHER, 'plan', { ...clear(), why: 'Both.' });
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'not_yet');
  const [one, two] = [tab(signin), await elsewhere(false)];
  await one.load();
  await two.load();
  const [mine, other] = [await one.open(OTHER), await two.open(OTHER)];
  for (const sheet of [mine, other]) await sheet.flush();
  expect([mine.conflict, other.conflict]).toEqual([null, null]);
  await one.remove(await one.open(PLAN));
  other.answers['why'] = 'The other tab.';
  other.changed();
  await other.flush();
  mine.answers['why'] = 'This tab.';
  mine.changed();
  await mine.flush();
  const late = mine.conflict ? mine : other;
  if (late.conflict) await useMine(late);
  for (const sheets of [one, two]) {
    await sheets.load();
    expect(sheets.rows.find((r) => r.ws === OTHER)?.state).toBe('not_yet');
  }
  await fetchVault(signin);
  expect(Object.values(((await sam.keeper.safety())[ENTRY] as { said: object }).said)).toHaveLength(1);
});

it('a plan without an entry that continues as a new page is about the same person', async () => {
  await stored(PLAN, 'plan', { ...clear(), about: '' });
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'not_yet');
  const sheets = tab(signin);
  await sheets.load();
  const old = await sheets.open(PLAN);
  old.elsewhere = true;
  old.answers['nick'] = 'Another name';
  const copy = await copiesOf(sheets).asNew(old);
  expect(await where(sheets, copy.ws, copy.answers)).toBe('not_yet');
});

const removed = async (sheets: Sheets, ws: string) => sheets.remove(await sheets.open(ws));
const there = async () => {
  const made = await elsewhere();
  await made.load();
  return where(made, 'new', clear());
};

it.each(['the vault', 'the page', 'the answer', 'a missing file'])('no answered plan is deleted at the server while %s cannot be read', async (what) => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  const sheets = tab(signin);
  await sheets.load();
  await sheets.open(PLAN);
  await ray.says(PLAN, 'not_yet');
  const id = (typ: string) => house.rows.find((r) => r.ws === PLAN && r.typ === typ)?.id ?? '';
  const unknown = (s: { typ: string }) => (s.typ === 'worksheet' ? { ...s, id: 'unknown' } : s);
  if (what === 'the vault') Object.assign(signin, { open: false });
  if (what === 'the page') house.lie(new RegExp(`sealed/${id('worksheet')}$`), () => null);
  if (what === 'the answer') house.lie(new RegExp(`sealed/${id('feedback')}$`), () => null);
  if (what === 'a missing file') house.lie(/versions$/, (truth) => ({ sealed: (truth as { sealed: { typ: string }[] } | null)?.sealed.map(unknown) }));
  await removed(sheets, PLAN);
  expect(house.rows.map((r) => r.ws)).toContain(PLAN);
  expect(sheets.deletions.waiting).toEqual([PLAN]);
  Object.assign(signin, { open: true });
  house.lies.length = 0;
  await sheets.deletions.send();
  expect([house.rows.map((r) => r.ws), sheets.deletions.waiting, await there()]).toEqual([[ENTRY], [], 'not_yet']);
});

it('a plan nobody answered is deleted while the pages are locked', async () => {
  await stored(PLAN, 'plan', clear());
  await mentor(2, 'Ray');
  const sheets = tab(signin);
  await sheets.load();
  await sheets.open(PLAN);
  Object.assign(signin, { open: false });
  await removed(sheets, PLAN);
  expect([house.rows, sheets.deletions.waiting]).toEqual([[], []]);
});

it('a list without the plan does not lose a Not yet on it that was opened', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'not_yet');
  const sheets = tab(signin);
  house.lie(/GET \/worksheets$/, (truth) => ({
    sealed: (truth as { sealed: { ws: string; typ: string }[] } | undefined)?.sealed.filter((s) => s.ws !== PLAN || s.typ === 'feedback'),
  }));
  await sheets.load();
  // From here on the answer is gone, and so is the page.
  house.rows = house.rows.filter((r) => r.ws !== PLAN);
  expect([await where(sheets, 'new', clear()), await there()]).toEqual(['not_yet', 'not_yet']);
});

it('nor does it when the plan itself is left out everywhere: then the name says whom it is about', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'not_yet');
  house.rows = house.rows.filter((r) => r.ws !== PLAN || r.typ === 'feedback');
  const sheets = tab(signin);
  await fetchVault(signin);
  await sheets.load();
  house.rows = [];
  expect([await where(sheets, 'new', clear()), await there()]).toEqual(['not_yet', 'not_yet']);
});

it('an answer that was seen and is missing when its plan is deleted counts as Not yet', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  await ray.says(PLAN, 'ready');
  const sheets = tab(signin);
  await sheets.load();
  await sheets.open(PLAN);
  house.rows = house.rows.filter((r) => r.typ !== 'feedback');
  await removed(sheets, PLAN);
  expect([house.rows.map((r) => r.ws), await where(sheets, 'new', clear()), await there()]).toEqual([[ENTRY], 'not_yet', 'not_yet']);
});

it('also when that mentor had said Not yet and then Ready before', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  const sheets = tab(signin);
  for (const mark of ['not_yet', 'ready'] as const) {
    await ray.says(PLAN, mark);
    await sheets.load();
  }
  await sheets.open(PLAN);
  expect(await where(sheets, 'new', clear())).toBe('draft');
  // A third answer that nobody opened, and a server that gives the first one again.
  await ray.says(PLAN, 'not_yet');
  house.rows = house.rows.filter((r) => r.typ !== 'feedback' || r.ver === 1);
  await removed(sheets, PLAN);
  expect([house.rows.map((r) => r.ws), await where(sheets, 'new', clear()), await there()]).toEqual([[ENTRY], 'not_yet', 'not_yet']);
});

it('before that last look the plan is closed for its mentors, so that none answers what is being deleted', async () => {
  await stored(ENTRY, 'entry', { nick: 'River' });
  await stored(PLAN, 'plan', clear());
  const ray = await mentor(2, 'Ray');
  house.grants.push({ ws: PLAN, reader: ray.of.acct }, { ws: ENTRY, reader: ray.of.acct });
  const sheets = tab(signin);
  await sheets.load();
  await sheets.open(PLAN);
  const open: string[][] = [];
  house.lie(/versions$/, (truth) => {
    if (truth) open.push(house.grants.map((g) => g.ws));
    return truth ?? {};
  });
  // Until the server closed it, nothing is deleted.
  house.lie(/DELETE \/grants\//, () => null);
  await removed(sheets, PLAN);
  expect([house.rows.map((r) => r.ws), sheets.deletions.waiting]).toEqual([[ENTRY, PLAN], [PLAN]]);
  house.lies.pop();
  open.length = 0;
  await sheets.deletions.send();
  expect([open, house.rows.map((r) => r.ws)]).toEqual([[[ENTRY]], [ENTRY]]);
});
