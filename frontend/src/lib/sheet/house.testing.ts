// For tests: the server as one participant's pages see it, with the real rules for version order
// and compare-and-set of the vault; it can be told to lie. The e2e journeys use the real server.

import { vi } from 'vitest';
import type { Signin } from '../signin/signin.svelte';
import { unb64u } from '../vault/bytes';
import type { Person } from '../vault/people.testing';
import type { Sealed, VaultFile } from '../wire/wire';

type Stored = Sealed & { file: Uint8Array<ArrayBuffer> };
type Body = { typ?: string; readers?: string[]; file: string; replace?: boolean; ctr?: number };

export class House {
  rows: Stored[] = [];
  vault: VaultFile = { ctr: 1, file: '' };
  grants: { ws: string; reader: string }[] = [];
  /** All requests that change something, in order. */
  readonly did: string[] = [];
  /** All requests that only read. */
  readonly asked: string[] = [];
  me: unknown = {};
  assignments: unknown[] = [];
  /** Replies that replace the true one, by the end of the request line. */
  readonly lies: { line: RegExp; answer: (truth: unknown) => unknown }[] = [];

  /** `author`: who makes the requests, the owner of the pages or a mentor. */
  constructor(
    private readonly owner: string,
    private readonly author = owner,
  ) {
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const hold = this.#holds.find((h) => h.line.test(`${init.method} ${url}`));
      if (hold) this.held += 1;
      await hold?.until;
      return this.#answer(url, init);
    });
  }

  #ids = 0;
  /** How many requests waited. */
  held = 0;
  readonly #holds: { line: RegExp; until: Promise<void> }[] = [];

  /** Requests matching this line wait until the returned function is called. */
  hold(line: RegExp): () => void {
    let go = () => {};
    this.#holds.push({ line, until: new Promise((ok) => (go = ok)) });
    return go;
  }

  /** Requests that come from now on do not wait; those that wait do until they are let go. */
  release(): void {
    this.#holds.length = 0;
  }

  /** Replaces the true reply; null stands for a broken server. */
  lie(line: RegExp, answer: (truth: unknown) => unknown): void {
    this.lies.push({ line, answer });
  }

  /** Executes the next request matching this line, and loses the reply. */
  lose(line: RegExp): void {
    this.lie(line, (truth) => {
      if (truth === null) return {};
      this.lies.splice(
        this.lies.findIndex((l) => l.line === line),
        1,
      );
      throw new Error('lost');
    });
  }

  /** Stores a sealed document as if it had been uploaded. */
  put(typ: string, author: string, ws: string, ver: number, readers: string[], file: string): void {
    const known = this.rows.find((r) => r.typ === typ && r.author === author && r.ws === ws && r.ver === ver);
    const row = { id: known?.id ?? 'id' + String(this.#ids++), ws, ver, typ, owner: this.owner, author, readers, size: 1, sha256: file, day: '2026-05-12', file: unb64u(file) };
    if (known) Object.assign(known, row);
    else this.rows.push(row);
  }

  #answer(url: string, init: RequestInit): Response {
    const line = `${init.method} ${url.replace('/api/v1', '')}`;
    const body = init.body ? (JSON.parse(init.body as string) as Body) : null;
    (init.method === 'GET' ? this.asked : this.did).push(line);
    const lie = this.lies.find((l) => l.line.test(line));
    if (lie?.answer(null) === null) return new Response('{"code":"server.broken"}', { status: 500 });
    const truth = this.#truth(line, body);
    // A true refusal is never replaced.
    if (truth instanceof Response && (!lie || !truth.ok)) return truth;
    const said = lie ? lie.answer(truth) : truth;
    return said instanceof Response ? said : Response.json(said);
  }

  #truth(line: string, body: Body | null): unknown {
    const [, ws = '', ver = ''] = /worksheets\/([^/]+)\/versions\/?(\d*)/.exec(line) ?? [];
    if (line === 'GET /worksheets') return { sealed: this.rows.filter((r) => !this.rows.some((o) => o.typ === r.typ && o.author === r.author && o.ws === r.ws && o.ver > r.ver)) };
    if (line.startsWith('GET /worksheets/')) return this.#versions(ws);
    if (line.startsWith('GET /sealed/')) {
      const row = this.rows.find((r) => line.endsWith('/' + r.id));
      return row ? new Response(row.file) : new Response('{"code":"not_found"}', { status: 404 });
    }
    if (line.startsWith('GET /shared/'))
      return { sealed: this.rows.filter((r) => line.endsWith('/' + r.ws) && (r.typ === 'feedback' ? r.author === this.author : r.readers.includes(this.author))) };
    if (line === 'GET /me') return this.me;
    if (line === 'GET /facility') return { neutral_url: '', crisis: [] };
    if (line.startsWith('POST /auth/')) return { acct: '', kdf: '', salt: '' };
    if (line === 'GET /keys/wraps') return { wraps: [] };
    if (line === 'POST /signin/half/take') return { half: 'a half' };
    if (line === 'PUT /signin/half') return {};
    if (line === 'GET /vault') return this.vault;
    if (line.startsWith('DELETE /worksheets/')) return this.#delete(line.split('/')[2] ?? '');
    if (line === 'GET /grants') return { grants: this.grants };
    if (line === 'GET /assignments') return { assignments: this.assignments };
    if (line.startsWith('PUT /grants/')) return this.#grant(line);
    if (line.startsWith('DELETE /grants/')) return this.#ungrant(line);
    if (line === 'PUT /vault') return this.#saveVault(body);
    if (line.startsWith('PUT /worksheets/') && body) return this.#save(ws, Number(ver), body);
    return new Response('', { status: 404 });
  }

  #grant(line: string): unknown {
    const [ws = '', reader = ''] = line.split('/').slice(2);
    if (!this.#granted(ws, reader)) this.grants.push({ ws, reader });
    return {};
  }

  #ungrant(line: string): unknown {
    const [ws, reader] = line.split('/').slice(2);
    this.grants = this.grants.filter((g) => g.ws !== ws || g.reader !== reader);
    return {};
  }

  #granted = (ws: string, reader: string): boolean => this.grants.some((g) => g.ws === ws && g.reader === reader);

  #versions(ws: string): unknown {
    const sealed = this.rows.filter((r) => r.ws === ws);
    return sealed.length > 0 ? { sealed } : new Response('{"code":"not_found"}', { status: 404 });
  }

  #delete(ws: string): unknown {
    const before = this.rows.length;
    this.rows = this.rows.filter((r) => r.ws !== ws);
    return this.rows.length < before ? {} : new Response('{"code":"not_found"}', { status: 404 });
  }

  #saveVault(body: Body | null): unknown {
    if (body?.ctr !== this.vault.ctr + 1) return new Response('{"code":"vault.moved_on"}', { status: 409 });
    this.vault = { ctr: body.ctr, file: body.file };
    return {};
  }

  #save(ws: string, ver: number, body: Body): unknown {
    const newest = Math.max(0, ...this.rows.filter((r) => r.ws === ws && r.typ === body.typ && r.author === this.author).map((r) => r.ver));
    if (!body.replace && ver !== newest + 1) return new Response('{"code":"worksheet.moved_on"}', { status: 409 });
    const readers = body.readers?.filter((acct) => acct !== this.author) ?? [];
    if (body.typ === 'worksheet' && !readers.every((acct) => this.#granted(ws, acct))) return new Response('{"code":"worksheet.reader_refused"}', { status: 403 });
    this.put(body.typ ?? '', this.author, ws, ver, body.readers ?? [], body.file);
    return { id: '' };
  }

  /** Signs in the owner of these pages, with this server's vault open. */
  async signin(p: Person): Promise<Signin> {
    const next = await p.keeper.pendingVault();
    if (next) {
      this.vault = next;
      await p.keeper.vaultSaved(next.ctr);
    }
    return { vault: p.keeper, me: { acct: p.acct }, open: true, sheets: {}, has: () => true } as unknown as Signin;
  }
}

/** Another tab deletes every store of this device. */
export async function deleteStores(): Promise<void> {
  for (const { name } of await indexedDB.databases()) await new Promise((ok) => (indexedDB.deleteDatabase(name ?? '').onsuccess = ok));
}
