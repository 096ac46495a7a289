// What is known about the people on the list. Invariants: a result that was shown is in the vault, or
// sealed on this device until the vault is uploaded, and is recorded there before it is shown; an
// entry is deleted only after what it says is stored elsewhere.

import { b64u, random } from '../vault/bytes';
import { readPerson, type Person } from '../vault/findings';
import { addsTo, union } from '../vault/union';
import type { Signin } from '../signin/signin.svelte';
import { changeVault, fetchVault } from '../signin/vaultsync';

/** What is known about people, by the page that identifies each. */
export type People = Record<string, Person>;

/** The key prefix of results that are not in the uploaded vault yet. They are stored among the
 * drafts, each with the person's page and an id of its own. None is ever overwritten: another tab,
 * or a call that knows less, adds an entry, and deletes only entries that it has read. */
const WAITING = 'safety:';
const waitingKey = (person: string): string => `${WAITING}${person}:${b64u(random(6))}`;
const personOf = (draft: string): string => draft.slice(WAITING.length).split(':')[0] ?? '';

export class KnownPeople {
  people = $state.raw<People>({});
  /** The names of the compared people; null before the vault was read. */
  names = $state.raw<Record<string, string> | null>(null);
  /** The worker whose vault was read. After a lock there is a new one that knows nothing. */
  #readBy: object | null = null;
  /** What waited on this device, as far as this tab knows; the vault may have it by now. */
  #waited: People = {};

  constructor(private readonly signin: Signin) {}

  /** Whether the vault was read since the pages were unlocked. */
  get isRead(): boolean {
    return this.#readBy === this.signin.vault;
  }

  /** Reads the vault, including what other tabs and devices added, and what still waits here. */
  async read(): Promise<void> {
    const { vault } = this.signin;
    await fetchVault(this.signin).catch(() => undefined);
    await this.add({});
    this.names = Object.fromEntries(Object.entries(await vault.contacts()).map(([acct, c]) => [acct, c.name]));
    this.#readBy = vault;
  }

  /** Reads what this device has, without any request. */
  async readHere(): Promise<void> {
    const { vault } = this.signin;
    const { people } = await this.#waiting();
    this.#learn(peopleIn(await vault.safety()), people);
  }

  /** Adds to the vault, together with what waits here. Offline, all of it waits on this device,
   * sealed. False when it could be kept nowhere. */
  async add(parts: People): Promise<boolean> {
    const { signin } = this;
    let kept = true;
    const { keys, people: waiting } = await this.#waiting();
    const all = union(waiting, parts);
    try {
      await changeVault(signin, () => signin.vault.noteSafety(all));
      for (const key of keys) await signin.vault.dropDraft(key).catch(() => undefined);
    } catch {
      if (addsTo(parts, waiting)) kept = await this.#wait(all, keys);
    }
    // Race: more may have been recorded since `all` was read.
    this.#learn(peopleIn(await signin.vault.safety()), all);
    return kept;
  }

  /** Stores this on the device before any request; a device that stores nothing has to reach the
   * vault first. False when neither worked. */
  async addHere(parts: People): Promise<boolean> {
    if (!(await this.#sealed(parts))) return false;
    this.people = union(this.people, parts);
    return true;
  }

  /** This device may have lost what waited there: it is stored again. */
  async again(): Promise<void> {
    await this.#sealed(this.#waited);
  }

  async #sealed(parts: People): Promise<boolean> {
    const { signin } = this;
    this.#waited = union(this.#waited, parts);
    try {
      for (const [ws, part] of Object.entries(parts)) await signin.vault.keepDraft(waitingKey(ws), 0, null, JSON.stringify(part));
      return true;
    } catch {
      return changeVault(signin, () => signin.vault.noteSafety(parts)).then(
        () => true,
        () => false,
      );
    }
  }

  /** What waits on this device; entries that do not open are left alone. */
  async #waiting(): Promise<{ keys: string[]; people: People }> {
    const drafts = (await this.signin.vault.drafts().catch(() => [])).filter((d) => d.ws.startsWith(WAITING) && d.body !== null);
    const people = drafts.map((d): People => ({ [personOf(d.ws)]: readPerson(JSON.parse(d.body ?? '{}')) }));
    const all = people.reduce((all, one) => union(all, one), {});
    this.#waited = union(this.#waited, all);
    return { keys: drafts.map((d) => d.ws), people: all };
  }

  /** Stores everything anew first, and only then deletes the entries that were read. */
  async #wait(all: People, read: string[]): Promise<boolean> {
    const { vault } = this.signin;
    this.#waited = union(this.#waited, all);
    try {
      for (const [ws, part] of Object.entries(all)) await vault.keepDraft(waitingKey(ws), 0, null, JSON.stringify(part));
    } catch {
      // The entries that were stored before are still there.
      return false;
    }
    for (const key of read) await vault.dropDraft(key).catch(() => undefined);
    return true;
  }

  #learn(inVault: People, more: People): void {
    this.people = union(union(inVault, more), this.people);
  }

  clear(): void {
    this.people = {};
    this.names = null;
    this.#readBy = null;
    this.#waited = {};
  }
}

const peopleIn = (safety: Record<string, unknown>): People => Object.fromEntries(Object.entries(safety).map(([ws, p]) => [ws, readPerson(p)]));
