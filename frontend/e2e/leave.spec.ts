// Leaving: what unlocks pages is deleted, from every state, and the server is told later what it
// was not told at once.

import type { BrowserContext, Page, Route } from '@playwright/test';
import { signInShared } from './device';
import { account, expect, openIn, origin, PORT, test } from './fixtures';

/** What a page of an origin stores on this device, read from a page without scripts. Its URL is one
 * that the service worker ignores; for all others it serves the app. */
async function keptOn(context: BrowserContext, who: string): Promise<{ local: string[]; session: string[]; stores: string[]; keys: string[] }> {
  const page = await context.newPage();
  await page.route('**/api/still', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto(`${origin(who)}/api/still`);
  const kept = await page.evaluate(async () => {
    const stores = (await indexedDB.databases()).map((d) => d.name ?? '').filter((n) => n.startsWith('p'));
    const keys: string[] = [];
    for (const name of stores) {
      const db = await new Promise<IDBDatabase>((ok) => {
        const asked = indexedDB.open(name);
        asked.onsuccess = () => ok(asked.result);
      });
      await new Promise((ok) => {
        const all = db.transaction('keys').objectStore('keys').getAllKeys();
        all.onsuccess = () => ok(keys.push(...all.result.map(String)));
      });
      db.close();
    }
    return { local: Object.keys(localStorage).sort(), session: Object.keys(sessionStorage), stores, keys: keys.sort() };
  });
  await page.close();
  return kept;
}

/** Calls the server with a saved cookie: 200 or 204 while the cookie is valid. */
async function asks(cookie: string, method: string, path: string): Promise<number> {
  const res = await fetch(`http://127.0.0.1:${PORT}/api/v1${path}`, { method, headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' } });
  return res.status;
}

const cookieOf = async (context: BrowserContext, who: string): Promise<string> => (await context.cookies(origin(who))).map((c) => `${c.name}=${c.value}`).join('; ');

/** Whether the server would know this device: the cookie says so to it, and no script can read it. */
const isKnown = async (context: BrowserContext): Promise<boolean> => (await context.cookies(origin('eli'))).some((c) => c.name === 'device' && c.httpOnly);

test('quick exit deletes what unlocks pages, in every tab, and Back does not lead here', async ({ people }) => {
  people.expected.push(/third party: www\.weather\.gov/, /ERR_|401/);
  const eli = await people.open('eli');
  const context = eli.context();
  await context.route('https://www.weather.gov/**', weather);
  await expect(eli.getByRole('link', { name: 'Pages' })).toBeVisible();
  const other = await context.newPage();
  await other.goto(`${origin('eli')}/pages`);
  // The second tab resumed without a password.
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  expect(await keptOn(context, 'eli')).toMatchObject({ local: expect.arrayContaining(['in', 'resume']), keys: ['device', 'resume'] });
  const cookie = await cookieOf(context, 'eli');
  expect(await isKnown(context)).toBe(true);
  await eli.getByRole('link', { name: 'Pages' }).click();
  await expect(eli.getByRole('heading', { name: 'My pages' })).toBeVisible();
  // A tab that does not know yet who is signed in leaves too.
  const loading = await context.newPage();
  await loading.route('**/api/v1/me', () => new Promise(() => undefined));
  await loading.goto(`${origin('eli')}/pages`);
  await expect(loading.getByRole('heading', { name: 'One moment' })).toBeVisible();

  await eli.getByRole('button', { name: 'Quick exit' }).click();
  await Promise.all([eli, other, loading].map((tab) => tab.waitForURL(/weather\.gov/)));
  // Without the mask the record is useless, whether there was time to delete it or not.
  expect((await keptOn(context, 'eli')).local.filter((k) => ['in', 'resume'].includes(k))).toEqual([]);
  await expect.poll(() => asks(cookie, 'POST', '/signin/half/take')).toBe(401);
  await expect.poll(() => isKnown(context)).toBe(false);

  await eli.goBack();
  await eli.waitForURL(/weather\.gov/);
  // The next start clears what was left, and has told the server again.
  await eli.goto(`${origin('eli')}/privacy`);
  await expect.poll(async () => await keptOn(context, 'eli')).toMatchObject({ keys: ['device'] });
  await expect.poll(async () => (await keptOn(context, 'eli')).local).not.toContain('goodbye');
});

/** Holds back the replies to a request until the returned function is called. */
async function held(context: BrowserContext, what: string, end: (route: Route) => Promise<void> = (route) => route.continue()): Promise<() => void> {
  let letGo = () => {};
  const may = new Promise<void>((ok) => (letGo = ok));
  await context.route(what, async (route) => may.then(() => end(route)));
  return letGo;
}

const weather = (route: Route) => route.fulfill({ body: '<title>Weather</title>', contentType: 'text/html' });

async function threeShifts(page: Page): Promise<void> {
  for (let i = 0; i < 3; i++) await page.keyboard.press('Shift');
}

test('quick exit works before the app has loaded, and what still loads does not bring the page back', async ({ people }) => {
  people.expected.push(/third party: www\.weather\.gov/, /ERR_|401/, /Failed to fetch dynamically imported module/);
  const page = await people.window();
  const context = page.context();
  // Without a service worker every file comes over the connection.
  await context.addInitScript(() => {
    if ('serviceWorker' in navigator) ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined);
    addEventListener('vite:preloadError', () => console.log('not loaded'));
  });
  await openIn(page, 'eli');
  await page.getByRole('link', { name: 'Pages' }).click();
  await expect(page.getByRole('heading', { name: 'My pages' })).toBeVisible();
  const other = await context.newPage();
  await other.goto(`${origin('eli')}/pages`);
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  const cookie = await cookieOf(context, 'eli');
  await context.route('https://www.weather.gov/**', weather);
  await held(context, '**/assets/index-*.js');
  await page.reload({ waitUntil: 'commit' });
  await expect(page.locator('body')).toBeAttached();
  await threeShifts(page);
  await Promise.all([page, other].map((tab) => tab.waitForURL(/weather\.gov/)));
  expect((await keptOn(context, 'eli')).local.filter((k) => ['in', 'resume', 'used'].includes(k))).toEqual([]);
  await expect.poll(() => asks(cookie, 'GET', '/me')).toBe(401);
  await context.unroute('**/assets/index-*.js');
  await page.goBack();
  await page.waitForURL(/weather\.gov/);

  // A part of the page fails to load while the neutral site is on its way.
  await context.unroute('https://www.weather.gov/**');
  const fail = await held(context, '**/assets/SignIn-*.js', (route) => route.abort());
  await page.goto(`${origin('eli')}/sign-in`, { waitUntil: 'commit' });
  // The app has started: it has told the server again that this person left.
  await expect.poll(async () => (await keptOn(context, 'eli')).local).not.toContain('goodbye');
  const arrive = await held(context, 'https://www.weather.gov/**', weather);
  const told = page.waitForResponse('**/api/v1/auth/quick-exit');
  await threeShifts(page);
  await told;
  const failed = page.waitForEvent('console', (m) => m.text() === 'not loaded');
  fail();
  await failed;
  arrive();
  await page.waitForURL(/weather\.gov/);
});

test('quick exit while a sign-in is on its way leaves nobody signed in', async ({ people }) => {
  people.expected.push(/third party: www\.weather\.gov/, /ERR_|401/);
  const page = await people.window();
  const context = page.context();
  // A phone with a bad connection: the neutral site takes longer than the reply to the sign-in.
  const arrive = await held(context, 'https://www.weather.gov/**', weather);
  const reply = await held(context, '**/api/v1/auth/login');
  await page.goto(`${origin('eli')}/sign-in`);
  await page.getByLabel('Sign-in name').fill(account('eli').handle);
  await page.getByLabel('Password', { exact: true }).fill(account('eli').password);
  const asked = page.waitForRequest('**/api/v1/auth/login');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await asked;
  const [told, signedIn] = ['quick-exit', 'login'].map((what) => page.waitForResponse('**/api/v1/auth/' + what));
  await threeShifts(page);
  await told;
  reply();
  // From the reply itself: the page ends the sign-in at once, and then the browser has no cookie any more.
  const cookie = (await (await signedIn)?.headerValues('set-cookie'))?.map((c) => c.split(';', 1)[0]).join('; ') ?? '';
  expect(cookie).toMatch(/signin=./);
  await expect.poll(() => asks(cookie, 'GET', '/me')).toBe(401);
  await expect.poll(() => isKnown(context)).toBe(false);
  arrive();
  await page.waitForURL(/weather\.gov/);
  expect((await keptOn(context, 'eli')).local.filter((k) => ['in', 'used', 'resume'].includes(k))).toEqual([]);
});

test('a tab that was still loading when another one signed out is signed out too', async ({ people }) => {
  people.expected.push(/401/);
  const eli = await people.open('eli');
  const loading = await eli.context().newPage();
  // Its last reply is on the way while the other tab signs out.
  const letGo = 'let-go';
  await loading.addInitScript((letGo) => {
    const real = globalThis.fetch;
    globalThis.fetch = async (...given) => {
      const answer = await real(...given);
      if (!String(given[0]).endsWith('/api/v1/facility')) return answer;
      const whole = new Response(await answer.arrayBuffer(), answer);
      document.documentElement.setAttribute('data-held', '');
      await new Promise((go) => addEventListener(letGo, go, { once: true }));
      return whole;
    };
  }, letGo);
  await loading.goto(`${origin('eli')}/today`);
  await expect(loading.locator('html[data-held]')).toBeAttached();
  await eli.getByRole('link', { name: 'Me', exact: true }).click();
  await eli.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(eli.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  await loading.evaluate((letGo) => dispatchEvent(new Event(letGo)), letGo);
  await loading.waitForURL(/sign-in/);
  await expect(loading.getByLabel('Sign-in name')).toBeVisible();
  expect((await keptOn(eli.context(), 'eli')).local.filter((k) => ['in', 'used', 'resume'].includes(k))).toEqual([]);
});

test('locking in one tab locks the others, and a password unlocks one again', async ({ people }) => {
  const eli = await people.open('eli');
  await eli.getByRole('link', { name: 'Me', exact: true }).click();
  const other = await eli.context().newPage();
  await other.goto(`${origin('eli')}/pages`);
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  await eli.getByRole('button', { name: 'Lock my pages now' }).click();
  await expect(other.getByRole('link', { name: 'Start a new page' })).toHaveCount(0);
  await expect(other.getByLabel('Password', { exact: true })).toBeVisible();
  expect((await keptOn(eli.context(), 'eli')).local).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(resume|locked)$/)]));
  await other.getByLabel('Password', { exact: true }).fill(account('eli').password);
  await other.getByLabel('Password', { exact: true }).press('Enter');
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  await other.reload();
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
});

test('after a killed tab, signing out from locked pages leaves nothing to resume with', async ({ people }) => {
  people.expected.push(/401|404/);
  const first = await people.open('eli');
  const context = first.context();
  await expect(first.getByRole('link', { name: 'Pages' })).toBeVisible();
  const cookie = await cookieOf(context, 'eli');
  await first.close();
  // The server's half expired meanwhile.
  expect(await asks(cookie, 'DELETE', '/signin/half')).toBe(204);
  expect((await keptOn(context, 'eli')).keys).toEqual(['device', 'resume']);
  const eli = await context.newPage();
  await eli.goto(`${origin('eli')}/me`);
  await expect(eli.getByRole('button', { name: 'Sign out' }).last()).toBeVisible();
  await expect(eli.getByRole('button', { name: 'Lock my pages now' })).toHaveCount(0);
  // A resume record without a half on the server is useless, and is deleted at once.
  await expect.poll(async () => (await keptOn(context, 'eli')).keys).toEqual(['device']);
  await eli.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(eli.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  expect(await keptOn(context, 'eli')).toMatchObject({ keys: ['device'] });
  expect(await asks(cookie, 'POST', '/signin/half/take')).toBe(401);
});

test('an offline sign-out says so and reaches the server later; other tabs leave too', async ({ people }) => {
  people.expected.push(/ERR_|401/);
  const eli = await people.open('eli');
  const context = eli.context();
  const other = await context.newPage();
  await other.goto(`${origin('eli')}/pages`);
  await expect(other.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  const cookie = await cookieOf(context, 'eli');
  await context.route('**/api/v1/auth/sign-out', (route) => route.abort());
  await eli.getByRole('link', { name: 'Me', exact: true }).click();
  await eli.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(eli.getByText('The server does not know yet.')).toBeVisible();
  await other.waitForURL(/sign-in/);
  expect(await keptOn(context, 'eli')).toMatchObject({ keys: ['device'] });
  expect(await asks(cookie, 'GET', '/me')).toBe(200);
  await context.unroute('**/api/v1/auth/sign-out');
  await eli.evaluate(() => dispatchEvent(new Event('online')));
  await expect(eli.getByText('The server does not know yet.')).toHaveCount(0);
  expect(await asks(cookie, 'GET', '/me')).toBe(401);
});

test('a shared device stores nothing of a person who signed out', async ({ people }) => {
  const page = await people.window();
  await page.goto(`${origin('eli')}/sign-in`);
  await signInShared(page, 'eli');
  await page.evaluate(() => localStorage.setItem('seen:page:person', '1'));
  await page.getByRole('link', { name: 'Me', exact: true }).click();
  await page.getByRole('button', { name: 'Lock my pages now' }).click();
  await page.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(page.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  expect(await isKnown(page.context())).toBe(false);
  const kept = await keptOn(page.context(), 'eli');
  expect(kept.stores).toEqual([]);
  expect(kept.session).toEqual([]);
  expect(kept.local.filter((k) => !['language', 'neutral'].includes(k))).toEqual([]);
});

test('the next person at a shared tablet finds nothing of the last one, in a tab on a public page', async ({ people }) => {
  people.expected.push(/401/);
  const page = await people.window();
  await page.goto(`${origin('eli')}/sign-in`);
  await signInShared(page, 'sam');
  await expect(page.getByRole('link', { name: /^Coach/ })).toBeVisible();
  // Nothing navigates this page away: it stayed there with the last person's pages in memory.
  await page.locator('a[href="/help"]').first().click();
  await expect(page).toHaveURL(/help$/);
  await page.evaluate(() => document.documentElement.setAttribute('data-old', ''));
  const other = await page.context().newPage();
  await other.goto(`${origin('eli')}/me`);
  await other.getByRole('button', { name: 'Sign out' }).last().click();
  await expect(other.getByRole('link', { name: 'Sign in', exact: true })).toBeVisible();
  await other.close();
  await expect(page.locator('html[data-old]')).toHaveCount(0);
  await expect(page).toHaveURL(/help$/);
  await page.evaluate(() => history.pushState(null, '', '/sign-in'));
  await page.evaluate(() => dispatchEvent(new PopStateEvent('popstate')));
  await signInShared(page, 'eli');
  await expect(page.getByRole('link', { name: 'Start a new page' })).toBeVisible();
  await expect(page.getByText('Coach')).toHaveCount(0);
});

test('where somebody is signed in, no form signs in over them: the page asks, in every tab and for every late reply', async ({ people }) => {
  people.expected.push(/401/);
  const page = await people.window();
  const coach = (of: Page) => of.getByRole('link', { name: /^Coach/ });
  const [sam, eli] = [account('sam'), account('eli')];
  const sams = (of: Page) => of.getByRole('heading', { name: `The account of ${sam.name} is open here` });
  const goOn = (of: Page) => of.getByRole('button', { name: `Go on as ${sam.name}` });
  // A form that was open before, in a tab that hears nothing of the sign-in, like a frozen one.
  const form = await page.context().newPage();
  await form.addInitScript(() => addEventListener('storage', (e) => e.stopImmediatePropagation(), true));
  await form.goto(`${origin('eli')}/sign-in`);
  await form.getByLabel('Sign-in name').fill(eli.handle);
  await form.getByLabel('Password', { exact: true }).fill(eli.password);
  await page.goto(`${origin('eli')}/sign-in`);
  await signInShared(page, 'sam');
  await expect(coach(page)).toBeVisible();
  // Back leads neither to an empty form nor into the account.
  await page.goBack();
  await expect(sams(page)).toBeVisible();
  await goOn(page).click();
  await expect(coach(page)).toBeVisible();
  // Whoever taps "Sign in" there does not find themself in the other account.
  await form.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(sams(form)).toBeVisible();
  await expect(goOn(form)).toBeVisible();
  await expect(form.getByText('Something broke')).toHaveCount(0);
  await expect(coach(form)).toHaveCount(0);
  // While the reply that says who is signed in is late, there is no form.
  const next = await page.context().newPage();
  await next.addInitScript(() => {
    const real = globalThis.fetch;
    const late = new Promise((go) => addEventListener('let-go', go, { once: true }));
    let first = true;
    globalThis.fetch = async (...given) => {
      const mine = first && String(given[0]).endsWith('/api/v1/me');
      if (mine) first = false;
      const answer = await real(...given);
      const whole = mine ? new Response(await answer.arrayBuffer(), answer) : answer;
      if (mine) document.documentElement.setAttribute('data-held', '');
      if (mine) await late;
      return whole;
    };
  });
  await next.goto(`${origin('eli')}/sign-in`);
  await expect(next.locator('html[data-held]')).toHaveCount(1);
  await expect(next.getByRole('heading', { name: 'One moment' })).toBeVisible();
  await expect(next.getByLabel('Sign-in name')).toHaveCount(0);
  // The next person signs in, and nothing of the former one comes under their name.
  await form.getByRole('button', { name: 'That is not me: sign out' }).click();
  await page.waitForURL(/sign-in/);
  await signInShared(form, 'eli');
  await next.evaluate(() => dispatchEvent(new Event('let-go')));
  await form.getByRole('link', { name: 'Me', exact: true }).click();
  await expect(form.getByText(eli.name)).toBeVisible();
  for (const tab of [page, form, next]) {
    await expect(tab.getByText('Coach')).toHaveCount(0);
    await expect(tab.getByText(sam.name)).toHaveCount(0);
  }
});
