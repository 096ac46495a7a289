// Requests to our own API by operation name, and their only error type.

import { inBytes, type Operations } from '../wire/operations';

export interface Field {
  name: string;
  problem: string;
}

/** A refusal by the server, or no connection at all (status 0, code `offline`). */
export class ApiFault extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    readonly fields: Field[] = [],
    readonly retryAfter = 0,
  ) {
    super(text);
    this.name = 'ApiFault';
  }

  get offline(): boolean {
    return this.status === 0;
  }
}

const PATIENCE = 20_000;

interface How {
  /** Lets the request outlive the page, for quick exit. */
  keepalive?: boolean;
  /** Timeout in ms, after which the request counts as offline. */
  within?: number;
}

type Ask<N extends keyof Operations> = Omit<Operations[N], 'answer'> & How;

/** The arguments of an operation; optional when it takes none. */
type Asked<N extends keyof Operations> = How extends Ask<N> ? [ask?: Ask<N>] : [ask: Ask<N>];

interface Parts extends How {
  params?: Record<string, string>;
  query?: Record<string, string | number>;
  headers?: Record<string, string>;
  body?: unknown;
}

/** The URL of an operation, with its values filled in and escaped. */
export function addressOf(name: keyof Operations, { params = {}, query }: Pick<Parts, 'params' | 'query'> = {}): string {
  const path = name.replace(/.* /, '/api/v1').replace(/:(\w+)/g, (_, part: string) => encodeURIComponent(params[part] ?? ''));
  return query ? `${path}?${new URLSearchParams(query as Record<string, string>)}` : path;
}

const parsed = (body: ArrayBuffer): unknown => JSON.parse(new TextDecoder().decode(body));

async function send(method: string, address: string, ask: Parts): Promise<ArrayBuffer> {
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    referrerPolicy: 'no-referrer',
    cache: 'no-store',
    signal: AbortSignal.timeout(ask.within ?? PATIENCE),
    headers: { ...(ask.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...ask.headers },
    ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
    ...(ask.keepalive ? { keepalive: true } : {}),
  };
  let res: Response;
  let body: ArrayBuffer;
  try {
    res = await fetch(address, init);
    // A reply that breaks off is no reply: what it says is not known.
    body = await res.arrayBuffer();
  } catch {
    throw new ApiFault(0, 'offline', '');
  }
  if (res.ok) return body;
  let p: { code?: string; title?: string; fields?: Field[] } = {};
  try {
    p = parsed(body) as typeof p;
  } catch {
    // a proxy's own page: the status says enough
  }
  if (res.status >= 502 && res.status <= 504 && !p.code) throw new ApiFault(0, 'offline', '');
  throw new ApiFault(res.status, p.code ?? 'server.broken', p.title ?? '', p.fields ?? [], Number(res.headers.get('Retry-After') ?? 0));
}

// Idempotency keys of requests without a reply. A person who taps again after losing the connection
// wants the same thing once; one who does so much later wants another, and must not be told that it
// is already done.
const asking = new Map<string, { key: string; at: number }>();
const SAME_INTENTION = 120_000;

/** Sends a request that creates something, with an idempotency key that retries repeat until a
 * reply came. */
async function sendOnce(method: string, address: string, parts: Parts): Promise<ArrayBuffer> {
  const what = `${address} ${JSON.stringify(parts.body)}`;
  for (const [old, { at }] of asking) if (Date.now() - at > SAME_INTENTION) asking.delete(old);
  const { key } = asking.get(what) ?? { key: crypto.randomUUID() };
  asking.set(what, { key, at: Date.now() });
  try {
    const body = await send(method, address, { ...parts, headers: { ...parts.headers, 'Idempotency-Key': key } });
    asking.delete(what);
    return body;
  } catch (e) {
    if (!(e instanceof ApiFault && e.offline)) asking.delete(what);
    throw e;
  }
}

/** What pages set whose acts the server may answer with "show that it is you": asks the person, and says
 * whether they did. */
export const stepUp: { ask?: () => Promise<boolean> } = {};

/** Calls one operation. Bytes are returned as bytes, and an empty reply as undefined. */
export async function call<N extends keyof Operations>(name: N, ...[ask]: Asked<N>): Promise<Operations[N]['answer']> {
  const parts: Parts = ask ?? {};
  const [, method = '', once] = /^(\w+)(!?)/.exec(name) ?? [];
  const request = () => (once ? sendOnce : send)(method, addressOf(name, parts), parts);
  const body = await request().catch(async (e: unknown) => {
    if (e instanceof ApiFault && e.code === 'stepup.needed' && (await stepUp.ask?.())) return request();
    throw e;
  });
  return (inBytes.includes(name) ? new Uint8Array(body) : body.byteLength > 0 ? parsed(body) : undefined) as Operations[N]['answer'];
}

/** Requests a code that is shown only once. When it was made and its reply was lost, a new one is
 * requested. */
export async function anew<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (e) {
    if (e instanceof ApiFault && e.code === 'request.done') return ask();
    throw e;
  }
}
