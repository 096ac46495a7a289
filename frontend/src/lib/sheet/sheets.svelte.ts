// The person's own pages: the list, and the one being written. Every change is sealed and kept
// on this device within a second; the server gets a sealed version at most once a minute, on
// leaving, and on "Done".

import { getContext, setContext } from 'svelte';
import { api, apiBytes, ApiFault } from '../net/api';
import type { Signin } from '../signin/signin.svelte';
import { SealError } from '../vault/error';
import type { Sealed, SealedList } from '../wire/wire';
import { Sheet } from './sheet.svelte';
import { fromBody, titleOf } from './entry';

export interface Row {
  ws: string;
  title: string;
  time: string;
  day: string;
  /** There are words on this device that the server does not have. */
  unsent: boolean;
  broken: boolean;
}

export class Sheets {
  rows = $state.raw<Row[]>([]);
  loaded = $state(false);
  fault = $state('');
  readonly signin: Signin;
  // Not drawn: pages hold the sheets themselves.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #sheets = new Map<string, Sheet>();

  constructor(signin: Signin) {
    this.signin = signin;
  }

  /** Reads the list: the server's newest versions, opened here, and this device's drafts. */
  async load(): Promise<void> {
    this.fault = '';
    const drafts = await this.signin.vault.drafts().catch(() => []);
    let stored: Sealed[] = [];
    try {
      stored = (await api<SealedList>('GET', '/worksheets')).sealed.filter((s) => s.typ === 'worksheet');
    } catch (e) {
      this.fault = e instanceof ApiFault && e.offline ? 'offline' : 'broken';
    }
    const rows: Row[] = [];
    for (const s of stored)
      rows.push(
        await this.#row(
          s,
          drafts.some((d) => d.ws === s.ws),
        ),
      );
    for (const d of drafts) {
      if (rows.some((r) => r.ws === d.ws) || d.body === null) continue;
      const answers = fromBody(d.body);
      rows.push({ ws: d.ws, title: titleOf(answers), time: String(answers['time'] ?? ''), day: '', unsent: true, broken: false });
    }
    this.rows = rows;
    this.loaded = true;
    void this.#sendWaiting(drafts.map((d) => d.ws));
  }

  async #row(s: Sealed, unsent: boolean): Promise<Row> {
    try {
      const opened = await this.signin.vault.openDoc('worksheet', s.ws, s.ver, await bytesOf(s.id));
      const answers = fromBody(opened.body);
      return { ws: s.ws, title: titleOf(answers), time: String(answers['time'] ?? ''), day: s.day, unsent, broken: false };
    } catch (e) {
      const broken = e instanceof SealError;
      return { ws: s.ws, title: this.signin.sheets[s.ws]?.title ?? '', time: '', day: s.day, unsent, broken };
    }
  }

  /** Words that were written without a signal go to the server as soon as there is one. */
  async #sendWaiting(waiting: string[]): Promise<void> {
    for (const ws of waiting) {
      const sheet = await this.open(ws);
      await sheet.save().catch(() => undefined);
    }
  }

  /** The page with this id, one object for the life of the app. */
  async open(ws: string, fresh = false): Promise<Sheet> {
    let sheet = this.#sheets.get(ws);
    if (!sheet) {
      sheet = new Sheet(ws, this.signin);
      this.#sheets.set(ws, sheet);
      await sheet.load(fresh);
    }
    return sheet;
  }

  forget(ws: string): void {
    this.#sheets.get(ws)?.dispose();
    this.#sheets.delete(ws);
    this.rows = this.rows.filter((r) => r.ws !== ws);
  }

  /** Seals what is being written, now; before a lock and before leaving. */
  async flush(): Promise<void> {
    for (const sheet of this.#sheets.values()) await sheet.flush();
  }

  /** Forgets everything in memory, when the pages are locked. */
  clear(): void {
    for (const sheet of this.#sheets.values()) sheet.dispose();
    this.#sheets.clear();
    this.rows = [];
    this.loaded = false;
  }
}

const bytesOf = (id: string) => apiBytes('/sealed/' + id);

const KEY = Symbol('sheets');

export const provideSheets = (s: Sheets): Sheets => setContext(KEY, s);
export const useSheets = (): Sheets => getContext(KEY);
