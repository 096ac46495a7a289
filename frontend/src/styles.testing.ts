// Reads the sources for styles.test.ts: every selector of a style sheet or a <style> block, and
// every element with its possible classes. Both come from Svelte's own syntax tree.

import { parse, parseCss, type AST } from 'svelte/compiler';

/** One selector of a rule's comma-separated list. A compound is a set of classes that one element
 * must have. */
export interface Selector {
  file: string;
  text: string;
  compounds: { classes: string[]; global: boolean }[];
  /** Classes that an element must not have. */
  not: string[];
}

/** An element and its possible classes. An open one may have others that only its script knows. */
export interface Element {
  file: string;
  classes: string[];
  starts: string[];
  open: boolean;
}

/** The page's body is in no component: its layouts are. */
export const BODY = 'the body';

type Node = { type?: string; [key: string]: unknown };

function walk(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) return node.forEach((n) => walk(n, see));
  if (!node || typeof node !== 'object') return;
  see(node as Node);
  for (const value of Object.values(node)) walk(value, see);
}

const words = (text: string): string[] => text.split(/\s+/).filter((w) => w !== '');

/** The compounds of a selector; `:global(…)` is replaced by its content, `:not(…)` requires no
 * class. */
function compounds(selector: AST.CSS.ComplexSelector, global: boolean): Selector['compounds'] {
  return selector.children.flatMap((part) => {
    const own: string[] = [];
    const others: Selector['compounds'] = [];
    for (const s of part.selectors) {
      if (s.type === 'ClassSelector') own.push(s.name);
      if (s.type !== 'PseudoClassSelector' || s.name === 'not' || !s.args) continue;
      others.push(...s.args.children.flatMap((inner) => compounds(inner, global || s.name === 'global')));
    }
    return own.length > 0 ? [{ classes: own, global }, ...others] : others;
  });
}

/** The content of `:not(…)`. */
function refused(selector: AST.CSS.ComplexSelector): string[] {
  const out: string[] = [];
  walk(selector, (n) => {
    if (n.type !== 'PseudoClassSelector' || n['name'] !== 'not') return;
    walk(n['args'], (inner) => void (inner.type === 'ClassSelector' && out.push(String(inner['name']))));
  });
  return out;
}

/** All selectors of a style sheet, or of a component's <style> block. */
export function selectorsOf(file: string, source: string): Selector[] {
  const global = file.endsWith('.css');
  const sheet = global ? parseCss(source) : parse(source, { modern: true }).css;
  const out: Selector[] = [];
  walk(sheet?.children, (node) => {
    if (node.type !== 'Rule') return;
    const list = (node as unknown as AST.CSS.Rule).prelude.children;
    for (const s of list) out.push({ file, text: source.slice(s.start, s.end), compounds: compounds(s, global), not: refused(s) });
  });
  return out;
}

/** The possible literal values of an expression; false when there may be others. */
function literals(node: Node | undefined, add: (word: string) => void, start: (text: string) => void): boolean {
  if (node?.type === 'Literal') {
    if (typeof node['value'] === 'string') words(node['value']).forEach(add);
    return true;
  }
  const both = (a: unknown, b: unknown) => [a, b].map((n) => literals(n as Node, add, start)).every(Boolean);
  if (node?.type === 'ConditionalExpression') return both(node['consequent'], node['alternate']);
  if (node?.type === 'TemplateLiteral') {
    const parts = (node['quasis'] as { value: { cooked: string } }[]).map((q) => q.value.cooked);
    parts.forEach((text, i) => pieces(text, i < parts.length - 1, add, start));
    return true;
  }
  return false;
}

/** The classes in a piece of text; a name that touches the next expression is only a prefix. */
function pieces(text: string, goesOn: boolean, add: (word: string) => void, start: (text: string) => void): void {
  const all = words(text);
  const last = goesOn && /\S$/.test(text) ? all.pop() : undefined;
  all.forEach(add);
  if (last) start(last);
}

function elementOf(file: string, node: AST.RegularElement, spoken: string[]): Element {
  const el: Element = { file, classes: [], starts: [], open: false };
  const add = (word: string) => void el.classes.push(word);
  const start = (text: string) => void el.starts.push(text);
  for (const a of node.attributes) {
    if (a.type === 'ClassDirective') add(a.name);
    if (a.type !== 'Attribute' || a.name !== 'class' || a.value === true) continue;
    const parts = Array.isArray(a.value) ? a.value : [a.value];
    parts.forEach((part, i) => {
      if (part.type === 'Text') pieces(part.data, i < parts.length - 1, add, start);
      else if (!literals(part.expression as unknown as Node, add, start)) el.open = true;
    });
  }
  if (el.open) el.classes.push(...spoken);
  return el;
}

/** All elements of one file. For a module they are the layouts that it sets on the body. */
export function elementsOf(file: string, source: string): Element[] {
  const layouts = [...source.matchAll(/describePage\(.*, '(\w+)'\)|className = ([^;]+);/g)].flatMap((m) =>
    m[1] ? [m[1]] : [...(m[2] ?? '').matchAll(/'(\w+)'/g)].map((w) => w[1] ?? ''),
  );
  const body = layouts.map((l) => ({ file: BODY, classes: [l], starts: [], open: false }));
  if (file.endsWith('.html')) return [...source.matchAll(/class="([^"]+)"/g)].map((m) => ({ file: BODY, classes: words(m[1] ?? ''), starts: [], open: false }));
  if (!file.endsWith('.svelte')) return body;
  const tree = parse(source, { modern: true });
  const script = tree.instance ? source.slice(tree.instance.start, tree.instance.end) : '';
  const spoken = [...script.matchAll(/'([a-z][a-z0-9-]*)'/g)].map((m) => m[1] ?? '');
  const out: Element[] = [...body];
  walk(tree.fragment, (node) => {
    if (node.type === 'RegularElement' || node.type === 'SvelteElement') out.push(elementOf(file, node as unknown as AST.RegularElement, spoken));
  });
  return out;
}

/** Whether the element can have all these classes. */
export const fits = (el: Element, classes: string[]): boolean => classes.every((c) => el.classes.includes(c) || el.starts.some((s) => c.startsWith(s)));
