// An open meeting with guests: the desk plans it, a counselor leads it, the screen shows how to
// enter, and people without an account enter, write on their own phones and leave in each of the
// four ways. None of their words is ever sent.

import { readFileSync } from 'node:fs';
import { account, ask, expect, origin, PHONE, PORT, SCREEN, TABLET, test, workshop } from './fixtures';
import { comeIn, databases, openRoom, plan, sealed, sound, unsaid, write, writing } from './guests';
import { begin, onward, connectScreen } from './steps';

test('guests enter an open meeting, write on their phones, and leave with nothing, a page kept, or a copy', async ({ people }) => {
  test.setTimeout(300_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const id = await plan(people, 'Open evening');
  const dana = await people.open('dana', { viewport: TABLET });
  const code = await openRoom(dana, id);
  expect(code).toHaveLength(6);
  await sound(dana, 'run');

  // The stage shows how people without an account enter.
  const stage = await people.window({ viewport: SCREEN });
  await connectScreen(dana, stage);
  await expect(stage.locator('.room-code')).toHaveText(`${code.slice(0, 3)} ${code.slice(3)}`);
  await expect(stage.getByText('You need no account.')).toBeVisible();
  await expect(stage.getByText('/meeting and type')).toBeVisible();
  await sound(stage, 'stage');

  // From the start page, with a typed code; a wrong one gets a kind message and another try.
  const robin = await people.window({ viewport: PHONE });
  await robin.goto(`${origin('sam')}/`);
  await robin.getByRole('link', { name: /I have a code for a meeting/ }).click();
  await robin.getByLabel('Code').fill('zzz zz9');
  await sound(robin, 'door');
  await robin.getByRole('button', { name: 'Go on' }).click();
  await robin.getByLabel('Name in the room').fill('Robin');
  await robin.getByRole('button', { name: 'Come in' }).click();
  await expect(robin.getByText('This code does not work now.')).toBeVisible();
  await robin.getByLabel('Code').fill(`${code.slice(0, 3)} ${code.slice(3)}`.toLowerCase());
  await robin.getByRole('button', { name: 'Go on' }).click();
  await sound(robin, 'name');
  // While strangers try many wrong codes, the phone solves a puzzle of the server first.
  people.expected.push(/429 \(Too Many Requests\)/);
  const crowded = { status: 429, contentType: 'application/problem+json', body: JSON.stringify({ code: 'door.work', title: '' }) };
  await robin.route('**/guest/enter', (route) => route.fulfill(crowded), { times: 1 });
  const worked = robin.waitForRequest((r) => r.url().endsWith('/guest/enter') && /"work":"[\w.-]{90,}/.test(r.postData() ?? ''));
  await robin.getByLabel('Name in the room').fill('Robin');
  await robin.getByRole('button', { name: 'Come in' }).click();
  await worked;
  await expect(robin.getByText('You are in. We start soon.')).toBeVisible();

  // With the QR code of the screen; in Spanish.
  const luz = await people.window({ viewport: PHONE, dark: true });
  await luz.goto(`http://localhost:${PORT}/meeting#${code}`);
  await luz.getByRole('button', { name: 'Español' }).click();
  await luz.getByLabel('Nombre en la sala').fill('Luz');
  await sound(luz, 'name-es');
  await luz.getByRole('button', { name: 'Entrar' }).click();
  await expect(luz.getByRole('heading', { level: 1 })).toHaveText(/Ya estás|Estás/);

  await expect(dana.getByRole('heading', { name: '2 here' })).toBeVisible();
  await expect(dana.locator('.roster')).toContainText('Robin');
  // Nobody passes as a counselor.
  const troll = await people.window({ viewport: PHONE });
  await troll.goto(`http://localhost:${PORT}/meeting#${code}`);
  await troll.getByLabel('Name in the room').fill(account('dana').name.toUpperCase().replace(' ', '  '));
  await troll.getByRole('button', { name: 'Come in' }).click();
  await expect(dana.locator('.roster')).toContainText(`${account('dana').name.toUpperCase()} (guest)`);
  await ask(troll, 'POST', '/guest/leave');
  await expect(dana.getByRole('heading', { name: '2 here' })).toBeVisible();
  await begin(dana);
  await expect(robin.getByRole('heading', { name: 'Arrive' })).toBeVisible();
  await sound(robin, 'room');

  // A guest takes turns to speak like everybody.
  await dana.getByRole('button', { name: 'Open list' }).click();
  await robin.getByRole('button', { name: 'Raise hand' }).click();
  await dana.getByRole('button', { name: /Start share: Robin/ }).click();
  await expect(robin.getByText('It is your turn')).toBeVisible();
  await expect(luz.getByRole('heading', { name: 'Robin' })).toBeVisible();
  expect(await stage.locator('body').textContent()).not.toContain('Robin');
  await robin.getByRole('button', { name: 'I am done' }).click();

  // The writing part: every word is stored on the phone, under a non-extractable key.
  for (const part of ['Ground', 'Check in', 'Teach', 'Write']) {
    await onward(dana);
    await expect(robin.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }
  await expect(robin.locator('.lockline')).toContainText('Only on this phone');
  await write(robin, 'Heron', 'He waited alone that evening.');
  await sound(robin, 'write');
  await luz.getByLabel('Un nombre corto que solo tú conoces').fill('Garza');
  await expect(luz.locator('.lockline .saved')).toHaveText(/Guardado/);
  await sound(luz, 'write-es');
  await expect(dana.getByText('0 are writing, 2 have saved.')).toBeVisible();
  const [name] = await databases(robin);
  expect(await sealed(robin, name ?? '')).toEqual({ pages: 1, readable: false, extractable: false });

  // A reopened tab returns to the same seat and the same words.
  const back = await robin.context().newPage();
  await robin.close();
  await back.goto(`${origin('sam')}/`);
  await back.getByRole('link', { name: /Back to the meeting/ }).click();
  await expect(back.getByLabel('How it may have hurt them')).toHaveValue('He waited alone that evening.');
  await expect(dana.getByRole('heading', { name: '2 here' })).toBeVisible();

  // First way: wiped. It is preselected.
  await back.getByRole('button', { name: 'Leave the meeting' }).click();
  await expect(back.getByRole('radio', { name: /^Wipe it now/ })).toBeChecked();
  await sound(back, 'leave');
  await back.getByRole('button', { name: 'Back to the room' }).click();
  await expect(back.getByLabel('A short name only you know')).toHaveValue('Heron');
  await back.getByRole('button', { name: 'Leave the meeting' }).click();
  await back.getByRole('button', { name: 'Wipe it and leave' }).click();
  await expect(back.getByText('Your page is gone from this phone.')).toBeVisible();
  await sound(back, 'gone');
  expect(await databases(back)).toEqual([]);
  await expect(dana.locator('.roster')).not.toContainText('Robin');

  // Second way: kept for seven days, and reachable until then.
  await luz.getByRole('button', { name: 'Irme de la reunión' }).click();
  await luz.getByRole('radio', { name: /^Dejarla aquí 7 días/ }).check();
  await sound(luz, 'leave-es');
  await luz.getByRole('button', { name: 'Dejarla e irme' }).click();
  await expect(luz.getByText('Tu hoja está en este teléfono hasta')).toBeVisible();
  await luz.getByRole('link', { name: 'Ir al inicio' }).click();
  await luz.getByRole('link', { name: /Hojas en este teléfono/ }).click();
  await expect(luz.getByRole('heading', { name: 'Garza' })).toBeVisible();
  await luz.getByRole('button', { name: 'Leerla' }).click();
  await expect(luz.locator('dd', { hasText: 'Garza' })).toBeVisible();
  await sound(luz, 'kept-es');
  // Seven days later it is wiped when any page of the app is opened.
  await luz.clock.install({ time: Date.now() + 7 * 24 * 3600_000 + 60_000 });
  await luz.goto(`http://localhost:${PORT}/privacy`);
  await expect.poll(() => databases(luz)).toEqual([]);
  await luz.goto(`http://localhost:${PORT}/meeting?kept`);
  await expect(luz.getByText('No hay nada en este teléfono')).toBeVisible();

  // Third way: a copy, and only then the wipe.
  const jo = await people.window({ viewport: PHONE });
  await comeIn(jo, 'sam', code, 'Jo');
  await write(jo, 'Pebble', 'She had to lie for me.');
  await jo.getByRole('button', { name: 'Leave the meeting' }).click();
  await jo.getByRole('radio', { name: /^Save a copy/ }).check();
  const file = jo.waitForEvent('download');
  await jo.getByRole('button', { name: 'Save the copy' }).click();
  const copy = readFileSync(await (await file).path(), 'utf8');
  expect(copy).toContain('She had to lie for me.');
  expect(copy).not.toMatch(/script|http/);
  await sound(jo, 'copied');
  expect(await databases(jo)).toHaveLength(1);
  await jo.getByRole('button', { name: 'Yes, wipe it here' }).click();
  await expect(jo.getByText('Your page is gone from this phone.')).toBeVisible();
  expect(await databases(jo)).toEqual([]);

  unsaid(people, ['Heron', 'He waited alone', 'Garza', 'Pebble', 'had to lie']);
});

test('a guest who stays makes an account with a slip, and the page moves into it, sealed', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const { dana, code } = await writing(people, 'Open for slips');
  // Fourth way: an account with a slip of the counselor; the page moves into it, sealed.
  const kit = await people.window({ viewport: PHONE });
  await comeIn(kit, 'sam', code, 'Kit');
  await write(kit, 'Lantern', 'They paid for what I broke.');
  await dana.locator('.roster button', { hasText: 'Kit' }).click();
  await dana.getByRole('button', { name: 'Make a slip' }).click();
  const slip = (await dana.getByRole('dialog').locator('.code').textContent()) ?? '';
  await sound(dana, 'slip');
  await dana.getByRole('button', { name: 'Close' }).click();
  await kit.getByRole('button', { name: 'Leave the meeting' }).click();
  await kit.getByRole('radio', { name: /^Make an account/ }).check();
  await sound(kit, 'account');
  await kit.getByRole('button', { name: 'I have a slip' }).click();
  await kit.getByLabel('Code').fill(slip);
  await kit.getByRole('button', { name: 'Go on' }).click();
  await kit.getByLabel('Sign-in name').fill('kit-' + Date.now().toString(36));
  await kit.getByRole('button', { name: 'Go on' }).click();
  await kit.getByLabel('Password', { exact: true }).fill('four calm words here');
  await kit.getByLabel('Once more').fill('four calm words here');
  await kit.getByRole('button', { name: 'Go on' }).click();
  await expect(kit.getByRole('button', { name: 'I wrote it down' })).toBeVisible({ timeout: 60_000 });
  const words = await kit.locator('.words li, .keycard li').allTextContents();
  await kit.getByRole('button', { name: 'I wrote it down' }).click();
  for (const field of await kit.getByLabel(/^Word \d+/).all()) {
    const place = Number(/\d+/.exec((await field.getAttribute('id')) ?? '')?.[0]);
    await field.fill((words[place] ?? '').replace(/[^a-z]/g, ''));
  }
  await kit.getByRole('button', { name: 'Finish' }).click();
  await expect(kit).toHaveURL(/\/today$/, { timeout: 60_000 });
  await expect(kit.getByRole('link', { name: /^Lantern/ })).toBeVisible();
  await expect.poll(() => databases(kit)).toEqual([]);
  await kit.getByRole('link', { name: /^Lantern/ }).click();
  await expect(kit.getByLabel('How it may have hurt them')).toHaveValue('They paid for what I broke.');

  unsaid(people, ['Lantern', 'They paid']);
});

test('guests: removal, quick exit, the door of a locked room, and the end', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const { dana, code } = await writing(people, 'Open to the end');
  // A removed guest reads why they cannot enter; the choice about their words is still theirs.
  const max = await people.window({ viewport: PHONE });
  await comeIn(max, 'sam', code, 'Max');
  await write(max, 'Harbor', 'I shouted.');
  await dana.locator('.roster button', { hasText: 'Max' }).click();
  await dana.getByRole('button', { name: 'Take them out' }).click();
  await expect(dana.getByText('With another browser or phone they can come')).toBeVisible();
  await expect(dana.getByLabel('Lock the room too')).not.toBeChecked();
  await sound(dana, 'remove');
  await dana.getByRole('button', { name: 'Take them out' }).click();
  await expect(max.getByText('You were taken out of this workshop. Your pages are safe.')).toBeVisible();
  await max.getByRole('button', { name: 'Go on' }).click();
  await expect(max.getByRole('radio', { name: /^Wipe it now/ })).toBeChecked();
  await max.getByRole('button', { name: 'Wipe it and leave' }).click();
  await expect(max.getByText('Your page is gone from this phone.')).toBeVisible();
  // Nor under another name in the same browser.
  people.expected.push(/403 \(Forbidden\)/);
  await comeIn(max, 'sam', code, 'Somebody new');
  await expect(max.getByText('You were taken out of this meeting.')).toBeVisible();
  await sound(max, 'removed');

  // A member who came as a guest finds the kept page on their own home page.
  const sam = await people.open('sam', { viewport: PHONE });
  await sam.goto(`${origin('sam')}/meeting#${code}`);
  await sam.getByRole('button', { name: 'Come in with another name' }).click();
  await expect(sam.getByRole('button', { name: `Come in as ${account('sam').name}` })).toBeVisible();
  await sam.getByLabel('Name in the room').fill('Kai');
  await sam.getByRole('button', { name: 'Come in', exact: true }).click();
  await expect(sam.getByText('Here as Kai, with no account')).toBeVisible();
  // The same code, scanned by the next person at this phone.
  await sam.goto(`${origin('sam')}/help`);
  await sam.goto(`${origin('sam')}/meeting#${code}`);
  await expect(sam.getByRole('heading', { name: 'Kai is in the meeting on this phone' })).toBeVisible();
  await sound(sam, 'seat');
  await sam.getByRole('button', { name: 'Go on as Kai' }).click();
  await write(sam, 'Willow', 'I never gave it back.');
  await sam.getByRole('button', { name: 'Leave the meeting' }).click();
  await sam.getByRole('radio', { name: /^Keep it here for 7 days/ }).check();
  await sam.getByRole('button', { name: 'Keep it and leave' }).click();
  await sam.goto(`${origin('sam')}/today`);
  await sound(sam, 'today-kept');
  await sam.getByRole('link', { name: /^Pages on this device/ }).click();
  await expect(sam.getByRole('heading', { name: 'Willow' })).toBeVisible();
  await sam.context().close();

  // Quick exit: the seat is given up, and what was written is never shown again.
  const ivy = await people.window({ viewport: PHONE });
  await comeIn(ivy, 'sam', code, 'Ivy');
  await write(ivy, 'Maple', 'I took it.');
  // Deleted under the open page, the words are stored again without another letter.
  const [name = ''] = await databases(ivy);
  await ivy.evaluate((name) => new Promise((ok) => (indexedDB.deleteDatabase(name).onsuccess = ok)), name);
  await expect.poll(() => databases(ivy)).toEqual([name]);
  await expect.poll(async () => (await sealed(ivy, name)).pages).toBe(1);
  await ivy.route('https://www.weather.gov/**', (r) => r.fulfill({ body: 'Weather' }));
  people.expected.push(/request to a third party: www\.weather\.gov/);
  await ivy.getByRole('button', { name: 'Quick exit' }).click();
  await ivy.waitForURL(/weather\.gov/);
  // Its key is gone before the app is opened again, on a page without scripts.
  await ivy.route('**/api/still', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await ivy.goto(`${origin('sam')}/api/still`);
  await expect.poll(() => databases(ivy)).toEqual([]);
  await ivy.goto(`${origin('sam')}/meeting?kept`);
  await expect(ivy.getByText('There is nothing on this phone')).toBeVisible();
  await expect.poll(() => databases(ivy)).toEqual([]);

  // Nobody enters a locked room directly: a guest waits at the door.
  await dana.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(dana.getByRole('button', { name: 'Unlock' })).toBeVisible();
  const wren = await people.window({ viewport: PHONE });
  await comeIn(wren, 'sam', code, 'Wren');
  await expect(wren.getByRole('heading', { name: 'You are at the door' })).toBeVisible();
  await dana.getByRole('button', { name: /^Let Wren/ }).click();
  await write(wren, 'Comet', 'I never called.');

  // A meeting under attack, on the counselor's phone: each answer is one tap away and can be undone.
  await dana.getByRole('button', { name: 'Unlock' }).click();
  await dana.setViewportSize(PHONE);
  const loud = await people.window({ viewport: PHONE });
  await comeIn(loud, 'sam', code, 'Loud');
  await expect(loud.getByLabel('A short name only you know')).toBeVisible();
  await dana.getByRole('button', { name: 'Take out many' }).click();
  const dialog = dana.getByRole('dialog');
  await expect(dialog.getByLabel('Guests who came since')).toHaveText(/^\d+:\d\d.[AP]M: 1 guest$/);
  await expect(dialog.getByRole('listitem')).toHaveText(['Loud']);
  await expect(dialog.getByLabel('New guests wait at the door')).toBeChecked();
  await sound(dana, 'take-out');
  await dialog.getByRole('button', { name: 'Take out 1 guest' }).click();
  await expect(loud.getByText('You were taken out of this workshop.')).toBeVisible();
  await expect(dana.getByRole('button', { name: 'Let in by hand' })).toHaveAttribute('aria-pressed', 'true');
  const jay = await people.window({ viewport: PHONE });
  await comeIn(jay, 'sam', code, 'Jay');
  await expect(jay.getByText('A counselor will let you in.')).toBeVisible();
  await sound(jay, 'by-hand');
  await expect(dana.getByText('1 guest was taken out.')).toBeVisible();
  await expect(dana.getByText('They have to open the meeting again.').first()).toBeVisible();
  await sound(dana, 'guests');
  await dana.getByRole('button', { name: /^Let Jay/ }).click();
  await expect(jay.getByLabel('A short name only you know')).toBeVisible();
  await dana.getByRole('button', { name: 'Let them back in' }).click();
  await loud.reload();
  await expect(loud.getByLabel('A short name only you know')).toBeVisible();
  // One by one too: Max, who was taken out first and has left.
  await dana.getByText('Taken out (1)').click();
  await dana.getByRole('button', { name: 'Let A guest who left back in' }).click();
  await expect(dana.getByText(/^Taken out \(/)).toBeHidden();
  await dana.getByRole('button', { name: 'Only listen' }).click();
  await expect(jay.getByText('Guests only listen right now.')).toBeVisible();
  await dana.locator('.onward button.main').click(); // the first tap would end the writing early
  await onward(dana);
  await expect(jay.getByRole('heading', { name: 'Share', level: 1 })).toBeVisible();
  await expect(jay.getByRole('button', { name: 'I am ready' })).toBeVisible();
  await expect(jay.getByRole('button', { name: 'Raise hand' })).toBeHidden();
  await sound(jay, 'listen');
  await dana.getByRole('button', { name: 'Only listen' }).click();
  await jay.getByRole('button', { name: 'Raise hand' }).click();
  await expect(dana.locator('.queue')).toContainText('Jay');

  // The end: thanks, then the choice about the words; the code no longer opens anything.
  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  await expect(wren.getByRole('heading', { name: 'Thank you for being here' })).toBeVisible();
  await wren.reload();
  await expect(wren.getByRole('radio', { name: /^Wipe it now/ })).toBeChecked();
  await wren.getByRole('button', { name: 'Wipe it and leave' }).click();
  await expect(wren.getByText('Your page is gone from this phone.')).toBeVisible();
  await comeIn(wren, 'sam', code, 'Wren');
  await expect(wren.getByText('This code does not work now.')).toBeVisible();

  unsaid(people, ['Harbor', 'shouted', 'Maple', 'I took it', 'Comet', 'never called']);
});

test('a room pass: enter without a password, write, and the page waits for its account', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const id = await workshop(people, 'Pass group');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  await begin(dana);
  for (const part of ['Ground', 'Check in', 'Teach', 'Write']) {
    await onward(dana);
    await expect(dana.locator('.rail [aria-current]')).toContainText(part);
  }
  await dana.locator('.roster button', { hasText: 'Eli' }).click();
  await dana.getByRole('button', { name: 'Give a room pass' }).click();
  const code = (await dana.getByRole('dialog').locator('.big-code').textContent()) ?? '';
  await sound(dana, 'pass');
  await dana.getByRole('button', { name: 'Close' }).click();

  const eli = await people.window({ viewport: PHONE });
  await eli.goto(`${origin('eli')}/meeting`);
  await eli.getByLabel('Code').fill(code);
  await eli.getByRole('button', { name: 'Go on' }).click();
  await expect(eli.getByRole('heading', { name: 'Your pages are locked' })).toBeVisible();
  await expect(dana.locator('.roster')).toContainText(/Eli[^]*Here/);
  await sound(eli, 'anyway');
  await eli.getByRole('button', { name: 'Write anyway' }).click();
  await write(eli, 'Anchor', 'I left them waiting.');
  await eli.getByRole('button', { name: 'Leave the meeting' }).click();
  await expect(eli.getByRole('radio', { name: /^Keep it for my account/ })).toBeChecked();
  await sound(eli, 'leave-pass');
  await eli.getByRole('button', { name: 'Keep it and leave' }).click();
  await expect(eli.getByText('Your page is on this phone until')).toBeVisible();
  // Nobody can read it here until the account's pages are unlocked.
  await eli.goto(`${origin('eli')}/meeting?kept`);
  await expect(eli.getByText('A page for your account.')).toBeVisible();
  await expect(eli.locator('body')).not.toContainText('Anchor');
  unsaid(people, ['Anchor', 'left them waiting']);
  // The code works once.
  const other = await people.window({ viewport: PHONE });
  await other.goto(`${origin('eli')}/meeting`);
  await other.getByLabel('Code').fill(code);
  await other.getByRole('button', { name: 'Go on' }).click();
  await expect(other.getByText('This code was used, or it is too old.')).toBeVisible();

  const a = account('eli');
  await eli.goto(`${origin('eli')}/open#${new URLSearchParams({ name: a.handle, password: a.password, card: a.words })}`);
  await eli.waitForURL(/\/today$/);
  await expect.poll(() => databases(eli)).toEqual([]);
  await eli.goto(`${origin('eli')}/today`);
  await expect(eli.getByRole('link', { name: /^Anchor/ })).toBeVisible();
  unsaid(people, ['Anchor', 'left them waiting']);
});
