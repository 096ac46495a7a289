// Requests to our own API, and the one error they end with.

export interface Field {
  name: string;
  problem: string;
}

/** A refusal of the server, or no signal at all (status 0, code `offline`). */
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

export interface Ask {
  body?: unknown;
  headers?: Record<string, string>;
  /** Lets the request outlive the page, for quick exit. */
  keepalive?: boolean;
  /** Milliseconds after which no answer counts as no signal. */
  within?: number;
}

async function send(method: string, path: string, ask: Ask): Promise<Response> {
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
  try {
    res = await fetch('/api/v1' + path, init);
  } catch {
    throw new ApiFault(0, 'offline', '');
  }
  if (res.ok) return res;
  let p: { code?: string; title?: string; fields?: Field[] } = {};
  try {
    p = (await res.json()) as typeof p;
  } catch {
    // a proxy's own page: the status says enough
  }
  if (res.status >= 502 && res.status <= 504 && !p.code) throw new ApiFault(0, 'offline', '');
  throw new ApiFault(res.status, p.code ?? 'server.broken', p.title ?? '', p.fields ?? [], Number(res.headers.get('Retry-After') ?? 0));
}

/** Asks and reads JSON; an empty answer gives undefined. */
export async function api<T>(method: string, path: string, ask: Ask = {}): Promise<T> {
  const res = await send(method, path, ask);
  const text = await res.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** Asks and reads bytes. */
export async function apiBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await send('GET', path, {})).arrayBuffer());
}
