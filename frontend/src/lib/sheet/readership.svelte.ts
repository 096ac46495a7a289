// Fetches the facts about who can read a page: the open grants, and the stored versions as their
// own files say whom they are sealed for. What follows from them is worked out in whocan.ts.

import { api, apiBytes } from '../net/api';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { byVault } from '../signin/vaultsync';
import type { Grants, SealedList } from '../wire/wire';
import type { Sheet } from './sheet.svelte';
import type { Row } from './sheets.svelte';
import { whoCan, type Stored, type Who } from './whocan';

/** How often an open page asks again: a pairing can end, and another device can share. */
const LOOK_EVERY = 30_000;

/** What was said longer ago says nothing now. */
const HOLDS = 60_000;
/** No answer in this time leaves it unknown. */
const WITHIN = 8_000;

interface Known {
  grants: string[];
  on: string[];
  stored: Stored[];
  newest: number;
  names: Record<string, string>;
}

export class Readership {
  /** What the server said of each page; null when it did not, missing while it is asked. */
  known = $state.raw<Record<string, Known | null>>({});
  #names = $state.raw<Record<string, string>>({});
  #turns: Record<string, number> = {};
  #saidAt: Record<string, number> = {};
  #asking: Promise<Grants> | null = null;
  /** Files never change under their digest. */
  #files: Record<string, Promise<Stored> | undefined> = {};

  constructor(private readonly signin: Signin) {}

  nameOf = (acct: string): string => this.#names[acct] ?? '';

  /** Asks about one page. `stored`: the server may have it. `anew`: what was known is void. */
  async look(ws: string, stored: boolean, anew = false): Promise<void> {
    const turn = (this.#turns[ws] = (this.#turns[ws] ?? 0) + 1);
    if (anew || performance.now() - (this.#saidAt[ws] ?? 0) > HOLDS) this.known = Object.fromEntries(Object.entries(this.known).filter(([id]) => id !== ws));
    const now = await this.#facts(ws, stored).catch(() => null);
    // Only the newest question counts, and none from before the pages were locked or left.
    if (turn !== this.#turns[ws]) return;
    this.known = { ...this.known, [ws]: now };
    this.#names = { ...this.#names, ...now?.names };
    this.#saidAt[ws] = performance.now();
  }

  /** Goes on asking about a page that is open. What this returns ends it. */
  follow(ws: string, stored: () => boolean): () => void {
    const look = () => document.visibilityState === 'visible' && void this.look(ws, stored());
    const timer = setInterval(look, LOOK_EVERY);
    document.addEventListener('visibilitychange', look);
    // Without a signal what was said last is not known any more: the question fails, and says so.
    for (const turn of ['online', 'offline']) addEventListener(turn, look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      for (const turn of ['online', 'offline']) removeEventListener(turn, look);
    };
  }

  async #facts(ws: string, stored: boolean): Promise<Known> {
    const on = await this.signin.vault.readersOf(ws);
    // A page that was never stored and never turned on is known without the server.
    if (!stored && !this.signin.sheets[ws] && on.length === 0) return { grants: [], on, stored: [], newest: 0, names: {} };
    const [{ grants }, contacts] = await Promise.all([this.#grants(), this.signin.vault.contacts()]);
    const mine = grants.filter((g) => g.ws === ws);
    const names = Object.fromEntries(mine.map((g) => [g.reader, contacts[g.reader]?.name ?? g.room_name]));
    const listed = mine.map((g) => g.reader);
    // The server's list alone never makes it nobody: the files are asked about those whom the page is on for too.
    const accts = listed.concat(on.filter((acct) => !listed.includes(acct)));
    return { grants: listed, on, names, ...(accts.length === 0 ? { stored: [], newest: 0 } : await this.#stored(ws, accts)) };
  }

  /** One question for all the pages of a list that are drawn together. */
  #grants(): Promise<Grants> {
    if (!this.#asking) {
      this.#asking = api<Grants>('GET', '/grants', { within: WITHIN });
      setTimeout(() => (this.#asking = null));
    }
    return this.#asking;
  }

  /** Opens versions from the newest on, until it is clear what each of the people holds. */
  async #stored(ws: string, accts: string[]): Promise<Pick<Known, 'stored' | 'newest'>> {
    const rows = (await api<SealedList>('GET', `/worksheets/${ws}/versions`, { within: WITHIN })).sealed.filter((s) => s.typ === 'worksheet').reverse();
    const stored: Stored[] = [];
    for (const row of rows) {
      if (accts.every((a) => stored.some((s) => s.readers.includes(a)))) break;
      stored.push(await this.#file(ws, row.ver, row.id, row.id + row.sha256));
    }
    return { stored, newest: rows[0]?.ver ?? 0 };
  }

  #file(ws: string, ver: number, id: string, key: string): Promise<Stored> {
    let file = this.#files[key];
    if (!file) {
      // Another tab or device may have sealed it by a newer vault than this one has.
      file = apiBytes('/sealed/' + id)
        .then((bytes) => byVault(this.signin, () => this.signin.vault.sealedFor(ws, ver, bytes)))
        .then((f) => ({ ver, at: Date.parse(f.at), readers: f.readers }));
      this.#files[key] = file;
      file.catch(() => (this.#files[key] = undefined));
    }
    return file;
  }

  /** When pages are locked or left. */
  clear(): void {
    for (const ws of Object.keys(this.#turns)) this.#turns[ws] = (this.#turns[ws] ?? 0) + 1;
    [this.known, this.#names, this.#files, this.#saidAt, this.#asking] = [{}, {}, {}, {}, null];
  }

  /** Who can read a page that is open here. */
  ofSheet(sheet: Sheet): Who | 'asking' {
    const unsent = sheet.saved !== 'server' && sheet.saved !== 'fresh';
    const known = this.known[sheet.ws];
    if (known === undefined) return 'asking';
    // A version that was stored a moment ago is a fact before the server is asked again.
    const [ver, newest] = [sheet.version, known?.newest ?? 0];
    const fresh = ver > newest && sheet.sentTo.length > 0 ? [{ ver, at: sheet.savedAt, readers: sheet.sentTo }] : [];
    return whoCan({
      grants: known?.grants ?? null,
      on: known?.on ?? [],
      stored: [...(known?.stored ?? []), ...fresh],
      newest: Math.max(ver, newest),
      unsent,
      unsure: sheet.unsure,
    });
  }

  /** Who can read a page of the list. */
  ofRow(row: Row): Who | 'asking' {
    const known = this.known[row.ws];
    if (known === undefined) return 'asking';
    return whoCan({ grants: known?.grants ?? null, on: known?.on ?? [], stored: known?.stored ?? [], newest: known?.newest ?? 0, unsent: row.unsent, unsure: false });
  }
}

/** The readers of this person's pages, one for the life of the app. */
export function useReadership(): Readership {
  const holder = useHolder();
  holder.readership ??= new Readership(useSignin());
  return holder.readership as Readership;
}
