// Pages of people on the counselor's screen. The rule: while a page is shown, the states of its people
// may change and its rows do not.

import type { RoomPeople } from '../wire/wire';

/** The shown page with the states of a newer reading of it. */
export function refreshed(shown: RoomPeople, now: RoomPeople): RoomPeople {
  const newer = new Map(now.people.map((p) => [p.member, p]));
  return { ...now, people: shown.people.map((p) => newer.get(p.member) ?? p) };
}
