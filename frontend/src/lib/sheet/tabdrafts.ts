// Drafts of one document, from several tabs of one browser. Each tab stores its words under a key of
// its own, so that none writes over another's. Invariants: a tab deletes only drafts that it wrote,
// and drafts that it has read and whose tab is gone; the words of a tab that is alive are left to it.
// A tab holds a Web Lock until its worker ends, at a lock of the pages or a sign-out, and the browser
// releases it when the tab is killed. Without Web Locks every other tab counts as gone: then two
// tabs may show the same words twice, and none are dropped. Other tabs' drafts: otherdrafts.ts.

import { uuid7 } from '../room/ids';
import type { Signin } from '../signin/signin.svelte';
import type { Vault } from '../vault/client';
import type { DraftInfo } from '../vault/keeper';

/** Separates the document from the tab in a key; the store knows it too (vault/store.ts). Drafts of
 * older builds have no tab. */
const MARK = '~';

/** The document of a draft's key, and its tab. */
export const docOf = (key: string): string => key.split(MARK)[0] ?? '';
export const tabOfKey = (key: string): string => key.split(MARK)[1] ?? '';

export const lockOf = (tab: string): string => 'draft:' + tab;
export const locks = (): LockManager | undefined => (globalThis.navigator as Navigator | undefined)?.locks;

const others = () => import('./otherdrafts');

interface Tab {
  id: string;
  /** Resolves when other tabs can see that this one is alive. */
  held: Promise<unknown>;
}

/** By the worker: a new one after each lock, with an id of its own. */
const tabs = new WeakMap<Vault, Tab>();

function tabOf(vault: Vault): Tab {
  const id = uuid7();
  const held = new Promise<unknown>((ok) => {
    const hold = () => {
      ok(null);
      return vault.over;
    };
    void (locks()?.request(lockOf(id), hold) ?? Promise.resolve()).catch(() => undefined).then(ok);
  });
  const tab = { id, held };
  tabs.set(vault, tab);
  return tab;
}

/** The newest draft of each document, under the document's own key. */
export function newestDrafts(all: DraftInfo[]): DraftInfo[] {
  const newest: Record<string, DraftInfo> = {};
  for (const d of all.sort((a, b) => a.at - b.at)) newest[docOf(d.ws)] = { ...d, ws: docOf(d.ws) };
  return Object.values(newest);
}

export class TabDrafts {
  /** Drafts of other tabs that are contained in the words here. */
  read: DraftInfo[] = [];
  #made: Tab | null = null;

  constructor(
    readonly signin: Signin,
    private readonly doc: string,
  ) {}

  /** Made on first use: before that, there may be no worker. */
  get #tab(): Tab {
    return (this.#made ??= tabs.get(this.signin.vault) ?? tabOf(this.signin.vault));
  }

  get key(): string {
    return this.doc + MARK + this.#tab.id;
  }

  /** Every tab's draft, newest first. */
  async all(): Promise<DraftInfo[]> {
    return (await this.signin.vault.drafts()).filter((d) => docOf(d.ws) === this.doc && d.body !== null).sort((a, b) => b.at - a.at);
  }

  /** The draft to continue with: this tab's own before any other. `alive`: nothing else is known of
   * the document, so the words of a tab that is alive are shown too. */
  async find(alive: boolean): Promise<DraftInfo | undefined> {
    await this.#tab.held;
    const all = await this.all();
    const found = all.every((d) => d.ws === this.key) ? all[0] : await (await others()).choose(this, alive);
    if (found) this.took(found);
    return found;
  }

  /** The words here contain this draft: once they are stored, it may be deleted. */
  took(d: DraftInfo): void {
    if (d.ws !== this.key) this.read.push(d);
  }

  /** The drafts of tabs that are gone that were not read here. */
  async unread(): Promise<DraftInfo[]> {
    return (await this.all()).every((d) => d.ws === this.key) ? [] : (await others()).unreadBy(this);
  }

  async keep(base: number, hc: string | null, body: string): Promise<void> {
    await this.signin.vault.keepDraft(this.key, base, hc, body);
    await this.#dropRead().catch(() => undefined);
  }

  /** The words here are safe elsewhere, or were dropped by choice. */
  async drop(): Promise<void> {
    await this.#dropRead();
    await this.signin.vault.dropDraft(this.key);
  }

  async #dropRead(): Promise<void> {
    if (this.read.length > 0) await (await others()).dropRead(this);
  }
}
