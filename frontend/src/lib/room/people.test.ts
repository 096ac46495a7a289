import { expect, test } from 'vitest';
import type { PersonState, RoomPeople } from '../wire/wire';
import { atDoor, MANY_WAIT, refreshed, searchedAtDoor } from './people';

const page = (...rows: [string, PersonState][]): RoomPeople => ({
  people: rows.map(([member, state]) => ({ member, name: member, state, ready: false })),
  page: 1,
  pages: 1,
  found: rows.length,
});

test('the states of a shown page follow the room, and its rows stay where they are', () => {
  const now = refreshed(page(['b', 'here'], ['c', 'door'], ['d', 'here']), page(['a', 'here'], ['b', 'removed'], ['c', 'here']));
  expect(now.people.map((p) => `${p.member} ${p.state}`)).toEqual(['b removed', 'c here', 'd here']);
  expect(now.found).toBe(3);
});

test('a name typed while many waited at the door hides nobody once the field is gone', () => {
  const door = ['Ana', 'Bo', 'Zoë'].map((name, i) => ({ member: String(i), name, at: 0 }));
  const names = (all: number, typed: string) => atDoor(door, searchedAtDoor(all, typed)).map((p) => p.name);
  expect(names(MANY_WAIT + 1, ' zoe')).toEqual(['Zoë']);
  expect(names(MANY_WAIT + 1, '')).toEqual(['Ana', 'Bo', 'Zoë']);
  expect(names(MANY_WAIT, 'zoe')).toEqual(['Ana', 'Bo', 'Zoë']);
  // So all can be let in together again.
  expect([searchedAtDoor(MANY_WAIT + 1, ' Zoe'), searchedAtDoor(MANY_WAIT, 'Zoe')]).toEqual(['zoe', '']);
});
