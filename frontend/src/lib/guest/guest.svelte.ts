// Who came in without a sign-in: a guest of an open meeting by its room code, or a member by a
// room pass. The cookie is the server's; this device only remembers that there may be one, which
// spares strangers a question.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { rememberLines } from '../ui/crisis';
import { rememberNeutral } from '../signin/exit';
import { owe, owed } from '../signin/leaving';
import { settle } from '../signin/tidy';
import { kept, MARK } from './kept';
import type { Facility, GuestMe } from '../wire/wire';

/** `over`: the cookie opened a room and does so no more. */
export type GuestState = 'asking' | 'out' | 'in' | 'over' | 'offline';

/** A guest's way out of the room. It brings its words along, so that a member's phone does not load those of a meeting. */
export interface WayOut {
  go: () => void;
  leave: string;
  over: string;
  goOn: string;
}

const PASS_LETTERS = 8;

/** A typed code without what people put between its letters. */
export const plainCode = (code: string): string => code.replace(/[^0-9A-Za-z]/g, '');

/** A room pass says who comes; a room code asks for a name. */
export const isPass = (code: string): boolean => plainCode(code).length === PASS_LETTERS;

export class Guest {
  state = $state<GuestState>('asking');
  me = $state.raw<GuestMe | null>(null);
  facility = $state.raw<Facility | null>(null);

  /** Finds out whether this device is in a meeting. */
  async start(): Promise<void> {
    // Reads first whether quick exit was used.
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

  /** Comes in. The name is for a room code; a room pass needs none. */
  async enter(code: string, name: string): Promise<void> {
    await settle();
    if (isPass(code)) await call(op.enterByPass, { body: { code } });
    else await call(op.enterAsGuest, { body: { code, name } });
    localStorage.setItem(MARK, '1');
    await this.#know();
  }

  /** Ends the seat; the server forgets the name, without a signal as soon as there is one. */
  async leave(): Promise<void> {
    localStorage.removeItem(MARK);
    owe(...owed(), '/guest/leave');
    await settle();
    this.me = null;
    this.state = 'out';
  }
}
