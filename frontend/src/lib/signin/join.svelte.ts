// Making an account, step by step: slip, two names, password, key card, two words of it. The
// keys are made in the worker; until the last step the server has nothing but a reserved name.

import { api, ApiFault } from '../net/api';
import { fill, text } from '../text/text.svelte';
import { SealError } from '../vault/error';
import { passwordFits, type NewAccount } from '../vault/password';
import type { Reserved, Slip } from '../wire/wire';
import { isCommon } from './common';
import type { Signin } from './signin.svelte';

export type Step = 'code' | 'name' | 'password' | 'card' | 'check';

class Join {
  step = $state<Step>('code');
  code = $state('');
  slip = $state.raw<Slip | null>(null);
  handle = $state('');
  roomName = $state('');
  password = $state('');
  again = $state('');
  account = $state.raw<NewAccount | null>(null);
  asked = $state.raw<number[]>([]);
  answers = $state<string[]>(['', '']);
  busy = $state(false);
  part = $state(0);
  fault = $state('');
  taken = $state(false);
  tried = $state(false);
  #acct = '';

  constructor(private readonly signin: Signin) {}

  get namesFit(): boolean {
    return [...this.handle.trim()].length >= 3 && this.roomName.trim() !== '';
  }

  get weak(): 'short' | 'common' | '' {
    if (!passwordFits(this.password)) return 'short';
    return isCommon(this.password) ? 'common' : '';
  }

  get differs(): boolean {
    return this.password !== this.again;
  }

  async readSlip(): Promise<void> {
    await this.#try(async () => {
      this.slip = await api<Slip>('POST', '/auth/slip', { body: { invite: this.code } });
      this.roomName = this.slip.room_name ?? '';
      text.choose(this.slip.language === 'es' ? 'es' : 'en');
      this.step = 'name';
    });
  }

  async reserve(): Promise<void> {
    if (!this.namesFit) return;
    this.taken = false;
    await this.#try(async () => {
      const reserved = await api<Reserved>('POST', '/auth/reserve', { body: { invite: this.code, handle: this.handle } });
      this.#acct = reserved.acct;
      this.step = 'password';
      this.tried = false;
    });
  }

  async makeKeys(): Promise<void> {
    this.tried = true;
    if (this.weak || this.differs) return;
    await this.#try(async () => {
      const vault = this.signin.vault;
      vault.onProgress = (part) => (this.part = part);
      this.account = await vault.newAccount(this.#acct, this.password);
      vault.onProgress = null;
      this.step = 'card';
    });
  }

  cardWritten(): void {
    const first = Math.floor(Math.random() * 6);
    this.asked = [first, 6 + Math.floor(Math.random() * 6)];
    this.answers = ['', ''];
    this.tried = false;
    this.step = 'check';
  }

  answered(i: number): boolean {
    return this.answers[i]?.trim().toLowerCase() === this.account?.words[this.asked[i] ?? 0];
  }

  /** Sends the account, all or nothing, and opens it. */
  async finish(): Promise<boolean> {
    this.tried = true;
    const made = this.account;
    if (!made || !this.answered(0) || !this.answered(1)) return false;
    return this.#try(async () => {
      const body = { invite: this.code, handle: this.handle, room_name: this.roomName, language: text.language, acct: this.#acct, ...made.upload };
      await api('POST', '/auth/signup', { body });
      await this.signin.adopt(this.handle, this.password);
      this.password = this.again = '';
      this.account = null;
    });
  }

  async #try(run: () => Promise<void>): Promise<boolean> {
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

export const joining = (signin: Signin): Join => new Join(signin);
