// A person who entered without signing in: a guest of an open meeting by its room code, or a member
// by a room pass. The server sets the cookie; this device only stores that there may be one, which
// saves a request for visitors.

import { ApiFault, call } from '../net/api';
import { withWork } from '../work/work';
import * as op from '../wire/operations';
import { rememberLines } from '../ui/crisis';
import { leftMeanwhile, rememberNeutral } from '../signin/exit';
import { owe, owed } from '../signin/leaving';
import { settle } from '../signin/tidy';
import { kept, MARK } from './kept';
import type { Facility, GuestMe } from '../wire/wire';

/** `over`: the cookie opened a room, and no longer does. */
export type GuestState = 'asking' | 'out' | 'in' | 'over' | 'offline';

/** A guest's exit from the room. It supplies its own texts, so that a member's phone does not load
 * those of a meeting. */
export interface WayOut {
  go: () => void;
  leave: string;
  over: string;
  goOn: string;
}

const PASS_LETTERS = 8;

/** A typed code without separators. */
export const plainCode = (code: string): string => code.replace(/[^0-9A-Za-z]/g, '');

/** A room pass identifies a person; with a room code the person enters a name. */
export const isPass = (code: string): boolean => plainCode(code).length === PASS_LETTERS;

export class Guest {
  state = $state<GuestState>('asking');
  me = $state.raw<GuestMe | null>(null);
  facility = $state.raw<Facility | null>(null);

  /** Finds out whether this device is in a meeting. */
  async start(): Promise<void> {
    // Checks first whether quick exit was used.
    kept();
    if (localStorage.getItem(MARK) === null) {
      this.state = 'out';
      return;
    }
    await this.#know();
  }

  async #know(): Promise<void> {
    try {
      this.me = await call(op.readGuest);
      this.facility = await call(op.readFacility);
      rememberNeutral(this.facility.neutral_url);
      rememberLines(this.facility.crisis);
      this.state = 'in';
    } catch (e) {
      const away = e instanceof ApiFault && e.offline;
      this.state = away ? 'offline' : 'over';
      if (!away) localStorage.removeItem(MARK);
    }
  }

  /** Enters the room. The name is for a room code; a room pass needs none. `onWork`: the server wants
   * a puzzle solved first. */
  async enter(code: string, name: string, onWork: () => void): Promise<void> {
    await settle();
    if (isPass(code)) await call(op.enterByPass, { body: { code } });
    else await withWork((work) => call(op.enterAsGuest, { body: { code, name, ...work } }), onWork);
    await leftMeanwhile();
    localStorage.setItem(MARK, '1');
    await this.#know();
  }

  /** Gives up the seat; the server forgets the name, when offline as soon as there is a connection. */
  async leave(): Promise<void> {
    localStorage.removeItem(MARK);
    owe(...owed(), '/guest/leave');
    await settle();
    this.me = null;
    this.state = 'out';
  }
}
