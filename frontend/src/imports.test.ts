// Imports go one way: areas -> features -> net, vault -> wire. Most important: neither the vault
// nor the modules that hold a guest's words import the network, so that plaintext and network never
// meet in one module; and the libraries of the sealing format are used only in the vault. The app
// imports none of the demo's pages, one of which signs a person in by URL.

import { describe, expect, it } from 'vitest';

const sources = import.meta.glob<string>('./**/*.{ts,svelte}', { eager: true, query: '?raw', import: 'default' });

const FEATURES = ['agenda', 'desk', 'frame', 'guest', 'pair', 'room', 'scan', 'sheet', 'signin', 'router'].map((f) => 'lib/' + f);
/** The modules that store a guest's words on their device. */
const DEVICE = /^lib\/guest\/(kept|page|store|tend|wipe)\b/;
const CRYPTO = ['age-encryption', 'hash-wasm', '@noble/curves', '@noble/hashes', '@scure/bip39'];
/** The maximum number of files in a folder of pages, so that people find things in it. */
const MOST = 22;

/** One import: the importing file and the imported module, each with its part of the app
 * (`areas/room`, `lib/vault`, `demo`, … or '' for files above them); for a package, `to` is its
 * name. */
interface Import {
  path: string;
  from: string;
  to: string;
  target: string;
  type: boolean;
}

/** Forbidden imports, each with an example that the test must find. Type-only imports have no
 * effect at run time, so they are allowed unless a rule forbids them too. */
const RULES: { rule: string; strict?: boolean; broken: (i: Import) => boolean; example: [path: string, source: string] }[] = [
  {
    rule: 'the vault imports itself only',
    broken: (i) => i.from === 'lib/vault' && i.target !== '' && i.to !== 'lib/vault',
    example: ['lib/vault/x.ts', "import { api } from '../net/api';"],
  },
  {
    rule: 'the libraries of the sealing format are used in the vault only, and its hash for puzzles',
    strict: true,
    // A puzzle of the door is one hash over and over, and holds no secret.
    broken: (i) => !['lib/vault', 'lib/work'].includes(i.from) && CRYPTO.some((c) => i.to.startsWith(c)),
    example: ['lib/sheet/x.ts', "import { Encrypter } from 'age-encryption';"],
  },
  {
    rule: 'what holds the words of a guest never imports the network',
    broken: (i) => DEVICE.test(i.path) && i.to === 'lib/net',
    example: ['lib/guest/store.ts', "import { api } from '../net/api';"],
  },
  {
    rule: 'what crosses the network knows nothing of the app',
    broken: (i) => i.from === 'lib/wire' && i.target !== '' && i.to !== 'lib/wire',
    example: ['lib/wire/x.ts', "import { api } from '../net/api';"],
  },
  {
    rule: 'texts import texts only',
    broken: (i) => i.from === 'lib/text' && i.target !== '' && i.to !== 'lib/text',
    example: ['lib/text/x.ts', "import '../ui/icons';"],
  },
  {
    rule: 'the network knows only what crosses it',
    broken: (i) => i.from === 'lib/net' && i.target !== '' && !['lib/net', 'lib/wire'].includes(i.to),
    example: ['lib/net/x.ts', "import { text } from '../text/text.svelte';"],
  },
  {
    rule: 'network, vault and texts know no feature',
    broken: (i) => ['lib/net', 'lib/vault', 'lib/text'].includes(i.from) && FEATURES.includes(i.to),
    example: ['lib/net/x.ts', "import { Sheet } from '../sheet/sheet.svelte';"],
  },
  {
    rule: 'the parts of every page know texts, types of the wire and each other',
    strict: true,
    broken: (i) => i.from === 'lib/ui' && i.target !== '' && !['lib/ui', 'lib/text'].includes(i.to) && !(i.type && i.to === 'lib/wire'),
    example: ['lib/ui/X.svelte', "import type { Signin } from '../signin/signin.svelte';"],
  },
  {
    rule: 'a library imports no page',
    strict: true,
    broken: (i) => i.from.startsWith('lib/') && i.to.startsWith('areas/'),
    example: ['lib/room/x.ts', "import P from '../../areas/page/Page.svelte';"],
  },
  {
    rule: 'only the frame around a page knows the table of pages',
    broken: (i) => i.from.startsWith('lib/') && i.from !== 'lib/frame' && i.to === '' && !i.target.startsWith('lib/'),
    example: ['lib/ui/X.svelte', "import { navigate } from '../../routes';"],
  },
  {
    rule: 'an area imports no other area; home shows a little of each',
    strict: true,
    broken: (i) => i.from.startsWith('areas/') && i.from !== 'areas/home' && i.to.startsWith('areas/') && i.to !== i.from,
    example: ['areas/run/people/X.svelte', "const page = import('../../page/Page.svelte');"],
  },
  {
    rule: 'nothing of the app imports the demo',
    broken: (i) => i.from !== 'demo' && i.to === 'demo',
    example: ['routes.ts', "const r = { '/open': () => import('./demo/Open.svelte') };"],
  },
];

const partOf = (path: string): string => /^(areas\/[a-z]+|demo|lib\/[a-z]+)\//.exec(path)?.[1] ?? '';

function resolve(from: string, spec: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const p of spec.split('/')) {
    if (p === '..') parts.pop();
    else if (p !== '.') parts.push(p);
  }
  return parts.join('/');
}

function importsOf(path: string, source: string): Import[] {
  return [...source.matchAll(/^\s*(?:import|export)\s(?:[^;']*?from\s+)?'([^']+)'|import\('([^']+)'\)/gm)].map((m) => {
    const spec = m[1] ?? m[2] ?? '';
    const target = spec.startsWith('.') ? resolve(path, spec) : '';
    return { path, from: partOf(path), target, to: target ? partOf(target) : spec, type: /^\s*(?:import|export)\s+type\b/.test(m[0]) };
  });
}

/** The violations in the imports of one file, by rule. */
const wrongs = (path: string, source: string): string[] =>
  importsOf(path, source).flatMap((i) => RULES.filter((r) => (r.strict || !i.type) && r.broken(i)).map((r) => `${r.rule}: ${path} imports ${i.target || i.to}`));

/** Folders of pages with too many files. */
function full(paths: string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths.filter((p) => p.startsWith('areas/'))) {
    const folder = path.slice(0, path.lastIndexOf('/'));
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts].filter(([, n]) => n > MOST).map(([folder, n]) => `${folder} holds ${n} files`);
}

const all = Object.entries(sources)
  .map(([path, source]): [string, string] => [path.slice(2), source])
  .filter(([path]) => !path.includes('.test.'));

describe('imports', () => {
  it('all go in the allowed direction', () => {
    expect(all.length).toBeGreaterThan(100);
    expect(all.flatMap(([path, source]) => wrongs(path, source))).toEqual([]);
  });

  it.each(RULES)('$rule', ({ rule, example }) => {
    expect(wrongs(...example).filter((w) => w.startsWith(rule))).toHaveLength(1);
  });

  it('that are allowed pass', () => {
    expect(wrongs('areas/page/Page.svelte', "import { api } from '../../lib/net/api';")).toEqual([]);
    expect(wrongs('areas/home/Today.svelte', "import PageRow from '../page/PageRow.svelte';")).toEqual([]);
    expect(wrongs('areas/run/people/RunSlip.svelte', "import RunCode from '../RunCode.svelte';")).toEqual([]);
    expect(wrongs('lib/ui/Numbers.svelte', "import type { CrisisLine } from '../wire/wire';")).toEqual([]);
    expect(wrongs('lib/net/x.ts', "import type { Sheet } from '../sheet/sheet.svelte';")).toEqual([]);
  });
});

describe('folders of pages', () => {
  it('have few enough files to look through', () => expect(full(all.map(([path]) => path))).toEqual([]));

  it('with too many files are found', () => {
    const paths = Array.from({ length: MOST + 1 }, (_, n) => `areas/room/Room${n}.svelte`);
    expect(full(paths.slice(1))).toEqual([]);
    expect(full(paths)).toEqual([`areas/room holds ${MOST + 1} files`]);
  });
});
