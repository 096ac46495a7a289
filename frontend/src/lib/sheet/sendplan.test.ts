// A changed safety check reaches the mentors who have the plan: after later saves, after being
// offline, and when only a lift was undone. Changed words alone wait to be sent.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { again, compared, person, stanzas, type Person } from '../vault/people.testing';
import { today, type Answers } from './answers';
import { House } from './house.testing';
import { checkedOf, doubted, gateOf, otherNotYetsOf, type Feedback } from './plan';
import { CLEAR } from './safety/person';
import { answer, askAgain, asksOf, unchecked, type Checked } from './safety/safety';
import type { Sheet } from './sheet.svelte';
import { Sheets } from './sheets.svelte';
import { isSent, sendPlan } from './sendplan.svelte';

const PLAN = '0192f0c4-0000-4000-8000-000000000002';
const real = setTimeout;
let sam: Person, maria: Person, house: House, signin: Signin, sheets: Sheets, sheet: Sheet;
/** Retries are called directly instead of after a delay. */
let later: (() => void)[];

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  later = [];
  const wait = (fn: () => void, ms: number) => (ms === 5_000 ? later.push(fn) : real(fn, ms));
  vi.stubGlobal('window', { setTimeout: wait });
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  house = new House(sam.acct);
  signin = await house.signin(sam);
  await sam.keeper.setConsent(PLAN, maria.acct, true);
  house.grants.push({ ws: PLAN, reader: maria.acct });
  signin = await house.signin(sam);
  sheets = new Sheets(signin);
  await sheets.load();
  sheet = await sheets.open(PLAN, true);
  sheet.begin('plan@1', { nick: 'River' });
  await checks({ q9: 'yes' });
  await sheet.finish();
  expect(held()).toEqual([2]);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** For how many people each stored version is sealed. */
const held = () => house.rows.map((r) => stanzas(r.file));
const sentTwice = (versions: number) => vi.waitFor(() => expect([house.rows.length, held().at(-1)]).toEqual([versions, 2]));

/** All questions answered again, and the result shown. */
async function checks(given: Record<string, string>, lifts: Checked['lifts'] = {}): Promise<void> {
  const before = checkedOf($snapshot(sheet.answers));
  const from = before ? askAgain(before, today()) : unchecked(today());
  sheet.answers['safety'] = { ...asksOf('yes').reduce((c, q) => answer(c, q, given[q.key] ?? CLEAR[q.key] ?? 'no', today()), from), lifts };
  sheet.changed();
  await sheets.safety.show(sheet);
}
const $snapshot = (a: Answers): Answers => JSON.parse(JSON.stringify(a)) as Answers;

async function sent(): Promise<void> {
  sheet.answers['sent'] = 'a digest';
  sheet.changed();
  await sheet.finish();
}

async function writes(words: string): Promise<void> {
  sheet.answers['why'] = words;
  sheet.changed();
  await sheet.flush();
}

it('a result that changed after the words were saved reaches the mentor', async () => {
  await sent();
  await writes('because');
  expect(held()).toEqual([2, 2, 1]);
  await checks({ q9: 'yes', q3: 'yes' });
  await sentTwice(4);
});

it('a send that was cut off does not count: the claim is in a version that nobody else has', async () => {
  const here = () => isSent(signin, PLAN, $snapshot(sheet.answers), sheet.saved === 'server' ? sheet.sharing.sentTo : []);
  const listed = async () => {
    await sheets.load();
    await vi.waitFor(() => expect(sheets.rows[0]?.state).toBeTruthy());
    return sheets.rows[0]?.state;
  };
  expect(await sendPlan(signin, sheet)).toBe(true);
  expect([await here(), await listed()]).toEqual([true, 'sent']);
  // Words outside the gate make a newer version, for the owner alone: the mentor still has the plan.
  sheet.answers['state'] = '';
  sheet.changed();
  await sheet.flush();
  expect([held().at(-1), await here(), await listed()]).toEqual([1, true, 'sent']);
  // The tab is closed when the new words are saved and not yet sealed for the mentor.
  sheet.answers['why'] = 'other words';
  sheet.changed();
  await sheet.flush();
  sheet.answers['sent'] = await gateOf(sheet.tpl, $snapshot(sheet.answers));
  sheet.changed();
  await sheet.flush();
  expect([held().at(-1), await here(), await listed()]).toEqual([1, false, 'draft']);
  expect(await sendPlan(signin, sheet)).toBe(true);
  expect([await here(), await listed()]).toEqual([true, 'sent']);
  // Nobody reads it any more.
  await sam.keeper.setConsent(PLAN, maria.acct, false);
  expect(await here()).toBe(false);
});

it('a plan says it was sent only when each of its readers has it', async () => {
  const refused = house.grants.splice(0);
  expect(await sendPlan(signin, sheet)).toBe(false);
  expect([sheet.answers['sent'], sheet.sharing.readerGone, held().at(-1)]).toEqual([undefined, true, 1]);
  house.grants.push(...refused);
  await sam.keeper.setConsent(PLAN, maria.acct, true);
  house.lie(/worksheets/, () => null);
  expect([await sendPlan(signin, sheet), sheet.answers['sent']]).toEqual([false, undefined]);
  house.lies.length = 0;
  expect([await sendPlan(signin, sheet), sheet.answers['sent'], held().at(-1)]).toEqual([true, await gateOf('plan@1', $snapshot(sheet.answers)), 2]);
  // The next send is refused: the earlier "sent" stays.
  sheet.answers['why'] = 'because';
  const was = sheet.answers['sent'];
  house.lie(/worksheets/, () => null);
  expect([await sendPlan(signin, sheet), sheet.answers['sent']]).toEqual([false, was]);
  house.lies.length = 0;
  house.grants.length = 0;
  expect([await sendPlan(signin, sheet), sheet.answers['sent']]).toEqual([false, was]);
});

it('changed words alone wait to be sent, and a plan that was never sent waits with its check', async () => {
  // No upload by the clock: on a slow machine this test takes longer than the time until one.
  sheet.saving.stop();
  vi.spyOn(sheet.saving, 'plan').mockReturnValue();
  await checks({ q3: 'yes' });
  await sheets.safety.inform(sheet);
  await sheet.flush();
  expect(held()).toEqual([2, 1]);
  await sent();
  await writes('because');
  await sheets.safety.inform(sheet);
  expect(held()).toEqual([2, 1, 2, 1]);
});

it('undoing a lift reaches the mentor, although every answer is the same', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
  await checks({ q9: 'yes', q2: 'yes' });
  vi.setSystemTime(Date.now() + 8 * 86_400_000);
  await checks({ q9: 'yes', q2: 'yes' }, { q2: 'yes' });
  await sent();
  await writes('because');
  expect(held().at(-1)).toBe(1);
  await checks({ q9: 'yes', q2: 'yes' }, { q2: 'no' });
  vi.useRealTimers();
  await sentTwice(4);
});

it('it is retried after being offline', async () => {
  await sent();
  house.lie(/worksheets/, () => null);
  await checks({ q9: 'yes', q3: 'yes' });
  await vi.waitFor(() => expect(later).not.toEqual([]));
  house.lies.length = 0;
  for (const fn of later.splice(0)) fn();
  await sentTwice(3);
});

it('after a lock the next load of the list sends it', async () => {
  await sent();
  house.lie(/worksheets/, () => null);
  await checks({ q9: 'yes', q3: 'yes' });
  await vi.waitFor(() => expect(later).not.toEqual([]));
  sheets.clear();
  house.lies.length = 0;
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  await new Sheets({ ...signin, vault: keeper } as unknown as Signin).load();
  await sentTwice(3);
});

it('a Not yet on another plan about the person reaches this plan’s mentor; its end waits to be sent', async () => {
  await sent();
  const before = house.rows.length;
  const says = async (ver: number, mark: Feedback['mark']) => {
    const { doubt, ...f } = doubted(maria.acct, 'Maria', 'old');
    void doubt;
    sheets.feedback = { other: [{ ...f, ver, mark, at: today() }] };
    await sheets.safety.raise([{ ws: 'other', kind: 'plan', answers: { nick: 'River', about: PLAN } }]);
    await sheets.safety.sync(sheet);
  };
  await says(1, 'not_yet');
  await sentTwice(before + 1);
  expect(Object.values(otherNotYetsOf($snapshot(sheet.answers)))).toEqual([{ mark: 'not_yet', on: today() }]);
  await says(2, 'ready');
  await sheet.flush();
  await sheets.safety.inform(sheet);
  expect([otherNotYetsOf($snapshot(sheet.answers)), held().at(-1)]).toEqual([{}, 1]);
});
