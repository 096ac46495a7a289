import { expect, it } from 'vitest';
import { bars, doubtOf, isNear, mergeFindings, nameKey, nearOf, nobody, readPerson, readFindings, findingsOf, unclear, type Person } from './findings';
import { addsTo, union } from './union';

const person = (names: string[], stops: Person['stops'] = {}, more: Partial<Person> = {}): Person => ({ ...nobody(), names, stops, ...more });
const stop = { a: { group: 'victim', level: 'STOP', on: '2026-05-12' } } as const;

it('merging is a union in any order', () => {
  const a = { stops: { x: { group: 'asked', level: 'STOP', on: '2026-05-12' } }, lifts: {} } as const;
  const b = { stops: { y: { group: 'asked', level: 'WAIT', on: '2026-05-14' } }, lifts: { x: { on: '2026-05-20' } } } as const;
  expect(mergeFindings(a, b)).toEqual(mergeFindings(b, a));
  expect(union({ same: ['x'], later: { y: 1 } } as object, { same: ['x', 'z'] })).toEqual({ same: ['x', 'z'], later: { y: 1 } });
  expect(Object.keys(mergeFindings(a, b).stops)).toEqual(['x', 'y']);
  expect(addsTo(b, a)).toBe(true);
  expect(addsTo(a, mergeFindings(a, b))).toBe(false);
});

it('merging one reason keeps the stronger level, the later day and the later end', () => {
  const a = { stops: { x: { group: 'order', level: 'WAIT', on: '2026-05-14' } }, lifts: { x: { on: '2026-06-01', ended: '2026-05-20' } } } as const;
  const b = { stops: { x: { group: 'order', level: 'STOP', on: '2026-05-12' } }, lifts: { x: { on: '2026-05-30', ended: '2026-05-28' } } } as const;
  for (const both of [mergeFindings(a, b), mergeFindings(b, a)]) {
    expect(both.stops['x']).toEqual({ group: 'order', level: 'STOP', on: '2026-05-14' });
    expect(both.lifts['x']).toEqual({ on: '2026-06-01', ended: '2026-05-28' });
  }
});

it('an unknown level counts as a stop, and unreadable findings are empty', () => {
  expect(readFindings({ stops: { x: { group: 'new', level: 'HALT', on: 3 } }, lifts: [] }).stops['x']).toEqual({ group: 'new', level: 'STOP', on: '' });
  expect(readPerson(null)).toEqual(nobody());
  expect(readPerson({ later: 1, names: ['joe', 3], stops: {} })).toMatchObject({ later: 1, names: ['joe'] });
});

it('short names are compared without case, spaces or invisible characters', () => {
  expect(nameKey(' Jo\u200bé  B ')).toBe(nameKey('JOÉ b'));
});

it('a page with the same name inherits the reasons until the person says it is somebody else', () => {
  const people = { old: person(['joe'], stop) };
  expect(unclear(people, 'fresh', 'JOE')).toEqual(['old']);
  expect(unclear(people, 'fresh', 'Ann')).toEqual([]);
  expect(Object.keys(doubtOf(people, 'fresh', 'joe').stops)).toEqual(['a']);
  expect(findingsOf(people, 'fresh').stops).toEqual({});
  const apart = { ...people, fresh: person([], {}, { other: ['old'] }) };
  expect(unclear(apart, 'fresh', 'Joe')).toEqual([]);
  expect(doubtOf(apart, 'fresh', 'Joe').stops).toEqual({});
  const same = { ...people, fresh: person([], {}, { same: ['old'] }) };
  expect(unclear(same, 'fresh', 'Joe')).toEqual([]);
  expect(Object.keys(findingsOf(same, 'fresh').stops)).toEqual(['a']);
  // Two devices gave different answers: the stricter one wins.
  const both = { ...people, fresh: union(person([], {}, { same: ['old'] }), person([], {}, { other: ['old'] })) };
  expect(Object.keys(findingsOf(both, 'fresh').stops)).toEqual(['a']);
  // Links through a third page count too, in both directions.
  const chain = { ...same, last: person(['x'], { b: { group: 'legal', level: 'WAIT', on: '2026-05-12' } }, { same: ['fresh'] }) };
  expect(Object.keys(findingsOf(chain, 'old').stops).sort()).toEqual(['a', 'b']);
});

it('that a person is one’s own mentor stays, in any merge order, on every page about them', () => {
  const [no, yes] = [
    { maria: 'no', ray: 'no', group: 'no' },
    { maria: 'yes', ray: 'no', group: 'no' },
  ].map((near) => person(['joe'], {}, { near }));
  for (const both of [union(no, yes), union(yes, no)]) expect(both?.near).toEqual({ maria: 'yes', ray: 'no', group: 'no' });
  const people = { entry: yes, plan: person([], {}, { same: ['entry'] }), old: person(['joe'], {}, { near: { group: 'yes' } }) } as Record<string, Person>;
  expect(nearOf(people, ['plan'], '')).toEqual(yes?.near);
  expect(nearOf(people, ['back', 'plan'], '')).toEqual(yes?.near);
  // A page with the same name counts until the person says it is somebody else; this holds for
  // plans too.
  expect(nearOf(people, ['fresh'], 'JOE')).toEqual({ maria: 'yes', ray: 'no', group: 'yes' });
  const apart = { ...people, fresh: person([], {}, { other: ['entry', 'old'] }) };
  expect([nearOf(apart, ['fresh'], 'joe'), nearOf(apart, ['its plan', 'fresh'], 'joe'), unclear(people, 'fresh', 'joe')]).toEqual([{}, {}, ['entry', 'old']]);
  expect(unclear({ old: no as Person }, 'fresh', 'joe')).toEqual([]);
});

it('an unnamed mentor may be anybody not ruled out, and an unreadable value is a yes', () => {
  const near = { mentor: 'yes', maria: 'no', group: 'no' };
  expect(['maria', 'ray'].map((acct) => bars(near, acct))).toEqual([false, true]);
  expect([isNear({ group: 'yes' }), isNear({ group: 'no' }), isNear(), bars({ group: 'yes' }, 'maria')]).toEqual([true, false, false, false]);
  expect(readPerson({ near: { maria: 'perhaps', ray: 'no' } }).near).toEqual({ maria: 'yes', ray: 'no' });
});
