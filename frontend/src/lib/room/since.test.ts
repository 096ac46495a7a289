import { expect, it } from 'vitest';
import { cameSince, since } from './since';

it('adds up, newest first, and changes nothing it was given', () => {
  const came = [
    { at: 60_000, guests: 1 },
    { at: 120_000, guests: 40 },
    { at: 300_000, guests: 2 },
  ];
  const kept = structuredClone(came);
  expect(since(came)).toEqual([
    { at: 300_000, guests: 2 },
    { at: 120_000, guests: 42 },
    { at: 60_000, guests: 43 },
  ]);
  expect(came).toEqual(kept);
  expect(since([])).toEqual([]);
});

it('counts who came since a minute whose own guests are gone', () => {
  const came = [
    { at: 60_000, guests: 1 },
    { at: 300_000, guests: 2 },
  ];
  expect([cameSince(came, 120_000), cameSince(came, 60_000), cameSince(came, 400_000)].map((c) => c.guests)).toEqual([2, 3, 0]);
});
