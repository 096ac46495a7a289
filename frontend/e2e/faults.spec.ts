// What must survive a fault: a server killed while people write, a page without a connection.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { account, ask, expect, origin, PORT as SHARED_PORT, test, type People } from './fixtures';
import { begin, onward } from './steps';

const PORT = SHARED_PORT + 1;

async function start(folder: string): Promise<ChildProcess> {
  const child = spawn('../bin/amends', ['demo', '--data', folder, '--listen', `127.0.0.1:${PORT}`], { stdio: 'ignore' });
  for (let i = 0; i < 300; i++) {
    const ok = await fetch(`http://127.0.0.1:${PORT}/readyz`).then(
      (r) => r.ok,
      () => false,
    );
    if (ok) return child;
    await new Promise((done) => setTimeout(done, 200));
  }
  throw new Error('the server did not start');
}

async function inTheRoom(people: People, folder: string) {
  const dana = await people.open('dana', { viewport: { width: 1180, height: 820 } }, PORT, folder);
  const list = await ask<{ workshops: { id: string }[] }>(dana, 'GET', '/workshops');
  const id = list.workshops[0]?.id ?? '';
  await dana.goto(`${origin('dana', PORT)}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await people.open('sam', {}, PORT, folder);
  await sam.goto(`${origin('sam', PORT)}/room/${id}`);
  await expect(dana.getByRole('heading', { name: '1 here' })).toBeVisible();
  await begin(dana);
  for (const part of ['Ground', 'Check in']) {
    await onward(dana);
    await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }
  await sam.getByRole('button', { name: 'Raise hand' }).click();
  await expect(sam.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  for (const part of ['Teach', 'Write']) {
    await onward(dana);
    await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }
  return { dana, sam };
}

test('kill -9 in the middle of writing loses no word and no position in the queue', async ({ people }) => {
  test.setTimeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'amends-kill-'));
  chmodSync(folder, 0o711);
  people.expected.push(/WebSocket connection|ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET|404 \(Not Found\)/);
  let server = await start(folder);
  try {
    const { dana, sam } = await inTheRoom(people, folder);
    await sam.getByRole('button', { name: /Coach/ }).click();
    await sam.getByLabel('How it may have hurt them').fill('Saved before the fall.');
    await expect(sam.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 20_000 });

    server.kill('SIGKILL');
    await expect(sam.getByText('Reconnecting. Keep writing')).toBeVisible({ timeout: 20_000 });
    await sam.getByLabel('How it may have hurt them').fill('Saved before the fall. Written while it was down.');
    await expect(sam.locator('.lockline .saved').first()).toHaveText(/On this device/, { timeout: 20_000 });
    // The tab is killed too, at the same time.
    server = await start(folder);
    await sam.reload();

    await expect(sam.getByRole('heading', { name: 'Write', level: 1 })).toBeVisible({ timeout: 30_000 });
    await expect(dana.getByText(/^Connected/)).toBeVisible({ timeout: 30_000 });
    // The server's half for resuming was in its memory only: the password unlocks the pages.
    const locked = sam.getByRole('heading', { name: 'Your pages are locked' });
    await expect(locked).toBeVisible();
    await sam.getByLabel('Password', { exact: true }).fill(account('sam', folder).password);
    await sam.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(sam.getByLabel('How it may have hurt them')).toHaveValue('Saved before the fall. Written while it was down.', { timeout: 30_000 });
    await expect(sam.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 30_000 });
    await expect(dana.locator('.queue .name')).toContainText('Sam R.');
  } finally {
    server.kill('SIGINT');
    await new Promise((done) => server.once('exit', done));
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a page written offline is uploaded when the connection is back', async ({ people }) => {
  people.expected.push(/ERR_INTERNET_DISCONNECTED|WebSocket/);
  const dee = await people.open('dee');
  await dee.getByRole('link', { name: 'Start a new page' }).click();
  await expect(dee.getByLabel('A short name only you know')).toBeVisible();
  await dee.context().setOffline(true);
  await dee.getByLabel('A short name only you know').fill('Offline page');
  await expect(dee.locator('.lockline .saved').first()).toHaveText(/On this device/, { timeout: 20_000 });
  await dee.context().setOffline(false);
  await expect(dee.locator('.lockline .saved').first()).toHaveText(/Saved/, { timeout: 30_000 });

  // Reloaded offline: the page says so, and continues by itself when there is a connection.
  await dee.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const opened = dee.getByLabel('A short name only you know');
  const alone = dee.getByText('This page opens by itself when the signal is back.', { exact: false });
  await dee.context().setOffline(true);
  await dee.reload();
  await expect(dee.getByText('No signal right now. Your words are kept on this device.', { exact: false })).toBeVisible();
  await expect(alone).toBeVisible();
  await expect(dee.getByRole('button', { name: 'Try again' })).toBeVisible();
  if (process.env['SHOTS']) await dee.screenshot({ path: `${process.env['SHOTS']}/no-signal.png` });
  await dee.context().setOffline(false);
  await expect(opened).toHaveValue('Offline page');
  await expect(alone).toHaveCount(0);

  // A network that swallows the request is the same as no connection; the next try is answered.
  let asked = 0;
  await dee.route('**/api/v1/me', (route) => (asked++ === 0 ? undefined : route.continue()));
  await dee.reload();
  await expect(dee.getByText('No answer so far.', { exact: false })).toBeVisible();
  if (process.env['SHOTS']) await dee.screenshot({ path: `${process.env['SHOTS']}/no-answer.png` });
  await dee.getByRole('button', { name: 'Try again' }).click();
  await expect(opened).toHaveValue('Offline page');
});
