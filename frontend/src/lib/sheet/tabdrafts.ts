// Drafts of one document, from several tabs of one browser. Each tab stores its words under a key of
// its own, so that none writes over another's. Invariants: a tab deletes only drafts that it wrote,
// and drafts that it has read and whose tab is gone; the words of a tab that is alive are left to it.
// A tab holds a Web Lock until its worker ends, at a lock of the pages or a sign-out, and the browser
// releases it when the tab is killed. Without Web Locks every other tab counts as gone: then two tabs may show
// the same words twice, and none are dropped.

import type { Signin } from '../signin/signin.svelte';
import { b64u, random } from '../vault/bytes';
import type { Vault } from '../vault/client';
import type { DraftInfo } from '../vault/keeper';

/** Separates the document from the tab in a key; the store knows it too (vault/store.ts). Drafts of
 * older builds have no tab. */
const MARK = '~';
const lockOf = (tab: string) => 'draft:' + tab;

/** How long a tab may take to disappear, in ms: at a reload the browser may still hold the lock of
 * the document before. */
const LEAVING = 1_000;

const locks = (): LockManager | undefined => (globalThis.navigator as Navigator | undefined)?.locks;

/** The document of a draft's key. */
export const docOf = (key: string): string => key.split(MARK)[0] ?? '';
const writerOf = (key: string): string => key.split(MARK)[1] ?? '';

interface Tab {
  id: string;
  /** Resolves when other tabs can see that this one is alive. */
  held: Promise<void>;
  leave(): void;
}

/** By the worker: a new one after each lock, with an id of its own. */
const tabs = new WeakMap<Vault, Tab>();

function tabOf(vault: Vault): Tab {
  const known = tabs.get(vault);
  if (known) return known;
  const id = b64u(random(9));
  let leave = () => {};
  const left = new Promise<void>((ok) => (leave = ok));
  const held = new Promise<void>((ok) => {
    const asked = locks()?.request(lockOf(id), () => {
      ok();
      return left;
    });
    if (asked) asked.catch(() => ok());
    else ok();
  });
  const tab = { id, held, leave };
  tabs.set(vault, tab);
  // In unit tests there is no worker.
  void (vault.over as Promise<void> | undefined)?.then(leave);
  return tab;
}

/** Whether a tab is gone, so that it will never write again. */
async function isGone(tab: string, within = 0): Promise<boolean> {
  const all = locks();
  if (tab === '' || !all) return true;
  if (within === 0) return all.request(lockOf(tab), { mode: 'shared', ifAvailable: true }, (lock) => lock !== null).catch(() => false);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), within);
  const freed = all.request(lockOf(tab), { mode: 'shared', signal: late.signal }, () => true).catch(() => false);
  return freed.finally(() => clearTimeout(timer));
}

/** The same words: a draft is also stored again unchanged. */
const isSame = (a: DraftInfo, b: DraftInfo): boolean => a.ws === b.ws && a.body === b.body;

/** The words of two drafts in one text, with nothing twice. */
export function joined(here: string, there: string): string {
  if (here.includes(there)) return here;
  return there.includes(here) ? there : `${here}\n\n${there}`;
}

/** Runs this in one tab at a time. */
export async function inOneTab(what: () => Promise<void>): Promise<void> {
  await (locks()?.request('drafts', what) ?? what());
}

/** The newest draft of each document, under the document's own key. */
export function newestDrafts(all: DraftInfo[]): DraftInfo[] {
  const newest = new Map<string, DraftInfo>();
  for (const d of all) {
    const doc = docOf(d.ws);
    if ((newest.get(doc)?.at ?? -1) <= d.at) newest.set(doc, { ...d, ws: doc });
  }
  return [...newest.values()];
}

export class TabDrafts {
  /** Drafts of other tabs that are contained in the words here. */
  #read: DraftInfo[] = [];

  constructor(
    private readonly signin: Signin,
    private readonly doc: string,
  ) {}

  /** Made on first use: before that, there may be no worker. */
  #made: Tab | null = null;

  get #tab(): Tab {
    return (this.#made ??= tabOf(this.signin.vault));
  }

  get #key(): string {
    return this.doc + MARK + this.#tab.id;
  }

  async #all(): Promise<DraftInfo[]> {
    return (await this.signin.vault.drafts()).filter((d) => docOf(d.ws) === this.doc && d.body !== null).sort((a, b) => b.at - a.at);
  }

  /** The drafts to continue with, newest first: this tab's own, and those of tabs that are gone. */
  async mine(): Promise<DraftInfo[]> {
    await this.#tab.held;
    const all = await this.#all();
    const gone = await Promise.all(all.map((d) => d.ws === this.#key || isGone(writerOf(d.ws), LEAVING)));
    // A tab may have stored its last words while this one waited for its end.
    const now = all.some((d) => d.ws !== this.#key) ? await this.#all() : all;
    return now.filter((d) => all.some((a, i) => a.ws === d.ws && gone[i]));
  }

  /** The draft to continue with: this tab's own before any other. `all`: nothing else is known of
   * the document, so the words of a tab that is alive are shown too. */
  async find(all: boolean): Promise<DraftInfo | undefined> {
    const mine = await this.mine();
    const found = mine.find((d) => d.ws === this.#key) ?? mine[0] ?? (all ? (await this.#all())[0] : undefined);
    if (found) this.took(found);
    return found;
  }

  /** The words here contain this draft: once they are stored, it may be deleted. */
  took(d: DraftInfo): void {
    if (d.ws !== this.#key) this.#read.push(d);
  }

  /** The drafts of tabs that are gone that were not read here. */
  async unread(): Promise<DraftInfo[]> {
    const others = (await this.#all()).filter((d) => d.ws !== this.#key && !this.#read.some((r) => isSame(r, d)));
    const gone = await Promise.all(others.map((d) => isGone(writerOf(d.ws))));
    return others.filter((_, i) => gone[i]);
  }

  /** Deletes a draft of another tab, unless it changed since it was read: words stored later are
   * contained nowhere else. */
  async dropUnchanged(draft: DraftInfo): Promise<void> {
    const now = (await this.#all()).find((d) => d.ws === draft.ws);
    if (now && isSame(now, draft)) await this.signin.vault.dropDraft(draft.ws);
  }

  async keep(base: number, hc: string | null, body: string): Promise<void> {
    await this.signin.vault.keepDraft(this.#key, base, hc, body);
    await this.#dropRead().catch(() => undefined);
  }

  /** The words here are safe elsewhere, or were dropped by choice. */
  async drop(): Promise<void> {
    await this.#dropRead();
    await this.signin.vault.dropDraft(this.#key);
  }

  async #dropRead(): Promise<void> {
    for (const read of this.#read) {
      if (!(await isGone(writerOf(read.ws)))) continue;
      await this.dropUnchanged(read);
      this.#read = this.#read.filter((d) => d !== read);
    }
  }
}
