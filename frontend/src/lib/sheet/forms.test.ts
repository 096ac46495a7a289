// The forms as data: what holds for every version of every kind, and what the first plan asks for.

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

  it.each(LANGUAGES)('has every word in %s, and no word too many', (language) => {
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

  it('says of every field of a plan whether an edit voids a sign-off', () => {
    expect(ungated(shape)).toEqual([]);
  });

  it('leaves every key that stays what it was', () => {
    for (const other of forms.filter((o) => o.shape.kind === kind))
      for (const f of fieldsOf(other.shape)) expect(fieldsOf(shape).find((x) => x.key === f.key)?.type ?? f.type, f.key).toBe(f.type);
  });

  it('has another wording for the secular track where one is written', async () => {
    for (const language of LANGUAGES) {
      const plain = await loadForm(tpl, language, 'twelve_step');
      const secular = await loadForm(tpl, language, 'secular');
      expect(plain.known).toBe(true);
      expect(secular.fields.map((f) => f.key)).toEqual(plain.fields.map((f) => f.key));
      if (kind !== 'entry') expect(secular).not.toEqual(plain);
    }
  });

  it('filled to the last character in the widest script, still fits into a sealed file', () => {
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

  it('keeps what was answered through the sealed body, whatever it is', () => {
    const a: Answers = { nick: 'J. \u{1F469}‍\u{1F467} مرحبا \u202E', did: 'line one\nline two\r\t"quoted" \\ \u0000', kinds: ['trust'], done: true, fromLater: { some: 'thing' } };
    const body = toBody(tpl, a);
    expect(body).not.toMatch(/[\r\n]/);
    expect(fromBody(body)).toEqual({ tpl, kind, answers: a });
  });
});

/** Fields that say neither. An entry and a look back are never signed off. */
const ungated = (shape: Shape) => (shape.kind !== 'plan' ? [] : fieldsOf(shape).filter((f) => typeof f.gated !== 'boolean')).map((f) => f.key);

it('a field that says neither is found', () => {
  expect(ungated({ kind: 'plan', version: 2, steps: [{ key: 'way', fields: [{ key: 'cost', type: 'line' }] }] })).toEqual(['cost']);
});

describe('what a plan asks for', () => {
  const form = compose(shapes['./forms/plan.1.json'] as Shape, words['./forms/plan.1.en.json'] as Words, 'twelve_step');
  const needs = (a: Answers) => missing(form, a).map((f) => f.key);

  it('is little for a living amends and more for a meeting', () => {
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

  it('shows what is conditional only then', () => {
    const field = (key: string) => form.fields.find((f) => f.key === key) ?? expect.fail(key);
    expect(shows(field('letter'), { route: 'meet' })).toBe(false);
    expect(shows(field('letter'), { route: 'unsent' })).toBe(true);
    expect(shows(field('pay_plan'), { pay_kind: 'no' })).toBe(false);
    expect(needed(field('pay_plan'), { pay_kind: 'money' })).toBe(true);
    expect(shows(field('live2_often'), {})).toBe(false);
  });

  it('an entry can be shared once its own part is there', async () => {
    const entry = await loadForm('entry@1', 'en', 'twelve_step');
    expect(missing(entry, { nick: 'Coach' }).map((f) => f.key)).toEqual(['tie', 'did', 'kinds', 'part', 'reach', 'willing']);
    expect(missing(entry, { nick: 'Coach', tie: 'work', did: 'x', kinds: ['trust'], part: 'y', reach: 'yes', willing: 'no' })).toEqual([]);
  });

  it('what is empty is not kept', () => {
    expect([undefined, null, '', [], false].map(isEmpty)).toEqual([true, true, true, true, true]);
    expect([0, 'x', ['x'], true].map(isEmpty)).toEqual([false, false, false, false]);
  });

  it('notices contact details and nothing else', () => {
    expect(['call 555 123 4567', 'a@b.org', '12 Oak street', 'Calle del Sol 14'].map(looksLikeContact)).toEqual([true, true, true, true]);
    expect(['I took $400 in 2019', 'at 10:30 I left', '3 times', 'en la calle con él'].map(looksLikeContact)).toEqual([false, false, false, false]);
  });
});
