// How a participant and a mentor are connected and separated, on phones 360 px wide: comparing by
// camera, and a page that is taken back while it is open on the mentor's screens.

import { chromium, type Page } from '@playwright/test';
import config from '../playwright.config';
import { fakeVideoArgs, writeFakeVideo } from './fakevideo';
import { account, ask, DESK, expect, origin, People, test } from './fixtures';
import { acctOf, codeOf, entry, look, main } from './mentor';
import { pair } from './steps';

const launch = { ...config.use?.launchOptions, args: config.use?.launchOptions?.args ?? [] };

test('a revoked page disappears from an open screen within 4 s, however it was opened', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/, /409 \(Conflict\)/, /ERR_INTERNET_DISCONNECTED/, /ERR_FAILED/);
  const nora = await people.open('nora', { viewport: DESK });
  const { id: pairing } = await ask<{ id: string }>(nora, 'POST', '/assignments', { participant: account('ruth').member, mentor: account('maria').member });
  const [ruth, maria] = (await Promise.all([people.open('ruth'), people.open('maria')])) as [Page, Page];
  await pair(ruth, account('ruth').name, maria, 'Maria T.');
  const ws = await entry(ruth);
  const [api, shared] = [`/api/v1/shared/`, `${origin('maria')}/shared/${await acctOf(ruth)}/${ws}`];
  const secret = (p: Page) => main(p).getByText('I kept the deposit.');
  const gone = (p: Page) => p.getByText('This page is not shared with you any more.', { exact: false });

  const turnOn = async () => {
    await ruth.goto(`${origin('ruth')}/pages/${ws}/share`);
    await ruth.getByRole('switch', { name: /Maria T\. can see this/ }).click();
    await expect(ruth.getByText('Sealed: you and Maria T.')).toBeVisible();
  };
  /** Revoked, as soon as the server has confirmed it. */
  const takeBack = async () => {
    await ruth.getByRole('switch', { name: /Maria T\. can see this/ }).click();
    const closed = ruth.waitForResponse((r) => r.request().method() === 'DELETE' && r.url().includes('/grants/') && r.ok());
    await ruth.getByRole('button', { name: 'Turn it off', exact: true }).click();
    await closed;
  };
  const emptied = async (...pages: Page[]) => {
    await Promise.all(pages.map((p) => expect(secret(p)).toHaveCount(0, { timeout: 4_000 })));
    for (const p of pages) await expect(p.getByRole('heading', { name: 'Deposit' })).toHaveCount(0);
  };
  const reading = async (...pages: Page[]) => {
    for (const p of pages) {
      await p.goto(shared);
      await expect(secret(p)).toBeVisible();
    }
  };

  // After a reload, in two tabs, in the list of a third, and on a slow network. Another tab of the
  // owner shows the new readers as soon as this one changes them.
  const other = await ruth.context().newPage();
  await other.goto(`${origin('ruth')}/pages/${ws}`);
  const line = other.locator('.lockline').first();
  await expect(line).toContainText('Sealed: only you');
  await turnOn();
  await expect(line).toContainText('Sealed: you and Maria T.');
  const [second, list] = [await maria.context().newPage(), await maria.context().newPage()];
  await reading(maria, second);
  await list.goto(`${origin('maria')}/today`);
  const row = list.getByRole('link', { name: /Deposit/ });
  await expect(row).toBeVisible();
  await maria.reload();
  await expect(secret(maria)).toBeVisible();
  await second.route(
    (url) => url.pathname.startsWith(api),
    (route) => setTimeout(() => void route.continue(), 1_000),
  );
  await takeBack();
  await Promise.all([emptied(maria, second), expect(row).toHaveCount(0, { timeout: 4_000 })]);
  await expect(line).toContainText('Sealed: only you');
  await expect(gone(maria)).toBeVisible();
  await expect(ruth.getByText('Sealed: only you')).toBeVisible();
  await look(maria, 'not-shared');
  await second.unrouteAll();

  // Two tabs edit it, and each side of the conflict says who can read it, and what a mentor gets if
  // it is chosen.
  await turnOn();
  await conflict(ruth, other, 'Maria T.');

  // The page's bytes arrive late, after the refusal: they are discarded.
  await ruth.goto(`${origin('ruth')}/pages/${ws}/share`);
  const late = await maria.context().newPage();
  await late.addInitScript(holdSealed);
  await late.goto(shared);
  await expect.poll(() => late.evaluate(() => Number(globalThis['held' as never]))).toBeGreaterThan(0);
  await takeBack();
  await expect(gone(late)).toBeVisible();
  await late.evaluate(() => dispatchEvent(new Event('let-go')));
  // The late bytes were opened or discarded: the crypto worker replies in order, so this call comes
  // after.
  await late.evaluate(() => new Promise((drawn) => setTimeout(() => requestAnimationFrame(drawn), 500)));
  await expect(secret(late)).toHaveCount(0);
  await late.close();

  // A hidden page is veiled at once, and stays so until the server has replied.
  await turnOn();
  await maria.clock.install();
  await reading(maria);
  for (const leave of [
    { on: 'document', event: 'freeze', back: 'resume' },
    { on: 'window', event: 'pagehide', back: 'online' },
    { on: 'document', event: 'visibilitychange', back: 'visibilitychange' },
  ] as const) {
    expect(await maria.evaluate(leaves, { ...leave, words: 'I kept the deposit.' })).toBe('hidden');
    await maria.evaluate(({ on, back }) => {
      delete (document as { visibilityState?: string }).visibilityState;
      globalThis[on].dispatchEvent(new Event(back));
    }, leave);
    await expect(secret(maria)).toBeVisible();
  }
  // A laptop that slept without any event: the first touch checks the clock.
  expect(await maria.evaluate(wakes, 'I kept the deposit.')).toBe('hidden');
  await expect(secret(maria)).toBeVisible();
  // A phone that slept with the page open.
  await maria.getByRole('textbox', { name: 'A note, if you like' }).fill('Half a thought');
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((done) => (answer = done));
  await maria.route(
    (url) => url.pathname.startsWith(api),
    async (route) => {
      await answered;
      await route.continue();
    },
  );
  await maria.clock.fastForward(10_000);
  await expect(maria.getByText('Checking if this is still shared with you')).toBeVisible();
  await expect(secret(maria)).toBeHidden();
  await look(maria, 'veiled');
  await takeBack();
  answer();
  await emptied(maria);
  // The mentor's own words are still here.
  await expect(maria.getByText('Half a thought')).toBeVisible();
  await maria.unrouteAll();

  // Offline it closes after a minute, and opens again with a connection.
  await turnOn();
  await reading(maria);
  await maria.context().setOffline(true);
  await expect(secret(maria)).toBeVisible();
  await maria.clock.fastForward(61_000);
  await expect(maria.getByText('No signal for a minute, so this page is closed.', { exact: false })).toBeVisible();
  await expect(secret(maria)).toHaveCount(0);
  await expect(maria.getByText('Half a thought')).toBeVisible();
  await look(maria, 'silent');
  await maria.context().setOffline(false);
  await expect(secret(maria)).toBeVisible();

  // The pairing ends.
  await reading(second);
  await ask(nora, 'POST', `/assignments/${pairing}/end`);
  await emptied(maria, second);
  await ruth.reload();
  await expect(ruth.getByText('Sealed: only you')).toBeVisible();

  // The mentor's answers count until the person says that the mentor left.
  await ruth.goto(`${origin('ruth')}/mentor`);
  await ruth.getByRole('button', { name: 'They do not walk with me any more' }).click();
  await look(ruth, 'left');
  await ruth.getByRole('button', { name: 'Yes, it ended' }).click();
  await expect(ruth.getByRole('button', { name: 'They do not walk with me any more' })).toHaveCount(0);
  await expect(ruth.getByText('You have no mentor here yet')).toBeVisible();
  await ruth.reload();
  await expect(ruth.getByText('You have no mentor here yet')).toBeVisible();
  await expect(ruth.getByText('What Maria T. said', { exact: false })).toHaveCount(0);
});

test('two people compare by camera, each scanning the other’s code', async () => {
  test.setTimeout(120_000);
  // A browser each, because the camera's film belongs to a browser.
  const films = [await writeFakeVideo('wsx1:v:nothing yet'), await writeFakeVideo('wsx1:v:nothing yet')] as const;
  const browsers = await Promise.all(films.map((f) => chromium.launch({ ...launch, args: [...launch.args, ...fakeVideoArgs(f)] })));
  try {
    const people = browsers.map((b) => new People(b));
    const [sam, maria] = (await Promise.all([people[0]?.open('sam'), people[1]?.open('maria')])) as [Page, Page];
    await sam.goto(`${origin('sam')}/mentor`);
    await sam.getByRole('link', { name: /Say yes to Maria T\./ }).click();
    await sam.getByLabel('Type your name in the room to sign').fill('Sam R.');
    await sam.getByRole('button', { name: 'I say yes to this' }).click();
    await sam.getByRole('radio', { name: 'With the camera' }).check();
    await maria.reload();
    await maria.getByRole('link', { name: /Meet Sam R\. and compare/ }).click();
    await maria.getByRole('radio', { name: 'With the camera' }).check();
    const codes = await Promise.all([sam, maria].map((p) => codeOf(p)));

    // A code that is not hers stops everything: here his own, held before his own camera.
    await writeFakeVideo(codes[0] ?? '', films[0]);
    await sam.getByRole('button', { name: 'Open the camera' }).click();
    await expect(sam.getByText('This is not the key of Maria T. Nothing is shared.', { exact: false })).toBeVisible();
    await sam.getByRole('button', { name: 'Back' }).click();

    await writeFakeVideo(codes[1] ?? '', films[0]);
    await writeFakeVideo(codes[0] ?? '', films[1]);
    await sam.getByRole('link', { name: /Meet Maria T\. and compare/ }).click();
    await sam.getByRole('radio', { name: 'With the camera' }).check();
    for (const [page, name] of [
      [sam, 'Maria T.'],
      [maria, 'Sam R.'],
    ] as const) {
      await page.getByRole('button', { name: 'Open the camera' }).click();
      await expect(page.getByRole('heading', { name: `It is really ${name}`, exact: true })).toBeVisible();
    }
    for (const p of people) expect(p.troubles).toEqual([]);
  } finally {
    await Promise.all(browsers.map((b) => b.close()));
  }
});

/** Runs in the page: hides it; returns whether the words are visible when the event is over. */
function leaves({ on, event, words }: { on: 'document' | 'window'; event: string; words: string }): string {
  if (event === 'visibilitychange') Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => 'hidden' });
  globalThis[on].dispatchEvent(new Event(event));
  const said = [...document.querySelectorAll('main *')].filter((e) => e.childElementCount === 0 && e.textContent?.includes(words));
  return said.map((e) => getComputedStyle(e).visibility).join();
}

/** Runs in the page: time passes without events, and a key is pressed; returns whether the words
 * are visible at that moment. */
function wakes(words: string): string {
  const now = Date.now;
  Date.now = () => now.call(Date) + 10_000;
  globalThis.window.dispatchEvent(new KeyboardEvent('keydown', { key: 'Shift' }));
  const said = [...document.querySelectorAll('main *')].filter((e) => e.childElementCount === 0 && e.textContent?.includes(words));
  return said.map((e) => getComputedStyle(e).visibility).join();
}

/** A shared page, edited in two tabs of its owner. */
async function conflict(one: Page, two: Page, reader: string): Promise<void> {
  const part = (p: Page) => p.getByLabel('My part only, not theirs');
  for (const p of [one, two]) {
    await p.goto(one.url().replace(/\/share$/, ''));
    await expect(part(p)).toHaveValue('I lied.');
  }
  await part(two).fill('I lied, and I knew.');
  await expect(two.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await part(one).fill('I lied to them.');
  const side = (name: string) => one.locator('.card.flat', { has: one.getByRole('heading', { name }) });
  const [mine, theirs] = [side('What I wrote here'), side('What is on the other device')];
  const held = new RegExp(`${reader.replace('.', '\\.')} can read the version of .* New words: only you\\.`);
  for (const of of [mine, theirs]) await expect(of.locator('.lockline')).toContainText(held);
  await expect(mine).toContainText('If you use this one, they keep the version they have until you tap Done.');
  await expect(theirs).toContainText('If you use this one, they can read what they can read now.');
  await look(one, 'conflict-readers');
  await mine.getByRole('button', { name: 'Use this one' }).click();
  await expect(one.locator('.lockline').first()).toContainText(`${reader} can read the version of`);
}

/** Runs in the page: holds back sealed bytes that have arrived, until "let-go". */
function holdSealed(): void {
  const real = globalThis.fetch;
  const state = globalThis as unknown as { held: number };
  state.held = 0;
  globalThis.fetch = async (...given) => {
    const answer = await real(...given);
    if (!String(given[0]).includes('/api/v1/sealed/')) return answer;
    const whole = new Response(await answer.arrayBuffer(), answer);
    state.held += 1;
    await new Promise((go) => addEventListener('let-go', go, { once: true }));
    return whole;
  };
}
