import { expect, it } from 'vitest';
import { solve } from './solve';

// Made by server/puzzle: the same answer in both languages.
const PUZZLE = 'AAABmt4kAAABAgMEBQYHCAkKCwwNDg8Q.2zZadEkxiJbQlI7GGElIqTVlQzzsAFrtao8coWmDKt0.mac';

it('finds the number of a puzzle, and no other', () => {
  expect(solve(PUZZLE, 60_000)).toBe(`${PUZZLE}.4711`);
  expect(solve(PUZZLE, 4711)).toBeNull();
});
