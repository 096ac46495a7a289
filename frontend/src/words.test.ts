// Every text for participants is easy to read, in both languages, and uses no banned word. Each
// section of a dictionary and each data file is checked as one text; short ones are checked
// together with the next.

import { describe, expect, it } from 'vitest';
import * as demo from './demo/words.svelte';
import { bannedIn, grade, inflesz, syllablesEn, syllablesEs } from './lib/text/readability';

const SHORT = 40;
const files = import.meta.glob<unknown>(['./lib/sheet/forms/*.{en,es}.json', './lib/sheet/safety/*.{en,es}.json', './lib/pair/*.{en,es}.json', './lib/room/cases/*.json'], {
  eager: true,
  import: 'default',
});

// The parts of the built-in agendas that phones and the big screen show, with their titles.
interface BuiltIn {
  language: string;
  title: string;
  segments: { title: string; prompt: string; stage_text: string; points?: string[] }[];
}
const agendas = import.meta.glob<BuiltIn>('../../server/agenda/builtin/*.json', { eager: true, import: 'default' });
const spoken = (a: BuiltIn) => [a.title, ...a.segments.map((s) => [s.title, s.prompt, s.stage_text, ...(s.points ?? [])])];

it('every built-in agenda is checked here', () => {
  expect(Object.keys(agendas)).toHaveLength(8);
});

/** All strings of a value, each as one sentence; {placeholders} are replaced by a short name. */
function said(value: unknown): string[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.replace(/\{\w+\}/g, 'Ana')];
  if (Array.isArray(value)) return value.flatMap(said);
  return value && typeof value === 'object' ? Object.values(value).flatMap(said) : [];
}

const text = (value: unknown): string =>
  said(value)
    .map((s) => (/[.!?]$/.test(s) ? s : s + '.'))
    .join('\n');

/** The sections of a dictionary as texts to check. */
function pages(of: Record<string, unknown>, name: string): [string, string][] {
  const out: [string, string][] = [];
  let carried = '';
  for (const [key, section] of Object.entries(of)) {
    carried += '\n' + text(section);
    if (carried.split(/\s+/).length < SHORT) continue;
    out.push([`${name} ${key}`, carried]);
    carried = '';
  }
  const last = out.at(-1);
  if (carried && last) last[1] += carried;
  else if (carried) out.push([name, carried]);
  return out;
}

/** Texts only for staff, which may use professional words: sections of the desk and of the counselor's
 * room are known by how their names begin. Refusals are checked as texts of the room. */
const STAFF = /\/(agenda|hosting|refused|staff|(desk|run)\w*)\.ts$/;
const dictionaries = Object.entries(import.meta.glob<Record<string, Record<string, unknown>>>('./lib/text/{en,es}/*.ts', { eager: true })).filter(([path]) => !STAFF.test(path));
/** Sections whose two languages stand in one file, as `en` and `es`; the others only put together what is in the dictionaries. */
const sections = Object.entries(import.meta.glob<Partial<Record<'en' | 'es', Record<string, unknown>>>>('./lib/text/sections/*.ts', { eager: true })).filter(
  ([path]) => !STAFF.test(path),
);
const raw = import.meta.glob<string>('./lib/text/sections/*.ts', { eager: true, query: '?raw', import: 'default' });

it('every section is checked here: it has both languages itself, or only puts two dictionaries together', () => {
  for (const [path, source] of Object.entries(raw))
    expect(source, path).toMatch(
      /^export const en = [^]*^export const es: typeof en = |^import [^]*\/en\/[^]*\/es\/[^']+';\nimport [^\n]+\n\nexport const \w+ = section\(en, es\);\n$/m,
    );
});

const pagesIn = (language: 'en' | 'es'): [string, string][] => [
  ...dictionaries.flatMap(([path, d]) => (path.includes(`/${language}/`) ? Object.entries(d).flatMap(([name, section]) => pages(section, name)) : [])),
  ...sections.flatMap(([path, section]) => pages(section[language] ?? {}, path.replace(/.*\/(\w+)\.ts$/, '$1'))),
  ['demo', text(demo[language])],
  ...Object.entries(agendas).flatMap(([path, a]): [string, string][] => (a.language === language ? [[path, text(spoken(a))]] : [])),
  ...Object.entries(files).flatMap(([path, value]): [string, string][] => (path.endsWith(`.${language}.json`) ? [[path, text(value)]] : [])),
];

describe('English', () => {
  it.each(pagesIn('en'))('%s is at grade 6 or under', (_, page) => {
    expect(grade(page)).toBeLessThanOrEqual(6);
  });
  it.each(pagesIn('en'))('%s has no banned word', (_, page) => {
    expect(bannedIn(page, 'en')).toEqual([]);
  });
});

describe('Spanish', () => {
  it.each(pagesIn('es'))('%s is easy: 65 or more', (_, page) => {
    expect(inflesz(page)).toBeGreaterThanOrEqual(65);
  });
  it.each(pagesIn('es'))('%s has no banned word', (_, page) => {
    expect(bannedIn(page, 'es')).toEqual([]);
  });
});

describe('the readability measure', () => {
  const enWords = {
    cat: 1,
    water: 2,
    people: 2,
    asked: 1,
    wanted: 2,
    page: 1,
    pages: 2,
    sealed: 1,
    counselor: 3,
    mentor: 2,
    safety: 3,
    answer: 2,
    question: 2,
    because: 2,
    yes: 1,
    table: 2,
  };
  it.each(Object.entries(enWords))('%s has %i syllables', (w, n) => {
    expect(syllablesEn(w)).toBe(n);
  });
  const esWords = {
    casa: 2,
    agua: 2,
    día: 2,
    guerra: 2,
    que: 1,
    quien: 1,
    pingüino: 3,
    leer: 2,
    ciudad: 2,
    hoy: 1,
    país: 2,
    página: 3,
    compañero: 4,
    enmienda: 3,
    tuyo: 2,
    reunión: 2,
  };
  it.each(Object.entries(esWords))('%s tiene %i', (w, n) => {
    expect(syllablesEs(w)).toBe(n);
  });
  it('ranks hard above easy text, and finds a banned word', () => {
    expect(grade('The institutional documentation necessitates comprehensive organizational responsibility and accountability throughout.')).toBeGreaterThan(12);
    expect(inflesz('La documentación institucional necesita responsabilidades organizativas extraordinariamente comprensivas.')).toBeLessThan(40);
    expect(bannedIn('You MUST stay clean.', 'en')).toEqual(['clean', 'must']);
    expect(bannedIn('Musterion cleanly.', 'en')).toEqual([]);
  });
});
