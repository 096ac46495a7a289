// Every text colour is at least 4.5:1 and every line at least 3:1 on the three grounds of its
// theme (WCAG 2.2, 1.4.3 and 1.4.11).

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

/** The colours of the first block whose selector contains this text. */
function theme(selector: string): Record<string, string> {
  const at = css.indexOf(selector);
  const block = css.slice(at, css.indexOf('\n  }', at));
  return Object.fromEntries([...block.matchAll(/--([a-z0-9-]+):\s*(#[0-9a-f]{6})/gi)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

const light = (hex: string): number => {
  const part = (i: number) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
};

const contrast = (a: string, b: string): number => {
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
};

describe.each(['light', 'dark', 'stage'])('the theme %s', (name) => {
  const t = theme(`[data-theme="${name}"]`);
  const pairs = (colours: string[], least: number) => colours.flatMap((c) => ['bg', 'surface', 'sunken'].map((ground) => [c, ground, least] as const));
  it.each([
    ...pairs(['ink', 'muted', 'accent', 'clay', 'sun', 'danger', 'ok'], 4.5),
    ...pairs(['line', 'focus', 'mood-1', 'mood-2', 'mood-3', 'mood-4', 'mood-5'], 3),
    ['on-accent', 'accent', 4.5] as const,
  ])('%s on %s is at least %d:1', (colour, ground, least) => {
    expect(t[colour], colour).toMatch(/^#/);
    expect(contrast(t[colour] ?? '', t[ground] ?? '')).toBeGreaterThanOrEqual(least);
  });
});

it('the contrast function matches the WCAG formula', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});
