// Imports go one way: areas -> features -> net, vault -> wire. What must hold above all: the
// vault never imports the network, so that plaintext and network never meet in one module, nor do
// the modules that hold a guest's words; and
// the libraries of the sealing format are used in the vault only. Nothing of the app imports the
// demo's pages, one of which signs a person in by its address.

import { expect, it } from 'vitest';

const sources = import.meta.glob<string>('./**/*.{ts,svelte}', { eager: true, query: '?raw', import: 'default' });

const FEATURES = ['agenda', 'desk', 'guest', 'pair', 'room', 'scan', 'sheet', 'signin', 'router'];
/** What keeps a guest's words on their device. */
const DEVICE = /lib\/guest\/(kept|page|store|tend|wipe)\b/;
const CRYPTO = ['age-encryption', 'hash-wasm', '@noble/curves', '@noble/hashes', '@scure/bip39'];

/** Which part of the app a path belongs to: `areas`, `lib/vault`, `demo`, … or '' for the root. */
const partOf = (path: string): string => /^(?:src\/)?(areas|demo|lib\/[a-z]+)\//.exec(path)?.[1] ?? '';

function resolve(from: string, spec: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const p of spec.split('/')) {
    if (p === '..') parts.pop();
    else if (p !== '.') parts.push(p);
  }
  return parts.join('/');
}

/** What is wrong with the import lines of one file. */
export function wrongs(path: string, source: string): string[] {
  const part = partOf(path);
  const out: string[] = [];
  for (const m of source.matchAll(/^\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gm)) {
    const spec = m[1] ?? m[2] ?? '';
    const typeOnly = /^\s*(?:import|export)\s+type\b/.test(m[0]);
    if (!spec.startsWith('.')) {
      if (CRYPTO.some((c) => spec.startsWith(c)) && part !== 'lib/vault') out.push(`${path} imports ${spec}`);
      continue;
    }
    const to = partOf(resolve(path, spec));
    const bad =
      (part === 'lib/vault' && to !== 'lib/vault') ||
      (DEVICE.test(path) && to === 'lib/net') ||
      (part === 'lib/wire' && to !== 'lib/wire') ||
      (part === 'lib/text' && to !== 'lib/text') ||
      (part === 'lib/net' && !['lib/net', 'lib/wire'].includes(to)) ||
      (part.startsWith('lib/') && to === 'areas') ||
      (part !== 'demo' && to === 'demo') ||
      (FEATURES.some((f) => to === 'lib/' + f) && ['lib/net', 'lib/vault', 'lib/text'].includes(part));
    if (bad && !typeOnly) out.push(`${path} imports ${spec}`);
  }
  return out;
}

it('every import goes down', () => {
  const all = Object.entries(sources).filter(([path]) => !path.includes('.test.'));
  expect(all.length).toBeGreaterThan(100);
  expect(all.flatMap(([path, source]) => wrongs(path.replace('./', ''), source))).toEqual([]);
});

it('a wrong one is found', () => {
  expect(wrongs('lib/vault/x.ts', "import { api } from '../net/api';")).toHaveLength(1);
  expect(wrongs('lib/sheet/x.ts', "import { Encrypter } from 'age-encryption';")).toHaveLength(1);
  expect(wrongs('lib/room/x.ts', "import P from '../../areas/page/Page.svelte';")).toHaveLength(1);
  expect(wrongs('lib/net/x.ts', "import { Sheet } from '../sheet/sheet.svelte';")).toHaveLength(1);
  expect(wrongs('lib/guest/store.ts', "import { api } from '../net/api';")).toHaveLength(1);
  expect(wrongs('routes.ts', "const r = { '/open': () => import('./demo/Open.svelte') };")).toHaveLength(1);
  expect(wrongs('areas/page/Page.svelte', "import { api } from '../../lib/net/api';")).toEqual([]);
});
