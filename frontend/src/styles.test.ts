// Every class has one home. A class used by one component is styled in it; a shared style sheet
// holds only what several use; no rule is without an element, and no element has a class without
// effect. The rules under a layout of the body (`.run .bar`) are one family, in a file loaded with
// its page.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BODY, elementsOf, fits, selectorsOf, type Element, type Selector } from './styles.testing';

const files = Object.keys(import.meta.glob(['./**/*.{css,svelte,ts}', './demo/index.html', '../index.html', '!./**/*.{test,testing}.ts']));
const sources = Object.fromEntries(files.map((f) => [f, readFileSync(new URL(f, import.meta.url), 'utf8')]));

/** Exceptions: classes used by one component that are still styled elsewhere, with the reason. */
const KEPT: Record<string, string> = {
  '.dock-inner.even > *': 'how narrow phones set the dock has to win over it',
};

/** The style sheets that every page loads. */
const globals = (all: Record<string, string>): string[] => Object.keys(all).filter((f) => f.endsWith('.css') && importers(f, all).some((i) => i.endsWith('main.ts')));

/** The files that import this one. */
function importers(sheet: string, all: Record<string, string>): string[] {
  const name = sheet.split('/').pop() ?? '';
  return Object.keys(all).filter((f) => all[f]?.includes(`/${name}';`));
}

/** Rules that match no element, and those that belong into the only component that uses them. */
function wrongRules(rules: Selector[], elements: Element[], layouts: string[], forAll: string[]): string[] {
  const users = (classes: string[]) => [...new Set(elements.filter((e) => fits(e, classes)).map((e) => e.file))];
  const hasAll = (file: string, rule: Selector) => rule.compounds.every((c) => users(c.classes).includes(file));
  return rules.flatMap((rule) => {
    const [first] = rule.compounds;
    const dead = rule.compounds.find((c) => users(c.classes).length === 0);
    if (dead) return [`${rule.file}: nothing has .${dead.classes.join('.')} of "${rule.text}"`];
    if (!first || !rule.file.endsWith('.css') || KEPT[rule.text]) return [];
    if (forAll.includes(rule.file) && first.classes.some((c) => layouts.includes(c))) return [`${rule.file}: "${rule.text}" belongs to its layout`];
    const alone = rule.compounds.map((c) => ({ c, by: users(c.classes) })).find(({ c, by }) => by.length === 1 && by[0] !== BODY && (c === first || hasAll(by[0] ?? '', rule)));
    return alone ? [`${rule.file}: only ${alone.by[0]} has .${alone.c.classes.join('.')} of "${rule.text}"`] : [];
  });
}

/** Classes of an element that no rule in its scope mentions. */
function idleClasses(el: Element, rules: Selector[]): string[] {
  if (el.open) return [];
  const near = rules.flatMap((r) => r.compounds.filter((c) => (c.global || r.file === el.file) && fits(el, c.classes)).flatMap((c) => [...c.classes, ...r.not]));
  return [...new Set(el.classes)].filter((name) => !near.includes(name)).map((name) => `${el.file}: .${name} beside .${el.classes.join('.')} does nothing`);
}

/** All violations in these sources. */
function wrongs(all: Record<string, string>): string[] {
  const elements = Object.entries(all).flatMap(([file, text]) => elementsOf(file, text));
  const rules = Object.entries(all).flatMap(([file, text]) => (/\.(css|svelte)$/.test(file) ? selectorsOf(file, text) : []));
  const layouts = elements.filter((e) => e.file === BODY).flatMap((e) => e.classes);
  const sheets = Object.keys(all).filter((f) => f.endsWith('.css') && importers(f, all).length === 0);
  return [
    ...sheets.map((f) => `${f} is imported by nothing`),
    ...wrongRules(
      rules,
      elements,
      layouts.filter((l) => l !== 'app'),
      globals(all),
    ),
    ...new Set(elements.filter((e) => e.file !== BODY).flatMap((e) => idleClasses(e, rules))),
  ];
}

it('every class has one home', () => {
  expect(Object.keys(sources).filter((f) => f.endsWith('.svelte')).length).toBeGreaterThan(100);
  expect(globals(sources).length).toBeGreaterThan(1);
  expect(wrongs(sources)).toEqual([]);
});

it('a wrong one is found', () => {
  const main = "import './base.css';";
  const two = { 'main.ts': main, 'a.svelte': '<p class="chip"></p>', 'b.svelte': '<p class="chip"></p>' };
  const of = (css: string, more: Record<string, string> = {}) => wrongs({ ...two, 'base.css': css, ...more });
  expect(of('.chip { margin: 0 }')).toEqual([]);
  // A rule that nothing uses, anywhere or in this place.
  expect(of('.chip, .old { margin: 0 }')).toHaveLength(1);
  expect(of('.chip, .chip.big { margin: 0 }')).toHaveLength(1);
  expect(of('.chip { margin: 0 }', { 'c.svelte': '<p class="chip">x</p><style>.chip :global(.old) { margin: 0 }</style>' })).toHaveLength(1);
  // A class without effect: everywhere, or only styled on another element or in another component.
  expect(of('.chip { margin: 0 }', { 'c.svelte': '<p class="chip gone"></p>' })).toHaveLength(1);
  expect(of('.chip { margin: 0 }', { 'c.svelte': '<p class:gone={x}></p>' })).toHaveLength(1);
  expect(of('.chip { margin: 0 }', { 'c.svelte': "<p class={x ? 'chip' : 'gone'}></p>" })).toHaveLength(1);
  expect(of('.chip, .chip.sun { margin: 0 }', { 'c.svelte': '<p class="chip sun"></p><p class="sun"></p>', 'd.svelte': '<p class="chip sun"></p>' })).toHaveLength(1);
  expect(of('.chip { margin: 0 }', { 'c.svelte': '<p class="own"></p><style>.own { margin: 0 }</style>', 'd.svelte': '<p class="own"></p>' })).toHaveLength(1);
  // A class used by one component belongs into it, whatever else it contains; but a component may
  // style another one that it contains.
  expect(of('.chip, .one .chip { margin: 0 }', { 'c.svelte': '<p class="one"></p>' })).toHaveLength(1);
  expect(of('.chip, .chip .one { margin: 0 }', { 'c.svelte': '<p class="chip"><b class="one"></b></p>' })).toHaveLength(1);
  expect(of('.chip, .chip .one { margin: 0 }', { 'c.svelte': '<b class="one"></b>' })).toEqual([]);
  // The styles of a layout's parts are loaded with the layout.
  const page = { 'c.svelte': '<script>describePage(() => t, \'run\');</script><p class="chip"></p>' };
  expect(of('.chip, .run .chip { margin: 0 }', page)).toHaveLength(1);
  expect(of('.chip { margin: 0 }', { ...page, 'run.css': '.run .chip { margin: 0 }' })).toEqual(['run.css is imported by nothing']);
});
