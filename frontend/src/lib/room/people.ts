// Lists of people on the counselor's screen. The rules: while a page of people is shown, their states may
// change and its rows do not; and nobody at the door is hidden by a search that is not on screen.

import type { DoorRow, RoomPeople } from '../wire/wire';

/** When more people than these wait at the door, a name can be searched. */
export const MANY_WAIT = 6;

const plain = (s: string) => s.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** What is searched for at the door: nothing once so few wait (`all`) that there is no field to type
 * in. */
export const searchedAtDoor = (all: number, typed: string): string => (all > MANY_WAIT ? plain(typed.trim()) : '');

/** Those at the door whose name has this part. */
export const atDoor = (door: DoorRow[], part: string): DoorRow[] => door.filter((p) => plain(p.name).includes(part));

/** The shown page with the states of a newer reading of it. */
export function refreshed(shown: RoomPeople, now: RoomPeople): RoomPeople {
  const newer = new Map(now.people.map((p) => [p.member, p]));
  return { ...now, people: shown.people.map((p) => newer.get(p.member) ?? p) };
}
