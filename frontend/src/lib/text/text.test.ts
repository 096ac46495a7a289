import { expect, test } from 'vitest';
import { count, fill } from './text.svelte';

test('values go into their places, and a missing one leaves nothing', () => {
  expect(fill('{a} and {b}.', { a: 'Sam', b: 2 })).toBe('Sam and 2.');
  expect(fill('{a}{b}', { a: 'x' })).toBe('x');
});

test('a name with a period ends the sentence with it', () => {
  expect(fill('A yes to {name}. Good.', { name: 'Maria T.' })).toBe('A yes to Maria T. Good.');
  expect(fill('A yes to {name}.', { name: 'Maria' })).toBe('A yes to Maria.');
});

test('one and many', () => {
  const words = { one: '{n} page', many: '{n} pages' };
  expect([count(1, words), count(2, words)]).toEqual(['1 page', '2 pages']);
});
