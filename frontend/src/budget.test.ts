// The size budget, in brotli bytes of the build: 35 kB of script for a usable join form, 70 kB for
// a usable room, 67 kB for the crypto worker, which is loaded after the first paint. Needs a build;
// without one, one test fails and says so.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const KB = 1024;
const assets = new URL('../build/assets/', import.meta.url);
const names = existsSync(assets) ? readdirSync(assets) : [];

/** The built file of a page or entry, named with a dash and a hash. */
function built(name: string): string {
  const found = names.find((n) => n.startsWith(name + '-') && n.endsWith('.js'));
  if (!found) throw new Error(`no built file of ${name}: run "npm run build" first`);
  return found;
}

/** A file and all its static imports; dynamic imports do not count. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(new URL(file, assets), 'utf8');
  for (const m of text.matchAll(/(?:import|from)\s*["']\.\/([^"']+\.js)["']/g)) if (m[1]) withImports(m[1], seen);
  return seen;
}

const bytes = (files: Iterable<string>): number => [...files].reduce((n, f) => n + readFileSync(new URL(f + '.br', assets)).length, 0);
// The texts of one language are loaded before anything is drawn.
const page = (name: string): number => bytes(withImports(built(name), withImports(built('index'), withImports(built('base.es')))));

it('there is a build to measure: run "make build" first', () => {
  expect(names).not.toHaveLength(0);
});

describe.runIf(names.length > 0)('the budget', () => {
  it.each([
    ['Join', 35],
    ['RoomPage', 70],
  ])('%s is usable within %i kB', (name, most) => {
    expect(page(name) / KB).toBeLessThanOrEqual(most);
  });

  it('the crypto worker is at most 67 kB', () => {
    expect(bytes([built('crypto-worker')]) / KB).toBeLessThanOrEqual(67);
  });

  it('the first page has one style sheet, of at most 7 kB, and nothing of the staff’s screens', () => {
    const links = [...readFileSync(new URL('../index.html', assets), 'utf8').matchAll(/href="\/assets\/([^"]+\.css)"/g)].map((m) => m[1] ?? '');
    expect(links).toHaveLength(1);
    expect(bytes(links) / KB).toBeLessThanOrEqual(7);
    expect(readFileSync(new URL(links[0] ?? '', assets), 'utf8')).not.toMatch(/\.(run|desk|stage)\b/);
    // The order of the layers sets the cascade: a later layer wins.
    const layers = [...readFileSync(new URL(links[0] ?? '', assets), 'utf8').matchAll(/@layer ([a-z,]+)/g)].flatMap((m) => (m[1] ?? '').split(','));
    expect([...new Set(layers)]).toEqual(['tokens', 'base', 'parts', 'util']);
  });

  it('every style sheet is in the service worker cache, so that no page is unstyled offline', () => {
    const kept = readFileSync(new URL('../sw.js', assets), 'utf8');
    const sheets = names.filter((n) => n.endsWith('.css'));
    expect(sheets).toHaveLength(2);
    for (const sheet of sheets) expect(kept).toContain(`"/assets/${sheet}"`);
  });

  it('the camera’s decoder is in neither of them', () => {
    const decoder = names.find((n) => n.startsWith('Scan-') && n.endsWith('.js'));
    expect(decoder).toBeDefined();
    for (const name of ['Join', 'RoomPage', 'Today']) expect(withImports(built(name), withImports(built('index'))).has(decoder ?? '')).toBe(false);
  });
});
