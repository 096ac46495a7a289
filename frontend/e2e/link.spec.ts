// The connection of a phone, told honestly: networks that block sockets or hold them back, a
// tab that is killed, a page that was put away, a clock that is wrong.

import { chromium, type Page } from '@playwright/test';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import playwright, { PORT as SERVER } from '../playwright.config';
import { expect, origin, People, TABLET, test, workshop } from './fixtures';

/** A proxy between a browser and the server. `block` takes upgrades away and refuses what asks
 * for one; `buffer` keeps an answer until it is whole, and of a socket lets the way up through
 * and holds back the way down, but for the handshake. */
class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly upgrades: string[] = [];
  readonly polls: string[] = [];

  constructor(public mode: 'block' | 'buffer' | 'open') {
    this.#server = createServer((req, res) => {
      if (req.url?.includes('/poll')) this.polls.push(req.url);
      const headers = { ...req.headers };
      delete headers.upgrade;
      headers.connection = 'close';
      const up = request({ host: '127.0.0.1', port: SERVER, method: req.method, path: req.url, headers }, (answer) => {
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => {
          res.writeHead(answer.statusCode ?? 502, answer.headers);
          res.end(Buffer.concat(parts));
        });
      });
      up.on('error', () => res.destroy());
      res.on('close', () => up.destroy());
      req.pipe(up);
    });
    this.#server.on('upgrade', (req, socket, head) => this.#upgrade(req, socket, head));
    this.#server.on('connection', (s) => {
      this.#sockets.add(s);
      s.on('close', () => this.#sockets.delete(s));
    });
  }

  #upgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.upgrades.push(req.url ?? '');
    socket.on('error', () => undefined);
    if (this.mode === 'block') {
      socket.end(`HTTP/1.1 ${this.upgrades.length % 2 === 0 ? '502 Bad Gateway' : '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const up: Socket = connect(SERVER, '127.0.0.1', () => {
      const lines = Object.entries(req.headers).map(([k, v]) => `${k}: ${String(v)}`);
      up.write(`${req.method} ${req.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      up.write(head);
      socket.pipe(up);
    });
    let opened = false;
    up.on('data', (part: Buffer) => {
      if (this.mode === 'open') socket.write(part);
      else if (!opened) socket.write(part.subarray(0, part.indexOf('\r\n\r\n') + 4));
      opened = true;
    });
    up.on('error', () => socket.destroy());
    up.on('close', () => socket.destroy());
    socket.on('close', () => up.destroy());
    this.#sockets.add(up);
  }

  async start(): Promise<number> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const s of this.#sockets) s.destroy();
    await new Promise((done) => this.#server.close(done));
  }
}

/** A window of a person whose network goes through a proxy. */
async function behind(proxy: Proxy, handle: string, use: (people: People) => Promise<void>): Promise<void> {
  const port = await proxy.start();
  const { launchOptions } = playwright.use ?? {};
  const browser = await chromium.launch({ ...launchOptions, args: [...(launchOptions?.args ?? []), `--host-resolver-rules=MAP ${handle}.localhost 127.0.0.1:${port}`] });
  try {
    await use(new People(browser));
  } finally {
    await browser.close();
    await proxy.stop();
  }
}

async function running(people: People, title: string): Promise<{ id: string; dana: Page; next: () => Promise<void> }> {
  const id = await workshop(people, title);
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  return { id, dana, next: () => dana.locator('.onward button.main').click() };
}

const connection = (page: Page) => page.locator('.connection');

for (const mode of ['block', 'buffer'] as const) {
  test(`a phone whose network ${mode === 'block' ? 'refuses sockets' : 'holds frames back'} takes part in the whole room`, async ({ people }) => {
    test.setTimeout(180_000);
    const { id, dana, next } = await running(people, `Behind a proxy that ${mode}s`);
    const proxy = new Proxy(mode);
    await behind(proxy, 'sam', async (far) => {
      far.expected.push(/WebSocket connection/);
      const sam = await far.open('sam');
      await sam.goto(`${origin('sam')}/room/${id}`);
      await expect(sam.getByText('You are in. We start soon.')).toBeVisible({ timeout: 30_000 });
      await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
      await dana.getByRole('button', { name: /^Start/ }).click();
      await expect(sam.getByRole('heading', { name: 'Arrive', level: 1 })).toBeVisible();
      await expect(connection(sam)).toHaveText('Connected');
      for (const part of ['Ground', 'Check in']) {
        await next();
        await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
      }
      await sam.getByRole('button', { name: 'Raise hand' }).click();
      await expect(sam.getByRole('button', { name: 'Lower hand' })).toBeVisible();
      await expect(dana.locator('.queue .name')).toContainText('Sam R.');
      await sam.getByRole('button', { name: 'Lower hand' }).click();
      await expect(dana.getByText('Nobody waits.')).toBeVisible();
      for (const part of ['Teach', 'Write']) {
        await next();
        await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
      }
      await sam.getByRole('button', { name: /Coach/ }).click();
      await sam.getByLabel('How it may have hurt them').fill(`Written behind a proxy: ${mode}.`);
      await expect(connection(sam)).toHaveText(/^Connected, saved \d+:\d\d/, { timeout: 20_000 });
      await expect(dana.getByText('0 are writing, 1 have saved.').first()).toBeVisible();
      await sam.getByRole('button', { name: 'I am ready' }).click();
      await expect(sam.getByRole('button', { name: 'Not ready yet' })).toBeVisible();
      expect(proxy.upgrades.length).toBeGreaterThan(0);
      expect(proxy.polls.length).toBeGreaterThan(5);
      expect(far.troubles).toEqual([]);
    });
  });
}
