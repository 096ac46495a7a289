// Creating an account, the later steps: password, key card, and two of its words typed back. The
// keys are made in the worker; until the last step the server has only a reserved name.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { text } from '../text/text.svelte';
import { passwordFits, type NewAccount } from '../vault/password';
import { isCommon } from './common';
import { nobodyElse } from './enter';
import type { Joining } from './join.svelte';

export class KeyMaking {
  password = $state('');
  again = $state('');
  account = $state.raw<NewAccount | null>(null);
  asked = $state.raw<number[]>([]);
  answers = $state<string[]>(['', '']);
  part = $state(0);
  tried = $state(false);
  /** Other people use this device too. */
  shared = $state(false);

  constructor(private readonly join: Joining) {}

  get weak(): 'short' | 'common' | '' {
    if (!passwordFits(this.password)) return 'short';
    return isCommon(this.password) ? 'common' : '';
  }

  get differs(): boolean {
    return this.password !== this.again;
  }

  async makeKeys(): Promise<void> {
    this.tried = true;
    if (this.weak || this.differs) return;
    await this.join.attempt(async () => {
      const vault = this.join.signin.vault;
      vault.onProgress = (part) => (this.part = part);
      this.account = await vault.newAccount(this.join.acct, this.password);
      vault.onProgress = null;
      this.join.step = 'card';
    });
  }

  cardWritten(): void {
    const first = Math.floor(Math.random() * 6);
    this.asked = [first, 6 + Math.floor(Math.random() * 6)];
    this.answers = ['', ''];
    this.tried = false;
    this.join.step = 'check';
  }

  answered(i: number): boolean {
    return this.answers[i]?.trim().toLowerCase() === this.account?.words[this.asked[i] ?? 0];
  }

  /** Uploads the account, all or nothing, and unlocks it. */
  async finish(): Promise<boolean> {
    this.tried = true;
    const made = this.account;
    if (!made || !this.answered(0) || !this.answered(1)) return false;
    const { code, handle, roomName, acct, signin } = this.join;
    return this.join.attempt(async () => {
      // Before the slip is used up.
      await nobodyElse(signin);
      await call(op.signUp, { body: { invite: code, handle, room_name: roomName, language: text.language, acct, ...made.upload } });
      // A shared device never stores what opens the pages without the 12 words.
      if (!this.shared) await signin.vault.adoptAccount();
      await signin.signIn(handle, this.password, this.shared, this.shared ? made.words.join(' ') : null);
      this.join.made = true;
      this.password = this.again = '';
      this.account = null;
    });
  }
}
