// Words being written when something fails: a full field, a store that is closed or full, and a
// page that is deleted offline.

import type { Page } from '@playwright/test';
import { ask, DESK, expect, openIn, origin, test, type People } from './fixtures';

const NAME = 'A short name only you know';
const DID = 'What I did';

/** A page of Eli's that is on the server. */
async function written(people: People, name: string, window?: Page): Promise<Page> {
  const eli = window ?? (await people.open('eli'));
  if (window) await openIn(window, 'eli');
  await eli.getByRole('link', { name: 'Start a new page' }).click();
  await eli.getByLabel(NAME).fill(name);
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });
  return eli;
}

/** Simulates another tab with a newer build: every connection must close, and the database version
 * changes. */
async function letGo(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const name = (await indexedDB.databases()).map((d) => d.name ?? '').find((n) => n.startsWith('p')) ?? '';
    await new Promise((ok, fail) => {
      const newer = indexedDB.open(name, 2);
      newer.onblocked = fail;
      newer.onsuccess = () => ok(newer.result.close());
    });
  });
}

const stored = (page: Page) => ask<{ sealed: { ws: string; typ: string }[] }>(page, 'GET', '/worksheets').then((l) => l.sealed.map((s) => s.ws));
const idOf = (page: Page): string => /pages\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';

test('a full field refuses new text and never cuts existing text', async ({ people }) => {
  const eli = await people.open('eli');
  await eli.goto(`${origin('eli')}/pages/new`);
  const field = eli.getByLabel(NAME);
  const full = 'Old words '.repeat(4);
  await field.fill(full);
  await expect(eli.getByText('0 left')).toBeVisible();
  await field.press('Home');
  await eli.keyboard.type('X');
  await expect(field).toHaveValue(full);
  await expect(eli.getByRole('alert')).toHaveText('Full at 40. What did not fit was left out.');
  // Text from an input method is refused once it is complete, at the start and in the middle.
  const cdp = await eli.context().newCDPSession(eli);
  await cdp.send('Input.imeSetComposition', { text: 'にほ', selectionStart: 2, selectionEnd: 2 });
  await cdp.send('Input.insertText', { text: '日本' });
  await expect(field).toHaveValue(full);
  // Of a paste, the part that fits replaces the selection; the caret is behind it, and undo
  // restores what was there.
  await eli.getByLabel(DID).fill('ab🌱defgh');
  await eli.keyboard.press('Control+a');
  await eli.keyboard.press('Control+c');
  await field.focus();
  await field.evaluate((el: HTMLInputElement) => el.setSelectionRange(0, 3));
  await eli.keyboard.press('Control+v');
  await expect(field).toHaveValue('ab🌱' + full.slice(3));
  expect(await field.evaluate((el: HTMLInputElement) => el.selectionStart)).toBe(4);
  await eli.keyboard.press('Control+z');
  await expect(field).toHaveValue(full);
  // Dragged text that does not fit stays where it was.
  await eli.setViewportSize(DESK);
  const did = eli.getByLabel(DID);
  await did.fill('words to drag');
  await did.selectText();
  const [from, to] = [await did.boundingBox(), await field.boundingBox()];
  if (!from || !to) throw new Error('a field is not drawn');
  await eli.mouse.move(from.x + 30, from.y + 20);
  await eli.mouse.down();
  await eli.mouse.move(from.x + 60, from.y + 10, { steps: 3 });
  await eli.mouse.move(to.x + 40, to.y + 15, { steps: 5 });
  await eli.mouse.up();
  await expect(eli.getByRole('alert')).toHaveText('Full at 40. What did not fit was left out.');
  await expect(did).toHaveValue('words to drag');
  await expect(field).toHaveValue(full);
});

/** Words on both pages that came of one written in two tabs, in whichever of them they are. */
async function bothOf(page: Page, name: string): Promise<string[]> {
  const words: string[] = [];
  for (const link of [new RegExp(`^${name}(?! 2)`), new RegExp(`^${name} 2`)]) {
    await page.goto(`${origin('eli')}/pages`);
    await page.getByRole('link', { name: link }).click();
    await expect(page.getByLabel(DID)).not.toHaveValue('');
    words.push(await page.getByLabel(DID).inputValue());
  }
  return words.sort();
}

/** Another tab deletes every store of this browser. Returns how many drafts there are after that. */
async function deleteStores(page: Page): Promise<() => Promise<number>> {
  const name = await page.evaluate(async () => {
    const name = (await indexedDB.databases()).map((d) => d.name ?? '').find((n) => n.startsWith('p')) ?? '';
    await new Promise((ok, fail) => {
      const asked = indexedDB.deleteDatabase(name);
      asked.onblocked = fail;
      asked.onsuccess = ok;
    });
    return name;
  });
  return () =>
    page.evaluate(async (name) => {
      if (!(await indexedDB.databases()).some((d) => d.name === name)) return 0;
      return new Promise<number>((ok, fail) => {
        const asked = indexedDB.open(name);
        asked.onerror = fail;
        asked.onsuccess = () => {
          const all = asked.result.transaction('drafts').objectStore('drafts').count();
          all.onsuccess = () => {
            asked.result.close();
            ok(all.result);
          };
        };
      });
    }, name);
}

test('words typed after the store was closed, or in two tabs that were killed, are there later', async ({ people }) => {
  people.expected.push(/ERR_/);
  const eli = await written(people, 'Closed store');
  await eli.context().route('**/api/v1/worksheets/*/versions/*', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  await letGo(eli);
  await eli.getByLabel(DID).fill('after the handle was closed');
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/On this device/);
  await eli.reload();
  await expect(eli.getByLabel(DID)).toHaveValue('after the handle was closed');

  // Different words in two tabs, still offline, and both are killed.
  const [context, url] = [eli.context(), eli.url()];
  const two = await context.newPage();
  await two.goto(url);
  await expect(two.getByLabel(NAME)).toHaveValue('Closed store');
  for (const [page, words] of [
    [two, 'in the second tab'],
    [eli, 'in the first tab'],
  ] as const) {
    await page.getByLabel(DID).fill(words);
    await expect(page.locator('.lockline .saved').first()).toHaveText(/On this device/);
  }
  for (const page of [eli, two]) await page.close({ runBeforeUnload: false });
  const later = await context.newPage();
  expect(await bothOf(later, 'Closed store')).toEqual(['in the first tab', 'in the second tab']);

  // Deleted under an open page, the words are stored again without another letter.
  const drafts = await deleteStores(later);
  await expect.poll(drafts).toBeGreaterThan(0);
  await expect(later.locator('.lockline .saved').first()).toHaveText(/On this device/);
});

/** Runs in the crypto worker: a store that refuses drafts while told to. */
const REFUSES = `
  let full = false;
  new BroadcastChannel('full').onmessage = (e) => (full = e.data);
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...given) {
    if (full && this.name === 'drafts') throw new DOMException('The device is full.', 'QuotaExceededError');
    return put.apply(this, given);
  };
`;

test('a device that cannot store words says so, and stores them when it can', async ({ people }) => {
  people.expected.push(/ERR_/);
  const eli = await people.window();
  // The service worker would serve the original script.
  await eli.addInitScript(() => void (ServiceWorkerContainer.prototype.register = () => new Promise(() => undefined)));
  await eli.route('**/assets/crypto-worker-*.js', async (route) => {
    const script = await route.fetch({ url: route.request().url().replace('eli.localhost', '127.0.0.1') });
    await route.fulfill({ response: script, body: REFUSES + (await script.text()) });
  });
  await written(people, 'Full device', eli);
  await eli.context().route('**/api/v1/worksheets/*/versions/*', (route) => (route.request().method() === 'PUT' ? route.abort() : route.continue()));
  const full = (is: boolean) => eli.evaluate((now) => new BroadcastChannel('full').postMessage(now), is);
  await full(true);
  await eli.getByLabel(DID).fill('while the device was full');
  await expect(eli.locator('.lockline .saved').first()).toHaveText('Not kept on this device yet');
  await expect(eli.getByText('Please leave this page open.')).toBeVisible();
  await expect(eli.getByText(/kept on this device\./)).toHaveCount(0);
  await full(false);
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/On this device/);
  await eli.reload();
  await expect(eli.getByLabel(DID)).toHaveValue('while the device was full');
});

test('a page deleted offline is shown as waiting, and is deleted when there is a connection', async ({ people }) => {
  people.expected.push(/ERR_/);
  const eli = await written(people, 'Deleted offline');
  const context = eli.context();
  const ws = idOf(eli);
  const other = await context.newPage();
  await other.goto(`${origin('eli')}/pages/${ws}`);
  await expect(other.getByLabel(NAME)).toHaveValue('Deleted offline');
  await context.route('**/api/v1/worksheets/*', (route) => (route.request().method() === 'DELETE' ? route.abort() : route.continue()));
  const removed = eli.getByText('Removed from the server and from this device.');
  const row = eli.getByRole('link', { name: /Deleted offline/ });
  const remove = async () => {
    await eli.getByRole('button', { name: 'Delete this page' }).click();
    await eli.getByRole('button', { name: 'Delete it', exact: true }).click();
    await expect(eli.getByText('Will be removed from the server when there is a signal.')).toBeVisible();
    await expect(removed).toHaveCount(0);
    await expect(row).toHaveCount(0);
  };
  await remove();
  // Undone, nothing waits, and nothing was removed.
  await eli.getByRole('button', { name: 'Bring back what the server has' }).click();
  await expect(row).toBeVisible();
  await expect(removed).toHaveCount(0);
  await row.click();
  await remove();

  // Another tab that still has it open brings it back neither here nor on the server; its words can
  // continue as a new page.
  await other.getByLabel(DID).fill('typed too late');
  await expect(other.getByText('This page was deleted in another window.')).toBeVisible();
  await eli.close();
  const later = await context.newPage();
  await later.goto(`${origin('eli')}/pages`);
  await expect(later.getByText('Will be removed from the server when there is a signal.')).toBeVisible();
  expect(await stored(later)).toContain(ws);
  // While pending it can be undone, back to the server's version; and deleted again.
  await later.getByRole('button', { name: 'Bring back what the server has' }).click();
  await later.getByRole('link', { name: /Deleted offline/ }).click();
  await expect(later.getByLabel(NAME)).toHaveValue('Deleted offline');
  await expect(later.getByLabel(DID)).toHaveValue('');
  await later.getByRole('button', { name: 'Delete this page' }).click();
  await later.getByRole('button', { name: 'Delete it', exact: true }).click();
  await expect(later.getByText('Will be removed from the server when there is a signal.')).toBeVisible();

  await context.unroute('**/api/v1/worksheets/*');
  await later.evaluate(() => dispatchEvent(new Event('online')));
  await expect(later.getByText('Removed from the server and from this device.')).toBeVisible();
  expect(await stored(later)).not.toContain(ws);
  await other.getByRole('button', { name: 'Keep these words as a new page' }).click();
  await expect(other.getByLabel(DID)).toHaveValue('typed too late');
  await expect(other.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });
  expect(idOf(other)).not.toBe(ws);
  expect(await stored(other)).not.toContain(ws);
});

test('a page that another device deleted says so, and its words continue as a new page', async ({ people }) => {
  people.expected.push(/404|409/);
  const eli = await written(people, 'Landlord');
  const ws = idOf(eli);
  await ask(eli, 'DELETE', '/worksheets/' + ws);
  await eli.getByLabel(DID).fill('I left without a word.');
  const said = eli.getByText('The server does not have this page any more.');
  await eli.getByRole('button', { name: 'Done' }).click();
  // Visible wherever Done was tapped.
  await expect(said).toBeInViewport();
  // Nothing else calls it saved, and it survives a reload.
  await eli.reload();
  await expect(said).toBeVisible();
  await eli.getByRole('button', { name: 'Keep these words as a new page' }).click();
  await expect(said).toHaveCount(0);
  await expect(eli.getByLabel(DID)).toHaveValue('I left without a word.');
  await expect(eli.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });
  expect(idOf(eli)).not.toBe(ws);
  expect(await stored(eli)).toContain(idOf(eli));
  await eli.getByRole('button', { name: 'Done' }).click();
  await expect(eli.getByRole('link', { name: /^Landlord/ })).toHaveCount(1);
  // Its old URL does not open an empty form.
  for (const path of [ws, `${ws}/safety`, `${ws}/share`]) {
    await eli.goto(`${origin('eli')}/pages/${path}`);
    await expect(eli.getByText(/^(This page is not here|The server does not show this page right now)\./)).toBeVisible();
    await expect(eli.getByRole('textbox')).toHaveCount(0);
  }
});
