// @vitest-environment happy-dom
// What would happen with a second version of the plan: an invented version with one more question,
// on the real pages of owner and mentor, with real keys. And a version that this app does not have,
// as from a device with a newer app.

import 'fake-indexeddb/auto';
import { cleanup, configure, render, waitFor } from '@testing-library/svelte';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Reading } from '../lib/pair/reading.svelte';
import { fromBody, needed, toBody, today, type Answers } from '../lib/sheet/answers';
import { everyWord } from '../lib/sheet/everyword';
import { FILES, KINDS, knows, loadForm, newestOf, type Shape, type Tpl, type Words } from '../lib/sheet/forms';
import { House } from '../lib/sheet/house.testing';
import { checkOf, feedbackBody, gateOf } from '../lib/sheet/plan';
import { Somebody } from '../lib/sheet/safety/person';
import { Sheets } from '../lib/sheet/sheets.svelte';
import type { Signin } from '../lib/signin/signin.svelte';
import { text } from '../lib/text/text.svelte';
import { worksheetsText } from '../lib/text/sections/worksheets';
import { unb64u } from '../lib/vault/bytes';
import { compared, person, type Person } from '../lib/vault/people.testing';
import { navigate } from '../routes';
import Around from './Around.testing.svelte';

configure({ asyncUtilTimeout: 15_000, getElementError: (m) => new Error(m ?? '') });
const WS = '0192f0c4-0000-4000-8000-000000000001';
// The newest released form, an invented next version, and one that no app has.
const OLD = newestOf('plan');
const FILE = OLD.replace('@', '.');
const N = Number(OLD.split('@')[1]) + 1;
const NEW = `plan@${N}` as const;
const LATER = 'plan@999999';
const WS2 = '0192f0c4-0000-4000-8000-000000000002';
const ASKED = 'A question nobody asks';
const checked = new Somebody().check(Math.floor((Date.now() - Date.UTC(2026, 0, 1)) / 86_400_000));
const plan: Answers = { nick: 'Coach', route: 'meet', why: 'He likes plain talk.', own: 'I lied.', reach: 'yes', safety: checked.checked };
const later: Answers = { ...plan, moon: 'Words from later', parts: [{ text: 'one of them' }, { text: 'and two' }] };
let sam: Person, maria: Person, house: House, signin: Signin;

/** One more question, which is gated (an edit voids a sign-off). */
async function addSecond(): Promise<void> {
  const shape = structuredClone((await FILES[`./forms/${FILE}.json`]?.())?.default) as Shape;
  shape.version = N;
  shape.steps.find((s) => s.key === 'words')?.fields.push({ key: 'made_up', type: 'long', max: 300, need: 'send', gated: true });
  FILES[`./forms/plan.${N}.json`] = () => Promise.resolve({ default: shape });
  for (const language of ['en', 'es']) {
    const words = structuredClone((await FILES[`./forms/${FILE}.${language}.json`]?.())?.default) as Words;
    words.fields['made_up'] = { label: ASKED };
    FILES[`./forms/plan.${N}.${language}.json`] = () => Promise.resolve({ default: words });
  }
}

beforeEach(async () => {
  await text.begin();
  await addSecond();
});

/** Sam and his mentor, who compared in person. */
async function meet(): Promise<void> {
  globalThis.indexedDB = new IDBFactory();
  [sam, maria] = [await person(1), await person(2)];
  await compared(sam, maria, 'Maria');
  await compared(maria, sam, 'Sam');
  house = new House(sam.acct);
  signin = here(await house.signin(sam));
}

afterEach(() => {
  cleanup();
  for (const name of Object.keys(FILES)) if (name.startsWith(`./forms/plan.${N}.`)) Reflect.deleteProperty(FILES, name);
});

const here = (s: Signin): Signin => Object.assign(s, { state: 'in', facility: null, sheets: {}, lastTouch: 0, touched: () => undefined });

/** The server's copy of a plan of Sam's that is on for Maria. */
async function sealed(tpl: Tpl, a: Answers, ws = WS, on = true): Promise<void> {
  const one = await sam.keeper.sealDoc('worksheet', ws, 1, null, toBody(tpl, a));
  await sam.keeper.noteSheet(ws, 'Coach', 1, one.hc);
  if (!on) return house.put('worksheet', sam.acct, ws, 1, [sam.acct], one.file);
  await sam.keeper.setConsent(ws, maria.acct, true);
  const shared = await sam.keeper.shareDoc(ws, unb64u(one.file));
  await maria.keeper.openShared(ws, 1, sam.acct, unb64u(shared.file));
  house.put('worksheet', sam.acct, ws, 1, [sam.acct, ...shared.readers], shared.file);
}

/** Switches to the mentor's device: same server, requests now come from her. */
async function asMaria(): Promise<Signin> {
  const { rows } = house;
  house = new House(sam.acct, maria.acct);
  house.rows = rows;
  return here(await house.signin(maria));
}

async function open(path: string, s = signin): Promise<HTMLElement> {
  // The router outlives a test, so it navigates to the new page first, as by a link.
  await navigate(path as '/pages');
  return render(Around, { signin: s }).container;
}

const labels = (of: HTMLElement) => [...of.querySelectorAll('label, legend, dt')].map((l) => l.textContent.trim());
const shows = (page: HTMLElement, words: string) => waitFor(() => expect(page.textContent).toContain(words));
const ready = (page: HTMLElement) => page.querySelector<HTMLInputElement>('#ans-ready') ?? expect.fail('no Ready');

/** Maria's answer to exactly these words under this form. */
async function saysReady(tpl: Tpl, a: Answers, ws = WS): Promise<void> {
  const body = { on: { ver: 1, hash: '' }, at: today(), mark: 'ready' as const, gate: (await gateOf(tpl, a)) ?? '', check: await checkOf(a), ticked: [], bonds: {} };
  const file = await maria.keeper.sealFeedback(ws, sam.acct, feedbackBody({ ...body, why: [], overall: 'Good.', steps: { way: 'Say it just like this.' } }));
  await maria.keeper.feedbackSent(ws, file.ver, file.hc);
  house.put('feedback', maria.acct, ws, file.ver, [maria.acct, sam.acct], file.file);
}

const state = async (ws = WS) => {
  const sheets = new Sheets(signin);
  await sheets.load();
  return sheets.rows.find((r) => r.ws === ws)?.state;
};

describe('with a second version of the plan', () => {
  beforeEach(meet);

  it('the owner of an old page keeps its questions, also after later edits', async () => {
    await sealed(OLD, plan);
    const page = await open(`/pages/${WS}/words`);
    await waitFor(() => expect(labels(page)).toContain('What I did'));
    expect(labels(page)).not.toContain(ASKED);
    const sheet = await new Sheets(signin).open(WS);
    sheet.answers['own'] = 'I lied, twice.';
    sheet.changed();
    await sheet.flush();
    const newest = await sam.keeper.openDoc('worksheet', WS, 2, house.rows.find((r) => r.ver === 2)?.file ?? expect.fail('nothing saved'));
    expect(fromBody(newest.body)).toMatchObject({ tpl: OLD, answers: { own: 'I lied, twice.' } });
  });

  it('a new page gets the new form', async () => {
    const { ws, tpl } = await new Sheets(signin).begin('plan', { ...plan });
    expect(tpl).toBe(NEW);
    const page = await open(`/pages/${ws}/words`);
    await waitFor(() => expect(labels(page)).toContain(ASKED));
  });

  it('a copy of an old page keeps its form', async () => {
    expect((await new Sheets(signin).begin('plan', { ...plan }, OLD)).tpl).toBe(OLD);
  });

  it.each([
    [OLD, false],
    [NEW, true],
  ])('the mentor of a page of %s sees the questions that were asked: the new one is there, %s', async (tpl, there) => {
    await sealed(tpl, plan);
    const page = await open(`/shared/${sam.acct}/${WS}`, await asMaria());
    await waitFor(() => expect(labels(page)).toContain('What I did'));
    // It must never be shown under the questions of another form, not even for a moment.
    expect(labels(page)).toContain('Why this way?');
    expect(labels(page).includes(ASKED)).toBe(there);
  });

  it('Ready is bound to the form it was given on, and is not carried over to another one', async () => {
    await sealed(OLD, plan);
    await saysReady(OLD, plan);
    expect(await state()).toBe('ready');
    await sealed(NEW, plan, WS2);
    await saysReady(OLD, plan, WS2);
    expect(await state(WS2)).toBe('draft');
    await saysReady(NEW, plan, WS2);
    expect(await state(WS2)).toBe('ready');
  });
});

describe('a version unknown to this app', () => {
  beforeEach(meet);

  it('tells its owner so, can be read completely, and cannot be edited', async () => {
    await sealed(LATER, later);
    await saysReady(OLD, plan);
    for (const path of [`/pages/${WS}`, `/pages/${WS}/words`, `/pages/${WS}/safety`]) {
      const page = await open(path);
      await shows(page, worksheetsText().newer.text);
      for (const words of ['He likes plain talk.', 'I lied.', 'Words from later', 'one of them, and two']) await shows(page, words);
      expect(page.querySelectorAll('main input, main textarea')).toHaveLength(0);
      // A mentor's answer is shown, but the app does not claim whether it still counts.
      for (const words of ['Say it just like this.', worksheetsText().newer.mark]) await shows(page, words);
      cleanup();
    }
    expect(await state()).toBe(null);
    expect(house.rows.filter((r) => r.typ === 'worksheet')).toHaveLength(1);
  });

  it('can be read by a mentor, who can answer but not say Ready', async () => {
    await sealed(LATER, later);
    const hers = await asMaria();
    const page = await open(`/shared/${sam.acct}/${WS}`, hers);
    await shows(page, worksheetsText().newer.read);
    for (const words of ['He likes plain talk.', 'Words from later', worksheetsText().newer.ready]) await shows(page, words);
    expect(ready(page).disabled).toBe(true);
    cleanup();

    const reading = new Reading(sam.acct, WS, hers);
    await reading.load();
    expect(reading.tpl).toBe(LATER);
    Object.assign(reading.words, { mark: 'ready' });
    expect(await reading.send()).toBe(false);
    expect(house.rows.filter((r) => r.typ === 'feedback')).toHaveLength(0);
    Object.assign(reading.words, { mark: 'not_yet', why: ['time'], overall: 'Wait.' });
    expect(await reading.send()).toBe(true);
  });

  it('cannot be turned on for anybody, since its required fields are unknown', async () => {
    await sealed(LATER, later, WS, false);
    const [participant, mentor] = [sam, maria].map(({ acct }) => ({ acct, member: '', room_name: '' }));
    const consent = { id: 'c', signed_on: today(), expires_on: today(), state: 'open' };
    house.assignments = [{ id: 'a', participant, mentor, since: today(), consent }];
    const page = await open(`/pages/${WS}/share`);
    await shows(page, worksheetsText().newer.share);
    expect(page.querySelector('[role=switch]')?.getAttribute('aria-disabled')).toBe('true');
  });

  it('may have a route unknown to all forms here, and stays in the list beside its person', async () => {
    await sealed('entry@1', { nick: 'Coach', time: 'now' });
    await sealed(LATER, { nick: 'Coach', route: 'boat', about: WS }, WS2);
    const page = await open('/pages');
    await waitFor(() => expect([...page.querySelectorAll('.list .name')].map((n) => n.textContent.trim())).toEqual(expect.arrayContaining(['Coach', 'Plan: Coach'])));
  });

  it('can be read also when its kind is unknown', async () => {
    await sealed('letter@1', { nick: 'Coach', page: 'Dear Coach' });
    const page = await open(`/pages/${WS}`);
    await shows(page, worksheetsText().newer.text);
    await shows(page, 'Dear Coach');
  });
});

describe('forms as data', () => {
  it('an answer to the new gated question voids a Ready, one to an ungated question does not', async () => {
    const gate = await gateOf(NEW, plan);
    expect(await gateOf(NEW, { ...plan, made_up: 'A job.' })).not.toBe(gate);
    expect(await gateOf(NEW, { ...plan, care: 'A walk.' })).toBe(gate);
  });

  it('new wording of the same questions is another form, and a Ready is not carried over', async () => {
    const shape = structuredClone((await FILES[`./forms/${FILE}.json`]?.())?.default) as Shape;
    FILES[`./forms/plan.${N}.json`] = () => Promise.resolve({ default: { ...shape, version: N } });
    expect(await gateOf(NEW, plan)).not.toBe(await gateOf(OLD, plan));
  });

  it('a Ready given before the second version existed still counts', async () => {
    const signed = {
      route: 'meet',
      why: 'He likes to talk.',
      own: 'I lied.',
      avoid: ['but'],
      offer: true,
      live1: 'Be on time.',
      r_refuse: 'Let it be.',
      reach: 'yes',
      when: '2026-07-01',
    };
    expect(await gateOf('plan@1', signed)).toBe('/tnNhCjhzO01tQgcxeQrA+CE5HM3NngFUnDfCKH72qQ=');
  });

  it.each(['plan@0', 'plan@01', 'plan@1.en', 'plan@', 'plan@x', '__proto__@1'] as const)('%s is none', async (tpl) => {
    const form = await loadForm(tpl, 'en', 'twelve_step');
    expect(form.known).toBe(false);
    expect(await gateOf(tpl, plan)).toBe(null);
    expect(form.fields.some((f) => needed(f, { route: 'meet' }))).toBe(false);
  });

  it('fields that the app stores beside the answers are not shown as words of the person', async () => {
    const form = await loadForm(LATER, 'en', 'twelve_step');
    const kept = { ...plan, about: WS, standing: new Somebody().check(1, { q1: 'yes' }).findings, sent: 'x', state: 'resting', closed: 'meet' };
    expect(everyWord(form, kept).steps.map((s) => s.key)).not.toContain('rest');
    expect(
      everyWord(form, later)
        .steps.at(-1)
        ?.fields.map((f) => f.key),
    ).toEqual(['moon', 'parts']);
  });

  it('the newest version is the highest number', () => {
    const far = './forms/plan.1000.json';
    FILES[far] = () => Promise.reject(new Error('only its name'));
    expect(newestOf('plan')).toBe('plan@1000');
    Reflect.deleteProperty(FILES, far);
    expect(newestOf('plan')).toBe(NEW);
    for (const kind of KINDS) expect(knows(newestOf(kind)), kind).toBe(true);
  });
});
