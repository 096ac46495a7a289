import { expect, it } from 'vitest';
import { addsSaid, notYetIn, readSayings, type Sayings } from './said';
import { apart, nobody, readPerson, saidOf, unclear, type Person } from './findings';
import { union } from './union';

let ids = 0;
const newID = () => `n${++ids}`;
const says = (ver: number, mark: string, past?: string[], author = 'ray') => ({ author, ver, at: '2026-05-12', mark, ...(past ? { past } : {}) });
const add = (known: Sayings, ws: string, ...of: ReturnType<typeof says>[]): Sayings => union(known, addsSaid(ws, of, known, newID));
const stands = (all: Sayings): string[] => Object.values(notYetIn(all)).map((s) => `${s.by} ${s.ws} ${s.ver}`);

it('a Not yet is stored once, and another answer is stored only when it ends one', () => {
  expect(addsSaid('a', [says(1, 'ready'), says(1, '', undefined, 'maria')], {}, newID)).toEqual({});
  const once = add({}, 'a', says(1, 'not_yet'));
  expect(add(once, 'a', says(1, 'not_yet'))).toEqual(once);
  expect(stands(once)).toEqual(['ray a 1']);
  expect(JSON.stringify(once)).not.toContain('overall');
});

it('a Not yet ends with the next answer of that mentor on that plan, and with nobody else’s', () => {
  const no = add({}, 'a', says(2, 'not_yet'));
  for (const other of [says(3, 'ready', undefined, 'maria'), says(1, 'ready')]) expect(stands(add(no, 'a', other))).toEqual(['ray a 2']);
  expect(stands(add(no, 'b', says(9, 'ready')))).toEqual(['ray a 2']);
  expect(stands(add(no, 'a', says(3, 'ready')))).toEqual([]);
  expect(stands(add(no, 'a', says(3, 'not_yet')))).toEqual(['ray a 3']);
});

it('on another plan only a Ready of that mentor ends it, if the plan showed it', () => {
  const no = add({}, 'a', says(1, 'not_yet'));
  const past = Object.keys(no);
  for (const other of [says(1, 'ready'), says(1, '', past), says(1, 'ready', past, 'maria'), says(1, 'not_yet', past)]) expect(stands(add(no, 'b', other))).toContain('ray a 1');
  const yes = add(no, 'b', says(1, 'ready', past));
  expect(stands(yes)).toEqual([]);
  // Merging an older copy of the vault, in either order, does not bring it back.
  for (const both of [union(no, yes), union(yes, no)]) expect(stands(both)).toEqual([]);
  // A later Not yet is a new one, also on a plan without an earlier answer.
  expect(stands(add(yes, 'c', says(1, 'not_yet')))).toEqual(['ray c 1']);
  expect(stands(add(yes, 'a', says(2, 'not_yet')))).toEqual(['ray a 2']);
});

it('an answer recorded by two tabs at once is one answer: a Ready that names either ends both', () => {
  const [one, two] = [add({}, 'a', says(1, 'not_yet')), add({}, 'a', says(1, 'not_yet'))];
  const both = union(one, two);
  expect(stands(both)).toHaveLength(2);
  expect(stands(add(both, 'b', says(1, 'ready', Object.keys(one))))).toEqual([]);
});

it('a Not yet known only from a plan stands until a Ready names it, and gets its author from the vault', () => {
  const fromPlan: Sayings = { x: { mark: 'not_yet', on: '2026-05-12' } };
  expect(Object.keys(notYetIn(fromPlan))).toEqual(['x']);
  expect(stands(add(fromPlan, 'b', says(1, 'ready', ['x'], 'maria')))).toEqual([]);
  const known = union(fromPlan, { x: { mark: 'not_yet', on: '2026-05-12', by: 'ray', ws: 'a', ver: 1 } as const });
  expect(stands(add(known, 'b', says(1, 'ready', ['x'], 'maria')))).toEqual(['ray a 1']);
});

it('an answer in doubt adds nothing, and an unreadable one counts as a Not yet', () => {
  expect(addsSaid('a', [{ ...says(0, 'not_yet'), doubt: 'old' }], {}, newID)).toEqual({});
  const read = readSayings({ x: { mark: 7, on: 3, past: 'y', later: 1 }, y: null, z: { mark: 'other', on: '2026-05-12', past: ['x', 4] } });
  expect(read).toEqual({ x: { mark: 'not_yet', on: '', later: 1 }, z: { mark: 'other', on: '2026-05-12', past: ['x'] } });
  expect(saidOf({ joe: readPerson({ said: [] }) }, 'joe', '')).toEqual({});
  expect('said' in readPerson({ names: ['joe'] })).toBe(false);
});

it('an answer that counts without a number stands beside the newest known one, once', () => {
  const unread = says(0, 'not_yet');
  const over = add(add({}, 'a', says(1, 'not_yet')), 'a', says(2, 'ready'));
  expect(stands(over)).toEqual([]);
  const held = add(over, 'a', unread);
  expect(stands(held)).toEqual(['ray a 2']);
  expect(add(held, 'a', unread, says(2, 'ready'))).toEqual(held);
  expect(stands(add(held, 'a', says(3, 'ready')))).toEqual([]);
  const no = add({}, 'a', says(1, 'not_yet'));
  expect(add(no, 'a', unread)).toEqual(no);
  expect(stands(add({}, 'a', unread))).toEqual(['ray a 0']);
});

it('a page with the same name has it until the person says it is somebody else, which can be undone', () => {
  const of = (more: Partial<Person>): Person => ({ ...nobody(), ...more });
  const old = of({ names: ['joe'], said: add({}, 'a', says(1, 'not_yet')) });
  expect(unclear({ old }, 'fresh', 'Joe')).toEqual(['old']);
  expect(stands(saidOf({ old }, 'fresh', 'Joe'))).toEqual(['ray a 1']);
  const other = { old, fresh: of({ names: ['joe'], other: ['old'] }) };
  expect([unclear(other, 'fresh', 'Joe'), stands(saidOf(other, 'fresh', 'Joe')), apart(other, 'fresh')]).toEqual([[], [], ['old']]);
  // A link without any reason behind it is not reported.
  expect([apart(other, 'old'), apart({ ...other, old: of({}) }, 'fresh')]).toEqual([[], []]);
  const back = { old, fresh: union(other.fresh, of({ same: ['old'] })) };
  expect([apart(back, 'fresh'), stands(saidOf(back, 'fresh', 'Joe'))]).toEqual([[], ['ray a 1']]);
});
