// Fetches the facts about who can read a page: the open grants, and the stored versions, whose
// files name the people they are sealed for. whocan.ts draws the conclusions.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { useHolder } from '../signin/holder';
import { useSignin, type Signin } from '../signin/signin.svelte';
import { byVault, fetchVault } from '../signin/vaultsync';
import type { Grants } from '../wire/wire';
import { follow } from './follow';
import type { Sheet } from './sheet.svelte';
import type { Row } from './rows';
import { isWhole } from './whole';
import { whoCan, type Stored, type Who } from './whocan';

/** A reply older than this (ms) is no longer used. */
const HOLDS = 60_000;
/** Without a reply in this time (ms) the readers are unknown. */
const WITHIN = 8_000;
/** How often the readers of what is on the screen are asked for, in ms: another device of this
 * person may have turned a page on. */
const ASK_EVERY = 10_000;
/** When a tab becomes visible, only a reply younger than this (ms) is still shown while the next one
 * is on its way. */
const FRESH = 2_000;

interface Known {
  grants: string[];
  on: string[];
  sent: Record<string, number>;
  left: boolean;
  stored: Stored[];
  whole: boolean;
  newest: number;
  names: Record<string, string>;
}

export class Readership {
  /** The facts about each page; null when the server did not reply, missing while it is being
   * asked. */
  known = $state.raw<Record<string, Known | null>>({});
  /** Counts changes announced by other tabs; components that show readers then fetch again. */
  changes = $state(0);
  #names = $state.raw<Record<string, string>>({});
  #turns: Record<string, number> = {};
  #saidAt: Record<string, number> = {};
  #asking: Promise<Grants> | null = null;
  #vault: Promise<unknown> | null = null;
  /** When the vault was asked for, by performance.now(). */
  #vaultAt = 0;
  /** The looks under way: of each page that is followed, and of the list (''). */
  #under: Record<string, Promise<void> | null> = {};
  /** The rows of lists on the screen; `stored`: the server may have the page. */
  #rows: { ws: string; stored: boolean }[] = [];
  #unfollow: (() => void) | null = null;
  /** What the server and the vault said about each row when it was looked at last. */
  #said: Record<string, string> = {};
  /** Cached for good: the file of a digest never changes. */
  #files: Record<string, Promise<Stored> | undefined> = {};

  constructor(private readonly signin: Signin) {}

  nameOf = (acct: string): string => this.#names[acct] ?? '';

  /** Fetches the facts about one page. `stored`: the server may have the page. `anew`: discard what
   * was known. */
  async look(ws: string, stored: boolean, anew = false): Promise<void> {
    const turn = (this.#turns[ws] = (this.#turns[ws] ?? 0) + 1);
    this.#drop([ws], anew ? -1 : HOLDS);
    const now = await this.#facts(ws, stored, turn).catch(() => null);
    // Discard the reply when a newer request was made, or the pages were locked or left.
    if (turn !== this.#turns[ws]) return;
    this.known = { ...this.known, [ws]: now };
    this.#names = { ...this.#names, ...now?.names };
    this.#saidAt[ws] = performance.now();
  }

  /** Another tab changed the readers: discard everything known, on all pages, and use the vault as
   * that tab left it. */
  async heard(): Promise<void> {
    if (!this.signin.open) return;
    for (const ws of Object.keys(this.#turns)) this.#turns[ws] = (this.#turns[ws] ?? 0) + 1;
    this.known = {};
    await fetchVault(this.signin).catch(() => undefined);
    this.changes += 1;
  }

  /** Keeps refreshing a page that is open. Returns a function that ends it. */
  follow(ws: string, stored: () => boolean): () => void {
    return follow((turned) => {
      // Also while a look is under way: on a slow network it can take minutes.
      this.#drop([ws], turned ? FRESH : HOLDS);
      return this.#once(ws, turned, () => this.look(ws, stored()));
    }, ASK_EVERY);
  }

  /** A look by the clock does not replace one that is under way: on a slow phone none would end. */
  #once(what: string, turned: boolean, look: () => Promise<void>): Promise<void> {
    if (this.#under[what] && !turned) return Promise.resolve();
    if (turned) this.#vault = null;
    const mine = look().finally(() => {
      if (this.#under[what] === mine) this.#under[what] = null;
    });
    return (this.#under[what] = mine);
  }

  /** Discards what is known about these pages from replies older than this. */
  #drop(pages: string[], older: number): void {
    const now = performance.now();
    const old = (ws: string) => pages.includes(ws) && now - (this.#saidAt[ws] ?? 0) > older;
    this.known = Object.fromEntries(Object.entries(this.known).filter(([ws]) => !old(ws)));
  }

  /** Discards what is shown of a page as soon as a newer fact contradicts it: the files that say what
   * holds now may take long. */
  #unless(ws: string, turn: number, facts: Partial<Known>): void {
    const known = this.known[ws];
    if (!known || turn !== this.#turns[ws]) return;
    if (Object.entries(facts).some(([name, fact]) => JSON.stringify(known[name as keyof Known]) !== JSON.stringify(fact))) this.#drop([ws], -1);
  }

  /** Keeps refreshing a row of a list; all rows together. Returns a function that ends it. */
  followRow(ws: string, stored: boolean): () => void {
    const row = { ws, stored };
    this.#rows.push(row);
    this.#unfollow ??= follow((turned) => {
      const holds = turned ? FRESH : HOLDS;
      this.#drop(Object.keys(this.known), holds);
      return this.#once('', turned, () => this.lookAll(holds).catch(() => undefined));
    }, ASK_EVERY);
    return () => {
      this.#rows = this.#rows.filter((r) => r !== row);
      if (this.#rows.length > 0) return;
      this.#unfollow?.();
      this.#unfollow = null;
    };
  }

  /** Looks again at all rows on the screen. Two requests tell which pages changed, and only those
   * are looked at; without a reply nobody knows who reads any of them. Replies older than `holds`
   * are no longer shown meanwhile. */
  async lookAll(holds = HOLDS): Promise<void> {
    const rows = [...this.#rows];
    const turns = { ...this.#turns };
    this.#drop(
      rows.map((r) => r.ws),
      holds,
    );
    const lists = await this.#vaultNow()
      .then(() => Promise.all([this.#grants(), call(op.listWorksheets, { within: WITHIN })]))
      .catch(() => null);
    const looks = rows.map(async ({ ws, stored }) => {
      // A newer look, a lock or another tab's message came in between.
      if (turns[ws] !== this.#turns[ws]) return;
      if (!lists) return stored ? void (this.known = { ...this.known, [ws]: null }) : this.look(ws, stored);
      const [{ grants }, { sealed }] = lists;
      const versions = await this.signin.vault.sharedVersions(ws);
      const said = JSON.stringify([versions, grants.filter((g) => g.ws === ws), sealed.filter((s) => s.ws === ws && s.typ === 'worksheet')]);
      if (turns[ws] !== this.#turns[ws]) return;
      const same = said === this.#said[ws] && this.known[ws];
      this.#said[ws] = said;
      if (same) this.#saidAt[ws] = performance.now();
      else await this.look(ws, stored || sealed.some((s) => s.ws === ws));
    });
    await Promise.all(looks);
  }

  async #facts(ws: string, stored: boolean, turn: number): Promise<Known> {
    // A page that was never stored and never turned on needs no server.
    const here = await this.signin.vault.sharedVersions(ws);
    if (!stored && !this.signin.sheets[ws] && Object.keys(here.sent).length === 0 && here.left.length === 0)
      return { grants: [], on: [], sent: {}, left: false, stored: [], whole: true, newest: 0, names: {} };
    // Read before asking the server, so that the server must know at least as much.
    await this.#vaultNow();
    const { sent, left: may, head } = await this.signin.vault.sharedVersions(ws);
    const [on, left] = [Object.keys(sent), may.length > 0];
    this.#unless(ws, turn, { sent, left });
    const [{ grants }, contacts] = await Promise.all([this.#grants(), this.signin.vault.contacts()]);
    const mine = grants.filter((g) => g.ws === ws);
    const names = Object.fromEntries(mine.map((g) => [g.reader, contacts[g.reader]?.name ?? g.room_name]));
    const listed = mine.map((g) => g.reader).sort();
    this.#unless(ws, turn, { grants: listed });
    // The server's list alone must never lead to "nobody": the files are also checked for the
    // people for whom the vault has the page on.
    const accts = listed.concat(on.filter((acct) => !listed.includes(acct)));
    return { grants: listed, on, sent, left, names, ...(accts.length === 0 ? { stored: [], whole: true, newest: 0 } : await this.#stored(ws, accts, head)) };
  }

  /** Fetches the vault unless that was done just now: what a server that hides a grant keeps from this
   * device, another device of this person has noted there. Without it nothing is known. */
  #vaultNow(): Promise<unknown> {
    if (this.#vault && performance.now() - this.#vaultAt < FRESH) return this.#vault;
    this.#vaultAt = performance.now();
    const late = new Promise((_, fail) => setTimeout(() => fail(new Error('the vault was not fetched in time')), WITHIN));
    const mine: Promise<unknown> = Promise.race([fetchVault(this.signin), late]);
    mine.catch(() => this.#vault === mine && (this.#vault = null));
    return (this.#vault = mine);
  }

  /** One request for all pages of a list that are drawn together. */
  #grants(): Promise<Grants> {
    if (!this.#asking) {
      this.#asking = call(op.listGrants, { within: WITHIN });
      setTimeout(() => (this.#asking = null));
    }
    return this.#asking;
  }

  /** Opens versions, newest first, until it is clear which version each person has. */
  async #stored(ws: string, accts: string[], head: number): Promise<Pick<Known, 'stored' | 'whole' | 'newest'>> {
    const rows = (await call(op.listVersions, { params: { ws }, within: WITHIN })).sealed.filter((s) => s.typ === 'worksheet').reverse();
    const stored: Stored[] = [];
    const vers = rows.map((r) => r.ver);
    for (const row of rows) {
      if (accts.every((a) => stored.some((s) => s.readers.includes(a)))) break;
      stored.push(await this.#file(ws, row.ver, row.id, row.id + row.sha256));
    }
    return { stored, whole: isWhole(vers, head), newest: Math.max(0, ...vers) };
  }

  #file(ws: string, ver: number, id: string, key: string): Promise<Stored> {
    let file = this.#files[key];
    if (!file) {
      // Another tab or device may have sealed it under a newer vault than this tab has.
      file = call(op.openSealed, { params: { id } })
        .then((bytes) => byVault(this.signin, () => this.signin.vault.sealedFor(ws, ver, bytes)))
        .then((f) => ({ ver, at: Date.parse(f.at), readers: f.readers }));
      this.#files[key] = file;
      file.catch(() => (this.#files[key] = undefined));
    }
    return file;
  }

  /** Called when pages are locked or left. */
  clear(): void {
    for (const ws of Object.keys(this.#turns)) this.#turns[ws] = (this.#turns[ws] ?? 0) + 1;
    [this.known, this.#names, this.#files, this.#saidAt, this.#said, this.#asking, this.#vault] = [{}, {}, {}, {}, {}, null, null];
  }

  /** Who can read a page that is open here. */
  ofSheet(sheet: Sheet): Who | 'asking' {
    const unsent = sheet.saved !== 'server' && sheet.saved !== 'fresh';
    const known = this.known[sheet.ws];
    if (known === undefined) return 'asking';
    // A version stored a moment ago is a fact before the server is asked again.
    const [ver, newest] = [sheet.version, known?.newest ?? 0];
    const fresh = ver > newest && sheet.sharing.sentTo.length > 0 ? [{ ver, at: sheet.savedAt, readers: sheet.sharing.sentTo }] : [];
    return whoCan({
      grants: known?.grants ?? null,
      on: known?.on ?? [],
      sent: known?.sent ?? {},
      left: known?.left ?? false,
      whole: known?.whole ?? false,
      stored: [...(known?.stored ?? []), ...fresh],
      newest: Math.max(ver, newest),
      unsent,
      unsure: sheet.sharing.unsure,
    });
  }

  /** Who can read a page of the list. */
  ofRow = (row: Pick<Row, 'ws' | 'unsent'>): Who | 'asking' => this.ofStored(row.ws, row.unsent);

  /** Who can read the newest stored version, ignoring unsent words here. */
  ofStored(ws: string, unsent = false): Who | 'asking' {
    const known = this.known[ws];
    if (known === undefined) return 'asking';
    if (known === null) return { is: 'unknown' };
    return whoCan({ ...known, unsent, unsure: false });
  }
}

/** The readers of this person's pages, one for the life of the app. */
export function useReadership(): Readership {
  const holder = useHolder();
  if (holder.readership) return holder.readership as Readership;
  const made = new Readership(useSignin());
  // Loaded apart: a room uses this file long before it needs the other one.
  void import('./othertabs').then((m) => m.hearTabs(() => void made.heard()));
  return (holder.readership = made);
}
