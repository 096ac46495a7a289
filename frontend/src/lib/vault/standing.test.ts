import { expect, it } from 'vitest';
import { bars, doubtOf, isNear, mergeStandings, nameKey, nearOf, nobody, readPerson, readStanding, standingOf, unclear, type Person } from './standing';
import { addsTo, union } from './union';

const person = (names: string[], stops: Person['stops'] = {}, more: Partial<Person> = {}): Person => ({ ...nobody(), names, stops, ...more });
const stop = { a: { group: 'victim', level: 'STOP', on: '2026-05-12' } } as const;

it('merging is a union, in whatever order', () => {
  const a = { stops: { x: { group: 'asked', level: 'STOP', on: '2026-05-12' } }, lifts: {} } as const;
  const b = { stops: { y: { group: 'asked', level: 'WAIT', on: '2026-05-14' } }, lifts: { x: { on: '2026-05-20' } } } as const;
  expect(mergeStandings(a, b)).toEqual(mergeStandings(b, a));
  expect(union({ same: ['x'], later: { y: 1 } } as object, { same: ['x', 'z'] })).toEqual({ same: ['x', 'z'], later: { y: 1 } });
  expect(Object.keys(mergeStandings(a, b).stops)).toEqual(['x', 'y']);
  expect(addsTo(b, a)).toBe(true);
  expect(addsTo(a, mergeStandings(a, b))).toBe(false);
});

it('of one reason the stronger level, the later day and the later end hold', () => {
  const a = { stops: { x: { group: 'order', level: 'WAIT', on: '2026-05-14' } }, lifts: { x: { on: '2026-06-01', ended: '2026-05-20' } } } as const;
  const b = { stops: { x: { group: 'order', level: 'STOP', on: '2026-05-12' } }, lifts: { x: { on: '2026-05-30', ended: '2026-05-28' } } } as const;
  for (const both of [mergeStandings(a, b), mergeStandings(b, a)]) {
    expect(both.stops['x']).toEqual({ group: 'order', level: 'STOP', on: '2026-05-14' });
    expect(both.lifts['x']).toEqual({ on: '2026-06-01', ended: '2026-05-28' });
  }
});

it('a level that is not known is a stop, and nonsense is nothing', () => {
  expect(readStanding({ stops: { x: { group: 'new', level: 'HALT', on: 3 } }, lifts: [] }).stops['x']).toEqual({ group: 'new', level: 'STOP', on: '' });
  expect(readPerson(null)).toEqual(nobody());
  expect(readPerson({ later: 1, names: ['joe', 3], stops: {} })).toMatchObject({ later: 1, names: ['joe'] });
});

it('a short name is one name, however it is written', () => {
  expect(nameKey(' Jo\u200bé  B ')).toBe(nameKey('JOÉ b'));
});

it('a page of the same name has what stands until somebody says that it is another person', () => {
  const people = { old: person(['joe'], stop) };
  expect(unclear(people, 'fresh', 'JOE')).toEqual(['old']);
  expect(unclear(people, 'fresh', 'Ann')).toEqual([]);
  expect(Object.keys(doubtOf(people, 'fresh', 'joe').stops)).toEqual(['a']);
  expect(standingOf(people, 'fresh').stops).toEqual({});
  const apart = { ...people, fresh: person([], {}, { other: ['old'] }) };
  expect(unclear(apart, 'fresh', 'Joe')).toEqual([]);
  expect(doubtOf(apart, 'fresh', 'Joe').stops).toEqual({});
  const same = { ...people, fresh: person([], {}, { same: ['old'] }) };
  expect(unclear(same, 'fresh', 'Joe')).toEqual([]);
  expect(Object.keys(standingOf(same, 'fresh').stops)).toEqual(['a']);
  // Said on two devices in two ways, the stricter stays.
  const both = { ...people, fresh: union(person([], {}, { same: ['old'] }), person([], {}, { other: ['old'] })) };
  expect(Object.keys(standingOf(both, 'fresh').stops)).toEqual(['a']);
  // Through a third page, too, and back.
  const chain = { ...same, last: person(['x'], { b: { group: 'legal', level: 'WAIT', on: '2026-05-12' } }, { same: ['fresh'] }) };
  expect(Object.keys(standingOf(chain, 'old').stops).sort()).toEqual(['a', 'b']);
});

it('that a person is one’s mentor stays, in whatever order it is said, on every page about them', () => {
  const [no, yes] = [
    { maria: 'no', ray: 'no', group: 'no' },
    { maria: 'yes', ray: 'no', group: 'no' },
  ].map((near) => person(['joe'], {}, { near }));
  for (const both of [union(no, yes), union(yes, no)]) expect(both?.near).toEqual({ maria: 'yes', ray: 'no', group: 'no' });
  const people = { entry: yes, plan: person([], {}, { same: ['entry'] }), old: person(['joe'], {}, { near: { group: 'yes' } }) } as Record<string, Person>;
  expect(nearOf(people, ['plan'], '')).toEqual(yes?.near);
  expect(nearOf(people, ['back', 'plan'], '')).toEqual(yes?.near);
  // A page of the same name counts until somebody says that it is another person, of a plan too.
  expect(nearOf(people, ['fresh'], 'JOE')).toEqual({ maria: 'yes', ray: 'no', group: 'yes' });
  const apart = { ...people, fresh: person([], {}, { other: ['entry', 'old'] }) };
  expect([nearOf(apart, ['fresh'], 'joe'), nearOf(apart, ['its plan', 'fresh'], 'joe'), unclear(people, 'fresh', 'joe')]).toEqual([{}, {}, ['entry', 'old']]);
  expect(unclear({ old: no as Person }, 'fresh', 'joe')).toEqual([]);
});

it('a mentor who was not named can be everybody of whom it was not said otherwise, and nonsense is a yes', () => {
  const near = { mentor: 'yes', maria: 'no', group: 'no' };
  expect(['maria', 'ray'].map((acct) => bars(near, acct))).toEqual([false, true]);
  expect([isNear({ group: 'yes' }), isNear({ group: 'no' }), isNear(), bars({ group: 'yes' }, 'maria')]).toEqual([true, false, false, false]);
  expect(readPerson({ near: { maria: 'perhaps', ray: 'no' } }).near).toEqual({ maria: 'yes', ray: 'no' });
});
