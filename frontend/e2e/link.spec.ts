// A phone's connection: networks that block or buffer sockets, a killed tab, a page in the
// back/forward cache, a wrong clock.

import { chromium, type Page } from '@playwright/test';
import { createServer, request, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import playwright, { PORT as SERVER } from '../playwright.config';
import { account, expect, origin, People, PHONE, SCREEN, TABLET, test, workshop } from './fixtures';
import { begin, onward, connectScreen } from './steps';

/** A proxy between browser and server. `block` strips upgrade headers and refuses upgrade requests;
 * `buffer` holds a reply until it is complete, and on a socket passes the handshake and the frames
 * to the server but holds back those from the server. */
class Proxy {
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  #dead = false;
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
      if (this.#dead) s.destroy();
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

  /** Closes every connection and refuses new ones, like a phone that is offline. */
  cut(): void {
    this.#dead = true;
    for (const s of this.#sockets) s.destroy();
  }

  mend(): void {
    this.#dead = false;
  }

  /** Makes open connections silent without a close, like a phone that slept behind a router. */
  freeze(): void {
    for (const s of this.#sockets) s.pause().unpipe().removeAllListeners('data');
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

/** Windows of people whose network goes through a proxy. */
async function behind(proxy: Proxy, handles: string | string[], use: (people: People) => Promise<void>, ignoreDefaultArgs: string[] = []): Promise<void> {
  const port = await proxy.start();
  const { launchOptions } = playwright.use ?? {};
  const browser = await chromium.launch({
    ...launchOptions,
    ignoreDefaultArgs,
    args: [
      ...(launchOptions?.args ?? []),
      `--host-resolver-rules=${[handles]
        .flat()
        .map((h) => `MAP ${h}.localhost 127.0.0.1:${port}`)
        .join(',')}`,
    ],
  });
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
  return { id, dana, next: () => onward(dana) };
}

const connection = (page: Page) => page.locator('.connection');

for (const mode of ['block', 'buffer'] as const) {
  test(`a phone whose network ${mode === 'block' ? 'refuses sockets' : 'buffers frames'} takes part in the whole room`, async ({ people }) => {
    test.setTimeout(180_000);
    const { id, dana, next } = await running(people, `Behind a proxy that ${mode}s`);
    const proxy = new Proxy(mode);
    await behind(proxy, 'sam', async (far) => {
      far.expected.push(/WebSocket connection|ERR_INTERNET_DISCONNECTED/);
      const sam = await far.open('sam');
      await sam.goto(`${origin('sam')}/room/${id}`);
      await expect(sam.getByText('You are in. We start soon.')).toBeVisible({ timeout: 30_000 });
      await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
      await begin(dana);
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
      if (mode === 'block') {
        // Another network allows sockets: one carries the room, and polling stops.
        proxy.mode = 'open';
        await sam.context().setOffline(true);
        await expect(connection(sam)).toHaveText(/^Reconnecting/);
        await sam.context().setOffline(false);
        await expect(connection(sam)).toHaveText(/^Connected/);
        const polls = proxy.polls.length;
        await next();
        await expect(sam.getByRole('heading', { name: 'Share', level: 1 })).toBeVisible();
        expect(proxy.polls).toHaveLength(polls);
      }
      expect(far.troubles).toEqual([]);
    });
  });
}

test('counselor and big screen behind a network without sockets lead the room, and the phones follow', async ({ people }) => {
  test.setTimeout(120_000);
  const id = await workshop(people, 'Held over plain requests');
  const sam = await people.open('sam');
  const proxy = new Proxy('block');
  await behind(proxy, ['dana', 'stage'], async (far) => {
    far.expected.push(/WebSocket connection/);
    const dana = await far.open('dana', { viewport: TABLET });
    await dana.goto(`${origin('dana')}/run/${id}`);
    await dana.getByRole('button', { name: 'Open the room' }).click();
    await sam.goto(`${origin('sam')}/room/${id}`);
    await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
    const stage = await far.window({ viewport: SCREEN });
    await connectScreen(dana, stage);
    await expect(stage.getByText('Welcome. Come in when you are ready.')).toBeVisible();
    await begin(dana);
    await expect(sam.getByRole('heading', { name: 'Arrive', level: 1 })).toBeVisible();
    await expect(stage.locator('text.time')).toHaveText(/^\d+:\d\d$/);
    for (const part of ['Ground', 'Check in']) {
      await onward(dana);
      await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
    }
    // A word reaches the counselor, and the big screen once it is shown, although no frame reaches
    // either.
    await sam.getByLabel('Your word').fill('hopeful');
    await sam.getByRole('button', { name: 'Send it' }).click();
    await dana.getByRole('button', { name: 'Show: hopeful, Sam R.' }).click();
    await expect(stage.getByRole('listitem').filter({ hasText: 'hopeful' })).toBeVisible();
    await sam.getByRole('button', { name: 'Raise hand' }).click();
    await expect(dana.locator('.queue .name')).toContainText('Sam R.');
    // Neither ever had a socket: both polled the room, each as themselves.
    for (const seat of ['poll?device', 'seat=stage']) expect(proxy.polls.some((url) => url.includes(seat))).toBe(true);
    expect(far.troubles).toEqual([]);
  });
});

const QUARTER = 15 * 60_000;

/** A person in the writing part, on a page of their own. */
async function writing(people: People, far: People, title: string, off = 0): Promise<{ id: string; dana: Page; sam: Page; next: () => Promise<void> }> {
  const { id, dana, next } = await running(people, title);
  const sam = await far.open('sam', { off });
  await sam.goto(`${origin('sam')}/room/${id}`);
  await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
  await begin(dana);
  for (const part of ['Ground', 'Check in', 'Teach', 'Write']) {
    await next();
    await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }
  await sam.getByRole('button', { name: /Coach/ }).click();
  return { id, dana, sam, next };
}

test('the connection status is true, and a killed tab loses no word', async ({ people }) => {
  test.setTimeout(180_000);
  const proxy = new Proxy('open');
  await behind(proxy, 'sam', async (far) => {
    far.expected.push(/WebSocket connection|Failed to load resource|ERR_/);
    const { id, dana, sam } = await writing(people, far, 'Without a signal', QUARTER);
    const words = sam.getByLabel('How it may have hurt them');
    await words.fill('Saved.');
    await expect(connection(sam)).toHaveText(/^Connected, saved/, { timeout: 20_000 });
    // The server's time, although this phone's own clock is a quarter of an hour ahead.
    const said = (await connection(sam).textContent()) ?? '';
    const minutes = [0, 1, 2].map((ago) => new Intl.DateTimeFormat('en-US', { hour: 'numeric', minute: '2-digit' }).format(Date.now() - ago * 60_000));
    expect(minutes).toContain(said.replace('Connected, saved ', ''));

    proxy.cut();
    await expect(connection(sam)).toHaveText('Reconnecting. Keep writing, your words stay on this phone.');
    await words.pressSequentially(' And each word of this, typed without a signal.');
    await expect(connection(sam)).toHaveText('Reconnecting. Keep writing, 1 change is kept on this phone.');
    await sam.getByRole('button', { name: 'I am ready' }).click();
    await expect(connection(sam)).toHaveText('Reconnecting. Keep writing, 2 changes are kept on this phone.');
    // It is visible far down on the page, and does not make the page wider.
    await expect(connection(sam)).toBeInViewport();
    expect(await sam.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
    proxy.mend();
    await expect(connection(sam)).toHaveText('Back', { timeout: 30_000 });
    await expect(sam.getByRole('button', { name: 'Not ready yet' })).toBeVisible();
    await expect(connection(sam)).toHaveText(/^Connected/);

    proxy.cut();
    await expect(connection(sam)).toHaveText(/^Reconnecting/);
    await words.pressSequentially(' Then the tab was gone.');
    await expect(sam.locator('.lockline .saved').first()).toHaveText(/On this device/);
    const context = sam.context();
    const crashed = sam.waitForEvent('crash');
    const cdp = await context.newCDPSession(sam);
    void cdp.send('Page.crash').catch(() => undefined);
    await crashed;

    proxy.mend();
    const again = await context.newPage();
    await again.goto(`${origin('sam')}/room/${id}`);
    await expect(again.getByRole('heading', { name: 'Write', level: 1 })).toBeVisible();
    await again
      .getByLabel('Password', { exact: true })
      .or(again.getByRole('button', { name: /Coach/ }))
      .first()
      .waitFor();
    if (await again.getByLabel('Password', { exact: true }).isVisible()) {
      await again.getByLabel('Password', { exact: true }).fill(account('sam').password);
      await again.getByRole('button', { name: 'Open', exact: true }).click();
    }
    await again.getByRole('button', { name: /Coach/ }).click();
    await expect(again.getByLabel('How it may have hurt them')).toHaveValue('Saved. And each word of this, typed without a signal. Then the tab was gone.', { timeout: 20_000 });
    await expect(again.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 30_000 });
    await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
  });
});

test('a page from the back/forward cache and one that slept are back in the room at once', async ({ people }) => {
  test.setTimeout(120_000);
  const proxy = new Proxy('open');
  const use = async (far: People) => {
    const { id, dana, next } = await running(people, 'Put away');
    const sam = await far.open('sam');
    await sam.goto(`${origin('sam')}/room/${id}`);
    await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
    await begin(dana);
    await expect(sam.getByRole('heading', { name: 'Arrive', level: 1 })).toBeVisible();

    // Into the back/forward cache and out of it: the page is the same, its line is new. The first
    // start of the service worker evicts pages from that cache once, so it comes first.
    await sam.waitForFunction(() => navigator.serviceWorker.controller !== null);
    await sam.evaluate(() => Object.assign(window, { kept: true }));
    await sam.goto(`${origin('sam')}/privacy`);
    await next();
    await sam.evaluate(() => history.back());
    await expect(sam.getByRole('heading', { name: 'Ground', level: 1 })).toBeVisible();
    expect(
      await sam.evaluate(
        () => 'kept' in window || performance.getEntriesByType('navigation').map((n) => JSON.stringify((n as unknown as { notRestoredReasons: unknown }).notRestoredReasons)),
      ),
    ).toBe(true);
    await expect(connection(sam)).toHaveText('Connected');

    // Asleep: the line looks open and is dead. Without a probe nobody would notice for most of a
    // minute.
    const before = proxy.upgrades.length;
    proxy.freeze();
    await next();
    await expect(dana.locator('.onward button.main')).toContainText('Teach');
    await sam.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await expect(sam.getByRole('heading', { name: 'Check in', level: 1 })).toBeVisible();
    expect(proxy.upgrades.length).toBe(before + 1);
    expect(far.troubles).toEqual([]);
  };
  await behind(proxy, 'sam', use, ['--disable-back-forward-cache']);
});

/** Runs in the page: records when a clock shows each new value, by the monotonic clock. */
function watch(selector: string): void {
  const seen: [string, number][] = [];
  const clock = document.querySelector(selector);
  if (!clock) throw new Error('no clock');
  new MutationObserver(() => seen.push([clock.textContent?.trim() ?? '', performance.timeOrigin + performance.now()])).observe(clock, {
    characterData: true,
    childList: true,
    subtree: true,
  });
  Object.assign(window, { seen });
}
const turns = (page: Page) => page.evaluate(() => (window as unknown as { seen: [string, number][] }).seen);

test('clocks half an hour apart change together', async ({ people }) => {
  test.setTimeout(120_000);
  const id = await workshop(people, 'Clocks');
  const dana = await people.open('dana', { viewport: TABLET, off: QUARTER });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const stage = await people.window({ viewport: SCREEN, off: -QUARTER });
  await connectScreen(dana, stage);
  await expect(stage.getByText('Welcome. Come in when you are ready.')).toBeVisible();
  await begin(dana);
  await expect(stage.locator('text.time')).toHaveText(/^\d+:\d\d$/);
  const apart = await Promise.all([dana, stage].map((p) => p.evaluate(() => Date.now() - performance.timeOrigin - performance.now())));
  expect(Math.round(((apart[0] ?? 0) - (apart[1] ?? 0)) / 1000)).toBe((2 * QUARTER) / 1000);

  await dana.evaluate(watch, '.clock');
  await stage.evaluate(watch, 'text.time');
  await expect.poll(async () => Math.min((await turns(dana)).length, (await turns(stage)).length), { timeout: 60_000 }).toBeGreaterThanOrEqual(12);
  const shown = new Map(await turns(stage));
  const late = (await turns(dana)).flatMap(([figure, at]) => (shown.has(figure) ? [Math.abs(at - (shown.get(figure) ?? 0))] : [])).sort((a, b) => a - b);
  expect(late.length).toBeGreaterThanOrEqual(8);
  // The median: a busy machine draws a single value late, a wrong clock draws all of them late.
  test.info().annotations.push({ type: 'apart', description: `${late.map(Math.round).join(' ')} ms` });
  expect(late[late.length >> 1]).toBeLessThan(250);
});
