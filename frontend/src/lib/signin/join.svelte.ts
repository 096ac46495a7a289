// Creating an account: the slip and the two names. The later steps with keys are in
// joinkeys.svelte.ts, which a phone loads while these are filled in.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { fill, text } from '../text/text.svelte';
import { SealError } from '../vault/error';
import type { Slip } from '../wire/wire';
import type { Signin } from './signin.svelte';

export type Step = 'code' | 'name' | 'password' | 'card' | 'check';

export class Joining {
  step = $state<Step>('code');
  code = $state('');
  slip = $state.raw<Slip | null>(null);
  handle = $state('');
  roomName = $state('');
  busy = $state(false);
  fault = $state('');
  taken = $state(false);
  /** The account was made here, and is the signed-in one. */
  made = $state(false);
  /** The account id that all keys of the person are bound to. */
  acct = '';

  constructor(readonly signin: Signin) {}

  get namesFit(): boolean {
    return [...this.handle.trim()].length >= 3 && this.roomName.trim() !== '';
  }

  async readSlip(): Promise<void> {
    await this.attempt(async () => {
      this.slip = await call(op.readSlip, { body: { invite: this.code } });
      this.roomName = this.slip.room_name ?? '';
      text.choose(this.slip.language === 'es' ? 'es' : 'en');
      this.step = 'name';
    });
  }

  async reserve(): Promise<void> {
    if (!this.namesFit) return;
    this.taken = false;
    await this.attempt(async () => {
      const reserved = await call(op.reserveName, { body: { invite: this.code, handle: this.handle } });
      this.acct = reserved.acct;
      this.step = 'password';
    });
  }

  /** Runs one operation at a time, and sets a message when it fails. */
  async attempt(run: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.fault = '';
    try {
      await run();
      return true;
    } catch (e) {
      this.#say(e);
      return false;
    } finally {
      this.busy = false;
    }
  }

  #say(e: unknown): void {
    const t = text.t;
    if (e instanceof SealError) this.fault = e.code === 'E_MEMORY' ? t.pub.signIn.memory : t.shared.broken;
    else if (!(e instanceof ApiFault)) this.fault = t.shared.broken;
    else if (e.offline) this.fault = t.shared.offline;
    else if (e.code === 'handle.taken' || e.fields.some((f) => f.name === 'handle')) {
      this.taken = true;
      this.step = 'name';
    } else if (e.code === 'slip.unknown') {
      this.fault = t.pub.join.slipGone;
      this.step = 'code';
    } else if (e.status === 429) this.fault = fill(t.shared.tooMany, { n: e.retryAfter });
    else if (e.status === 400) this.fault = this.step === 'code' ? t.pub.join.slipGone : t.shared.broken;
    else this.fault = t.shared.broken;
  }
}

export const joining = (signin: Signin): Joining => new Joining(signin);
