// Rollback protection of mentors' answers, with real keys: an answer that is older than one seen
// before, has another text, or is missing leaves a doubt that counts as Not yet, on this device and
// on a new one.

import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { Pairs } from '../pair/pairs.svelte';
import { bringVault, changeVault } from '../signin/vaultsync';
import { unb64u } from '../vault/bytes';
import { again, compared, person, type Person } from '../vault/people.testing';
import { nobody } from '../vault/findings';
import type { Side } from '../wire/wire';
import type { Answers } from './answers';
import { today, toBody } from './answers';
import { feedbackIn, listPages } from './feedback';
import { House } from './house.testing';
import { bondsOf, clearedBy, checkOf, feedbackBody, gateOf, heldOf, stateOf, verdictOf, type Feedback } from './plan';
import { CLEAR, day, Somebody } from './safety/person';
import { answer, asksOf, unchecked } from './safety/safety';
import { Sheets } from './sheets.svelte';

const WS = '0192f0c4-0000-4000-8000-000000000001';
const TODAY = day(2);
const checked = new Somebody().check(1, { q5: 'yes' });
const plan: Answers = { nick: 'Coach', route: 'meet', own: 'I lied.', safety: checked.checked, standing: checked.findings };
const gate = async (a: Answers) => (await gateOf('plan@1', a)) ?? '';
let sam: Person, maria: Person, ray: Person, house: House, signin: Signin;

beforeEach(async () => {
  globalThis.indexedDB = new IDBFactory();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });
  [sam, maria, ray] = [await person(1), await person(2), await person(3)];
  house = new House(sam.acct);
  const one = await sam.keeper.sealDoc('worksheet', WS, 1, null, toBody('plan@1', { ...plan, sent: await gate(plan) }));
  await sam.keeper.noteSheet(WS, 'Coach', 1, one.hc);
  for (const [p, name] of [
    [maria, 'Maria'],
    [ray, 'Ray'],
  ] as const) {
    await compared(sam, p, name);
    await compared(p, sam, 'Sam');
    await sam.keeper.setConsent(WS, p.acct, true);
  }
  const shared = await sam.keeper.shareDoc(WS, unb64u(one.file));
  for (const p of [maria, ray]) await p.keeper.openShared(WS, 1, sam.acct, unb64u(shared.file));
  house.put('worksheet', sam.acct, WS, 1, [sam.acct, ...shared.readers], shared.file);
  signin = await house.signin(sam);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** A mentor answers; with `sent` false the server has an answer that competes with the one sent. */
async function answers(p: Person, mark: 'ready' | 'not_yet', sent = true): Promise<void> {
  const said = {
    mark,
    gate: await gate(plan),
    check: await checkOf(plan),
    at: day(1),
    on: { ver: 1, hash: '' },
    ticked: ['q5'],
    bonds: bondsOf(plan, ['q5']),
    why: [],
    overall: 'said ' + mark,
    steps: {},
  };
  const f = await p.keeper.sealFeedback(WS, sam.acct, feedbackBody(said));
  if (sent) await p.keeper.feedbackSent(WS, f.ver, f.hc);
  house.put('feedback', p.acct, WS, f.ver, [p.acct, sam.acct], f.file);
}

const seen = async (as = signin): Promise<Feedback[]> => (await feedbackIn(as, await listPages(), []))[WS] ?? [];
const state = async (of: Feedback[]) => stateOf({ ...plan, sent: await gate(plan) }, await gate(plan), of, TODAY, verdictOf(plan, TODAY, clearedBy(heldOf(plan), of, TODAY)));

/** The server hides the matching answers. */
const hide = (which: (r: { author: string; ver: number }) => boolean) => (house.rows = house.rows.filter((r) => r.typ !== 'feedback' || !which(r)));

/** Sam on a new device, which has only the server's vault. */
async function elsewhere(): Promise<Signin> {
  globalThis.indexedDB = new IDBFactory();
  const keeper = await again(sam);
  await keeper.openVault(house.vault.ctr, house.vault.file);
  return { ...signin, vault: keeper } as unknown as Signin;
}

async function inDoubt(of: Feedback[]): Promise<void> {
  expect(of.map((f) => [f.author, f.doubt, f.overall, f.ticked])).toEqual([[maria.acct, 'old', '', []]]);
  expect(await state(of)).toBe('not_yet');
  expect(clearedBy(heldOf(plan), of, TODAY)).toEqual([]);
}

describe('an answer', () => {
  it('of Ready, older than a Not yet that was seen, does not count as Ready', async () => {
    await answers(maria, 'ready');
    expect(await state(await seen())).toBe('ready');
    await answers(maria, 'not_yet');
    expect((await seen()).map((f) => f.overall)).toEqual(['said not_yet']);
    await bringVault(signin);
    hide((r) => r.ver === 2);
    await inDoubt(await seen());
    await inDoubt(await seen(await elsewhere()));
  });

  it('that the server accepted twice keeps the text seen first', async () => {
    await answers(maria, 'not_yet', false);
    expect(await state(await seen())).toBe('not_yet');
    await bringVault(signin);
    await answers(maria, 'ready');
    await inDoubt(await seen());
    await inDoubt(await seen(await elsewhere()));
  });

  it('that is missing is in doubt, and another mentor’s Ready does not make the plan ready', async () => {
    await answers(maria, 'not_yet');
    await answers(ray, 'ready');
    await seen();
    await bringVault(signin);
    hide((r) => r.author === maria.acct);
    for (const as of [signin, await elsewhere()]) {
      const of = await seen(as);
      expect(of.map((f) => [f.name, f.doubt])).toEqual([
        ['Ray', undefined],
        ['Maria', 'old'],
      ]);
      expect(await state(of)).toBe('not_yet');
      expect(clearedBy(heldOf(plan), of, TODAY)).toEqual([]);
    }
  });

  it('is kept when the pairing ended, and does not count as Ready when it is missing', async () => {
    await answers(maria, 'not_yet');
    await answers(ray, 'ready');
    await seen();
    await sam.keeper.consentsLeft({}, await sam.keeper.readers());
    expect((await seen()).map((f) => f.doubt)).toEqual([undefined, undefined]);
    expect(await state(await seen())).toBe('not_yet');
    hide((r) => r.author === maria.acct);
    expect(await state(await seen())).toBe('not_yet');
  });

  it('of a mentor who left stops counting on every device, once the person says that they left', async () => {
    await answers(maria, 'not_yet');
    await answers(ray, 'ready');
    await seen();
    const pairs = new Pairs(signin, new Sheets(signin));
    const [me, them] = [sam, maria].map((p) => ({ member: '', acct: p.acct, room_name: 'Maria' })) as [Side, Side];
    house.lie(/GET \/assignments$/, () => ({ assignments: [{ id: 'a', participant: me, mentor: them, since: day(0), ended: day(1) }] }));
    await pairs.load();
    // The end of a pairing is only the server's word: it changes nothing.
    expect(pairs.left.map((a) => a.id)).toEqual(['a']);
    expect(await state(await seen())).toBe('not_yet');
    for (const a of pairs.left) await pairs.leave(a);
    expect(pairs.left).toEqual([]);
    for (const as of [signin, await elsewhere()]) {
      expect((await seen(as)).map((f) => f.author)).toEqual([ray.acct]);
      expect(await state(await seen(as))).toBe('ready');
      hide((r) => r.author === maria.acct);
      expect((await seen(as)).map((f) => f.author)).toEqual([ray.acct]);
    }
    // Compared again, the mentor's answers count again.
    await compared(sam, maria, 'Maria');
    expect(await state(await seen())).toBe('not_yet');
  });

  it('that cannot be fetched leaves a doubt', async () => {
    await answers(maria, 'not_yet');
    await answers(ray, 'ready');
    house.lie(/sealed\/id1$/, () => null);
    const of = await seen();
    expect(of.map((f) => f.doubt)).toEqual(['unread', undefined]);
    expect(await state(of)).toBe('not_yet');
  });

  it('that is newer than the one in doubt ends the doubt', async () => {
    await answers(maria, 'ready');
    await answers(maria, 'not_yet');
    await seen();
    hide((r) => r.ver === 2);
    await inDoubt(await seen());
    await answers(maria, 'ready');
    expect(await state(await seen())).toBe('ready');
  });

  it('of somebody who was never compared is ignored', async () => {
    const stranger = await person(4);
    await compared(stranger, sam, 'Sam');
    house.put('feedback', stranger.acct, WS, 1, [stranger.acct, sam.acct], 'AAAA');
    expect(await seen()).toEqual([]);
  });

  it('listed in several versions is reduced to the newest of each author', async () => {
    await answers(maria, 'ready');
    await answers(maria, 'not_yet');
    expect((await feedbackIn(signin, house.rows, []))[WS]?.map((f) => f.ver)).toEqual([2]);
  });
});

it('the list of pages opens all answers, updates the plan’s state, and uploads the marks at once', async () => {
  await answers(maria, 'not_yet');
  await answers(ray, 'ready');
  house.did.length = 0;
  const sheets = new Sheets(signin);
  await sheets.load();
  expect(sheets.rows.map((r) => [r.state, r.readers.length])).toEqual([['not_yet', 2]]);
  await vi.waitFor(() => expect(house.did).toEqual(['PUT /vault']));
  hide((r) => r.author === maria.acct);
  await sheets.load();
  expect(sheets.rows.map((r) => r.state)).toEqual(['not_yet']);
  expect(sheets.feedback[WS]?.map((f) => f.doubt)).toEqual([undefined, 'old']);
  expect(house.did).toEqual(['PUT /vault']);
});

it('an answer that another tab opened after this list was requested is requested again', async () => {
  await answers(maria, 'ready');
  await seen();
  await answers(maria, 'not_yet');
  const late = house.rows.filter((r) => r.ver === 1);
  let asked = 0;
  house.lie(/GET \/worksheets$/, (truth) => (truth === null || ++asked > 1 ? (truth ?? {}) : { sealed: late }));
  const tab = await again(sam);
  await tab.openVault(house.vault.ctr, house.vault.file);
  const row = house.rows.find((r) => r.ver === 2);
  await tab.openFeedback(WS, 2, maria.acct, row?.file ?? new Uint8Array(0));
  const sheets = new Sheets(signin);
  await sheets.load();
  expect(sheets.feedback[WS]?.map((f) => [f.mark, f.doubt])).toEqual([['not_yet', undefined]]);
  expect(asked).toBe(2);
});

describe('refreshing an open plan', () => {
  const living: Answers = { ...plan, route: 'living', safety: new Somebody().check(0).checked as Answers['safety'] };

  let sheets: Sheets;
  // A pending save of one test must not reach the next.
  afterEach(() => sheets.clear());

  async function opened(): Promise<{ sheets: Sheets; sheet: Awaited<ReturnType<Sheets['open']>> }> {
    sheets = new Sheets(signin);
    await sheets.load();
    const sheet = await sheets.open(WS);
    const fresh = asksOf('yes').reduce((c, q) => answer(c, q, CLEAR[q.key] ?? 'no', today()), unchecked(today()));
    Object.assign(sheet.answers, { ...living, safety: { ...fresh, shown: today() } });
    delete sheet.answers['standing'];
    return { sheets, sheet };
  }

  it('sees a Not yet that arrived meanwhile, and then the plan cannot be called done', async () => {
    const { sheets, sheet } = await opened();
    expect(await sheets.answered.mayEnd(sheet)).toBe(true);
    await answers(maria, 'not_yet');
    expect(await sheets.answered.mayEnd(sheet)).toBe(false);
    expect(sheets.feedback[WS]?.map((f) => f.mark)).toEqual(['not_yet']);
    // Hidden after that, it is in doubt, and the plan still cannot be called done.
    house.rows = [];
    expect(await sheets.answered.mayEnd(sheet)).toBe(false);
    expect(sheets.feedback[WS]?.map((f) => f.doubt)).toEqual(['old']);
  });

  it('sees a stop found on another device', async () => {
    const { sheets, sheet } = await opened();
    Object.assign(sheet.answers, { route: 'wait' });
    expect(await sheets.answered.mayEnd(sheet)).toBe(true);
    await bringVault(signin);
    const there = await elsewhere();
    const stop = new Somebody().check(0, { q3: 'yes' }).findings;
    await changeVault(there, () => there.vault.noteSafety({ [WS]: { ...nobody(), ...stop } }));
    expect(await sheets.answered.mayEnd(sheet)).toBe(false);
    expect(sheets.safety.verdict(WS, sheet.answers)?.result).toBe('STOP');
  });

  it('keeps the known answers when the server does not respond', async () => {
    const { sheets, sheet } = await opened();
    await answers(maria, 'not_yet');
    await sheets.answered.look(sheet);
    house.lie(/./, () => null);
    await sheets.answered.look(sheet);
    expect(sheets.feedback[WS]?.map((f) => f.mark)).toEqual(['not_yet']);
  });
});

describe('the answers of a page', () => {
  it('that the server hides together with its page are in doubt, on any device', async () => {
    await answers(maria, 'not_yet');
    await seen();
    await bringVault(signin);
    house.rows = [];
    for (const as of [signin, await elsewhere()]) {
      await inDoubt(await seen(as));
      const sheets = new Sheets(as);
      await sheets.load();
      expect((await sheets.safety.stands(WS, { ...plan, sent: await gate(plan) }, 'plan@1')).where).toBe('not_yet');
    }
  });

  it('that is being deleted here are not missing', async () => {
    await answers(maria, 'not_yet');
    await seen();
    await sam.keeper.forgetPage(WS);
    house.rows = [];
    expect(await seen()).toEqual([]);
    // The server deleted it, and the vault does not know yet.
    await sam.keeper.pageGone(WS, true);
    expect(await seen()).toEqual([]);
  });

  it('that another device has just deleted are not missing', async () => {
    await answers(maria, 'not_yet');
    await seen();
    await bringVault(signin);
    const there = await elsewhere();
    const sheets = new Sheets(there);
    const go = house.hold(/GET .*\/worksheets$/);
    const loaded = sheets.load();
    await vi.waitFor(() => expect(house.asked.filter((l) => l === 'GET /vault').length).toBeGreaterThan(0));
    house.rows = [];
    await changeVault(signin, () => sam.keeper.forgetSheet(WS));
    go();
    await loaded;
    expect(sheets.feedback).toEqual({});
  });

  it('that was deleted are not missing, except when this device has a draft of it', async () => {
    await answers(maria, 'not_yet');
    await seen();
    house.rows = [];
    await sam.keeper.forgetSheet(WS);
    expect(await feedbackIn(signin, await listPages(), [])).toEqual({});
    expect((await feedbackIn(signin, await listPages(), [WS]))[WS]?.map((f) => f.doubt)).toEqual(['old']);
  });

  it('whose list cannot be fetched count as Not yet, and a page without any as not Ready', async () => {
    await answers(maria, 'not_yet');
    await answers(ray, 'ready');
    await seen();
    await bringVault(signin);
    await sam.keeper.keepDraft(WS, 1, null, toBody('plan@1', { ...plan, sent: await gate(plan) }));
    house.lie(/GET \/worksheets$/, () => null);
    const sheets = new Sheets(signin);
    await sheets.load();
    expect(sheets.fault).toBe('broken');
    expect(sheets.feedback[WS]?.map((f) => [f.name, f.doubt])).toEqual([
      ['Maria', 'unread'],
      ['Ray', 'unread'],
    ]);
    expect(sheets.rows.map((r) => r.state)).toEqual(['not_yet']);
  });

  it('that were opened before stay as they are when the list cannot be fetched later', async () => {
    await answers(ray, 'ready');
    const sheets = new Sheets(signin);
    await sheets.load();
    house.lie(/GET \/worksheets$/, () => null);
    await sheets.load();
    expect(sheets.feedback[WS]?.map((f) => [f.name, f.doubt])).toEqual([['Ray', undefined]]);
  });
});
