// The forms as data: what holds for every version of every kind, and what the first plan requires.

import { describe, expect, it } from 'vitest';
import { fromBody, isEmpty, looksLikeContact, missing, needed, shows, toBody, type Answers } from './answers';
import { compose, KINDS, loadForm, type Shape, type Words } from './forms';

const LANGUAGES = ['en', 'es'];
const shapes = import.meta.glob<Shape>(['./forms/*.json', '!./forms/*.{en,es}.json'], { eager: true, import: 'default' });
const words = import.meta.glob<Words>('./forms/*.{en,es}.json', { eager: true, import: 'default' });
const forms = Object.entries(shapes).map(([path, shape]) => ({ path: path.replace('.json', ''), tpl: `${shape.kind}@${shape.version}` as const, shape }));
const fieldsOf = (shape: Shape) => shape.steps.flatMap((s) => s.fields);

it('every kind has a form', () => {
  expect(new Set(forms.map((f) => f.shape.kind))).toEqual(new Set(KINDS));
  expect(Object.keys(words)).toHaveLength(forms.length * LANGUAGES.length);
});

describe.each(forms)('the form $tpl', ({ path, tpl, shape }) => {
  const { kind } = shape;

  it('is named by its file', () => {
    expect(path).toBe(`./forms/${tpl.replace('@', '.')}`);
  });

  it.each(LANGUAGES)('has all words in %s, and none that it does not use', (language) => {
    const said = words[`${path}.${language}.json`] as Words;
    const keys = fieldsOf(shape).map((f) => f.key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(Object.keys(said.fields).sort()).toEqual(keys.sort());
    expect(Object.keys(said.steps).sort()).toEqual(shape.steps.map((s) => s.key).sort());
    for (const f of fieldsOf(shape)) {
      expect(said.fields[f.key]?.label, f.key).toBeTruthy();
      expect(Object.keys(said.fields[f.key]?.options ?? {}).sort(), f.key).toEqual([...(f.options ?? [])].sort());
    }
  });

  it('declares for every field of a plan whether an edit voids a sign-off', () => {
    expect(ungated(shape)).toEqual([]);
  });

  it('does not change a key that was kept from an earlier version', () => {
    for (const other of forms.filter((o) => o.shape.kind === kind))
      for (const f of fieldsOf(other.shape)) expect(fieldsOf(shape).find((x) => x.key === f.key)?.type ?? f.type, f.key).toBe(f.type);
  });

  it('has secular wording where one is written', async () => {
    for (const language of LANGUAGES) {
      const plain = await loadForm(tpl, language, 'twelve_step');
      const secular = await loadForm(tpl, language, 'secular');
      expect(plain.known).toBe(true);
      expect(secular.fields.map((f) => f.key)).toEqual(plain.fields.map((f) => f.key));
      if (kind !== 'entry') expect(secular).not.toEqual(plain);
    }
  });

  it('fits into a sealed file with every field full of the widest characters', () => {
    const most = 5;
    for (const widest of ['\u0001', '\u{1F33F}', '\u{10FFFF}', 'ß']) {
      const full: Answers = {};
      for (const f of fieldsOf(shape)) {
        const long = widest.repeat(f.max ?? 10);
        full[f.key] = f.type === 'many' ? f.options : f.type === 'check' ? true : f.type === 'promises' ? Array(most).fill({ text: long, by: '2026-01-01', done: true }) : long;
      }
      expect(new TextEncoder().encode(toBody(tpl, full)).length).toBeLessThan(500_000);
      expect(fromBody(toBody(tpl, full)).answers).toEqual(full);
    }
  });

  it('answers survive encoding and decoding, whatever they are', () => {
    const a: Answers = { nick: 'J. \u{1F469}‍\u{1F467} مرحبا \u202E', did: 'line one\nline two\r\t"quoted" \\ \u0000', kinds: ['trust'], done: true, fromLater: { some: 'thing' } };
    const body = toBody(tpl, a);
    expect(body).not.toMatch(/[\r\n]/);
    expect(fromBody(body)).toEqual({ tpl, kind, answers: a });
  });
});

/** Fields of a plan without `gated`. An entry and a look back are never signed off. */
const ungated = (shape: Shape) => (shape.kind !== 'plan' ? [] : fieldsOf(shape).filter((f) => typeof f.gated !== 'boolean')).map((f) => f.key);

it('a field without `gated` is found', () => {
  expect(ungated({ kind: 'plan', version: 2, steps: [{ key: 'way', fields: [{ key: 'cost', type: 'line' }] }] })).toEqual(['cost']);
});

describe('the required fields of a plan', () => {
  const form = compose(shapes['./forms/plan.1.json'] as Shape, words['./forms/plan.1.en.json'] as Words, 'twelve_step');
  const needs = (a: Answers) => missing(form, a).map((f) => f.key);

  it('are few for a living amends and more for a meeting', () => {
    expect(needs({ route: 'living' })).toEqual(['why', 'own', 'now', 'pay_kind', 'live1', 'sup_before', 'sup_after', 'urge']);
    expect(needs({ route: 'meet' })).toEqual([
      'why',
      'ask',
      'own',
      'effect',
      'now',
      'avoid',
      'pay_kind',
      'when',
      'where',
      'leave',
      'r_forgive',
      'r_anger',
      'r_silence',
      'r_refuse',
      'sup_before',
      'sup_after',
      'urge',
      'accept',
    ]);
    expect(needs({ route: 'wait' })).toEqual(['why', 'own', 'now', 'pay_kind']);
  });

  it('conditional fields are shown only when their condition holds', () => {
    const field = (key: string) => form.fields.find((f) => f.key === key) ?? expect.fail(key);
    expect(shows(field('letter'), { route: 'meet' })).toBe(false);
    expect(shows(field('letter'), { route: 'unsent' })).toBe(true);
    expect(shows(field('pay_plan'), { pay_kind: 'no' })).toBe(false);
    expect(needed(field('pay_plan'), { pay_kind: 'money' })).toBe(true);
    expect(shows(field('live2_often'), {})).toBe(false);
  });

  it('an entry can be shared once its own required fields are filled', async () => {
    const entry = await loadForm('entry@1', 'en', 'twelve_step');
    expect(missing(entry, { nick: 'Coach' }).map((f) => f.key)).toEqual(['tie', 'did', 'kinds', 'part', 'reach', 'willing']);
    expect(missing(entry, { nick: 'Coach', tie: 'work', did: 'x', kinds: ['trust'], part: 'y', reach: 'yes', willing: 'no' })).toEqual([]);
  });

  it('empty answers are not stored', () => {
    expect([undefined, null, '', [], false].map(isEmpty)).toEqual([true, true, true, true, true]);
    expect([0, 'x', ['x'], true].map(isEmpty)).toEqual([false, false, false, false]);
  });

  it('recognizes contact details and nothing else', () => {
    expect(['call 555 123 4567', 'a@b.org', '12 Oak street', 'Calle del Sol 14'].map(looksLikeContact)).toEqual([true, true, true, true]);
    expect(['I took $400 in 2019', 'at 10:30 I left', '3 times', 'en la calle con él'].map(looksLikeContact)).toEqual([false, false, false, false]);
  });
});
