import { expect, test } from 'vitest';
import { applyPatch } from './patch';

// The example of RFC 7396, appendix A, as far as our views use it.
test.each([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('%j with %j is %j', (view, patch, want) => {
  expect(applyPatch(view as object, patch as never)).toEqual(want);
});

test('does not change the old view', () => {
  const old = { a: { b: 1 } };
  applyPatch(old, { a: { b: 2 } });
  expect(old).toEqual({ a: { b: 1 } });
});
