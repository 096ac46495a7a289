// Shared by all journeys: people of the demo in browser windows of their own, and the rule that any
// page error, console error or policy report fails the test.

import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DATA, PORT } from '../playwright.config';

export { expect, PORT, DATA };

export interface Account {
  handle: string;
  name: string;
  member: string;
  password: string;
  words: string;
}

interface State {
  accounts: Account[];
  cohort: string;
}

export const PHONE = { width: 360, height: 780 };
export const TABLET = { width: 1180, height: 820 };
export const DESK = { width: 1280, height: 800 };
export const SCREEN = { width: 1920, height: 1080 };

export const state = (folder = DATA): State => JSON.parse(readFileSync(join(folder, 'demo.json'), 'utf8')) as State;

export function account(handle: string, folder = DATA): Account {
  const found = state(folder).accounts.find((a) => a.handle === handle);
  if (!found) throw new Error('no such person: ' + handle);
  return found;
}

export const origin = (handle: string, port = PORT): string => `http://${handle}.localhost:${port}`;

export interface Look {
  viewport?: { width: number; height: number };
  dark?: boolean;
  /** How far the device's own clock is off, in ms. */
  off?: number;
}

/** Runs in the page: shifts the wall clock, but not the monotonic clock. */
function skew(off: number): void {
  const True = Date;
  class Off extends True {
    constructor(...given: [number] | []) {
      super(...((given.length === 0 ? [True.now() + off] : given) as [number]));
    }
    static override now(): number {
      return True.now() + off;
    }
  }
  globalThis.Date = Off as DateConstructor;
}

export class People {
  readonly troubles: string[] = [];
  /** Errors with these words are expected in the test (such as a killed server). */
  readonly expected: RegExp[] = [];
  readonly traffic: string[] = [];
  readonly #windows: BrowserContext[] = [];

  constructor(private readonly browser: Browser) {}

  /** A new window without an account. */
  async window(look: Look = {}): Promise<Page> {
    const context = await this.browser.newContext({ viewport: look.viewport ?? PHONE, colorScheme: look.dark ? 'dark' : 'light', locale: 'en-US' });
    this.#windows.push(context);
    if (look.off) await context.addInitScript(skew, look.off);
    const page = await context.newPage();
    const note = (what: string) => {
      if (!this.expected.some((e) => e.test(what))) this.troubles.push(what);
    };
    page.on('pageerror', (e) => note('page error: ' + e.message));
    page.on('console', (m) => m.type() === 'error' && note(`console: ${m.text()} ${m.location().url}`));
    page.on('request', (r) => {
      const url = new URL(r.url());
      if (!url.hostname.endsWith('localhost') && url.protocol.startsWith('http')) note('request to a third party: ' + url.host);
      this.traffic.push(`${r.method()} ${r.url()} ${r.postData() ?? ''}`);
    });
    page.on('websocket', (w) => w.on('framesent', (f) => this.traffic.push(String(f.payload))));
    return page;
  }

  /** Closes every window. One left open would stay in its room and slow down later journeys. */
  async close(): Promise<void> {
    await Promise.all(this.#windows.map((w) => w.close()));
  }

  /** "Open as …", as on the start page. */
  async open(handle: string, look: Look = {}, port = PORT, folder = DATA): Promise<Page> {
    const page = await this.window(look);
    await openIn(page, handle, port, folder);
    return page;
  }
}

/** The same in an existing window. */
export async function openIn(page: Page, handle: string, port = PORT, folder = DATA): Promise<void> {
  const a = account(handle, folder);
  const fragment = new URLSearchParams({ name: a.handle, password: a.password, card: a.words });
  await page.goto(`${origin(handle, port)}/open#${fragment}`);
  await page.waitForURL(/\/(today|desk)$/);
}

export const test = base.extend<{ people: People }>({
  people: async ({ browser }, use) => {
    const people = new People(browser);
    await use(people);
    const troubles = [...people.troubles];
    await people.close();
    expect(troubles).toEqual([]);
  },
});

/** Calls the API as the person of a page. */
export async function ask<T>(page: Page, method: string, path: string, body?: unknown): Promise<T> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const init: RequestInit = { method, credentials: 'same-origin' };
      init.headers = method === 'POST' ? { 'Idempotency-Key': crypto.randomUUID() } : {};
      if (body !== undefined) Object.assign(init, { body: JSON.stringify(body), headers: { ...init.headers, 'Content-Type': 'application/json' } });
      const res = await fetch('/api/v1' + path, init);
      const text = await res.text();
      if (!res.ok) throw new Error(`${res.status} ${text}`);
      return text ? JSON.parse(text) : undefined;
    },
    { method, path, body },
  ) as Promise<T>;
}

/** The current time for the desk's form, in the time zone of the demo's facility. */
export const startsNow = (): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'America/New_York', dateStyle: 'short', timeStyle: 'short' }).format(Date.now()).replace(' ', 'T');

/** Plans a workshop for this test only, starting now. */
export async function workshop(people: People, title: string): Promise<string> {
  const nora = await people.open('nora', { viewport: DESK });
  const starts = startsNow();
  const made = await ask<{ id: string }>(nora, 'POST', '/workshops', {
    title,
    cohort: state().cohort,
    starts,
    agenda: 'step9-60',
    language: 'en',
    lead: account('dana').member,
    counselors: [account('kofi').member],
    capacity: 12,
  });
  await nora.context().close();
  return made.id;
}
