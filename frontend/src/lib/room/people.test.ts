import { expect, test } from 'vitest';
import type { PersonState, RoomPeople } from '../wire/wire';
import { refreshed } from './people';

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
