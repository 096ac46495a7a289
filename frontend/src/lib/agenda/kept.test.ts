import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { mark } from '../signin/leaving';
import type { AgendaDraftRequest } from '../wire/wire';
import { keptDraft } from './kept';

const DRAFT = { ver: 1, rev: 2, title: 'Willow evening', target_min: 60, segments: [] } as AgendaDraftRequest;
let held: Map<string, string>;

beforeEach(() => {
  held = new Map();
  const storage = { getItem: (k: string) => held.get(k) ?? null, setItem: (k: string, v: string) => void held.set(k, v), removeItem: (k: string) => void held.delete(k) };
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', storage);
});
afterEach(() => vi.unstubAllGlobals());

test('a draft is kept in the tab of a private device, and never on a shared one', () => {
  mark.set(false);
  expect([keptDraft.write('a', DRAFT), keptDraft.read('a')]).toEqual([true, DRAFT]);
  keptDraft.drop('a');
  mark.set(true);
  expect(keptDraft.write('a', DRAFT)).toBe(false);
  expect([...held.values()].join()).not.toContain('Willow');
});
