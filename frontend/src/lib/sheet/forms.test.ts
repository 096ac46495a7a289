import { describe, expect, it } from 'vitest';
import { fromBody, isEmpty, looksLikeContact, missing, needed, shows, toBody, type Answers } from './answers';
import { compose, KINDS, loadForm, type Shape, type Words } from './forms';

const shapes = import.meta.glob<Shape>('./forms/*.1.json', { eager: true, import: 'default' });
const words = import.meta.glob<Words>('./forms/*.1.{en,es}.json', { eager: true, import: 'default' });

describe.each(KINDS)('the form %s', (kind) => {
  const shape = shapes[`./forms/${kind}.1.json`] as Shape;
  it.each(['en', 'es'])('has every word in %s, and no word too many', (language) => {
    const said = words[`./forms/${kind}.1.${language}.json`] as Words;
    const keys = shape.steps.flatMap((s) => s.fields.map((f) => f.key));
    expect(Object.keys(said.fields).sort()).toEqual(keys.sort());
    expect(Object.keys(said.steps).sort()).toEqual(shape.steps.map((s) => s.key).sort());
    for (const f of shape.steps.flatMap((s) => s.fields)) {
      expect(said.fields[f.key]?.label, f.key).toBeTruthy();
      expect(Object.keys(said.fields[f.key]?.options ?? {}).sort(), f.key).toEqual([...(f.options ?? [])].sort());
    }
  });

  it('has another wording for the secular track where one is written', async () => {
    for (const language of ['en', 'es']) {
      const plain = await loadForm(kind, language, 'twelve_step');
      const secular = await loadForm(kind, language, 'secular');
      expect(secular.fields.map((f) => f.key)).toEqual(plain.fields.map((f) => f.key));
      if (kind !== 'entry') expect(secular).not.toEqual(plain);
    }
  });

  it('keeps what was answered through the sealed body, whatever it is', () => {
    const a: Answers = { nick: 'J. \u{1F469}‍\u{1F467} مرحبا \u202E', did: 'line one\nline two\r\t"quoted" \\ \u0000', kinds: ['trust'], done: true, fromLater: { some: 'thing' } };
    const body = toBody(`${kind}@1`, a);
    expect(body).not.toMatch(/[\r\n]/);
    expect(fromBody(body)).toEqual({ tpl: `${kind}@1`, kind, answers: a });
  });
});

describe('what a plan asks for', () => {
  const form = compose(shapes['./forms/plan.1.json'] as Shape, words['./forms/plan.1.en.json'] as Words, 'twelve_step');
  const needs = (a: Answers) => missing(form, a).map((f) => f.key);

  it('filled to the last character in the widest script, it still fits into a sealed file', () => {
    for (const widest of ['\u0001', '\u{1F33F}', '\u{10FFFF}', 'ß']) {
      const full: Answers = {};
      for (const f of form.fields) full[f.key] = f.type === 'many' ? f.options : f.type === 'check' ? true : widest.repeat(f.max ?? 10);
      expect(new TextEncoder().encode(toBody('plan@1', full)).length).toBeLessThan(500_000);
      expect(fromBody(toBody('plan@1', full)).answers).toEqual(full);
    }
  });

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
    const entry = await loadForm('entry', 'en', 'twelve_step');
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
