// A counselor with only a phone keeps an open meeting in hand: one tap hides all words of a person from
// every screen, and whoever hides among many is found by name, let in, and taken out.

import { account, ask, expect, PHONE, startsNow, test } from './fixtures';
import { comeIn, openRoom } from './guests';
import { sound } from './sound';
import { begin, onward } from './steps';

const pictures = process.env['PICTURES'];
const picture = (name: string) => (pictures ? { path: `${pictures}/crowd-${name}.png`, fullPage: true } : {});

test('a counselor on a phone mutes a person, and finds, admits and removes people by name', async ({ people }) => {
  test.setTimeout(240_000);
  people.expected.push(/404 \(Not Found\)/, /401 \(Unauthorized\)/);
  const dana = await people.open('dana', { viewport: PHONE });
  const { id } = await ask<{ id: string }>(dana, 'POST', '/workshops', {
    title: 'Open to many',
    kind: 'open',
    starts: startsNow(),
    agenda: 'step9-60',
    language: 'en',
    lead: account('dana').member,
    capacity: 40,
  });
  const code = await openRoom(dana, id);
  await begin(dana);
  await onward(dana);
  await onward(dana);
  const robin = await people.window({ viewport: PHONE });
  const kim = await people.window({ viewport: PHONE });
  const came = [
    [robin, 'Robin', 'grumpy'],
    [kim, 'Kim', 'calm'],
  ] as const;
  for (const [page, name, word] of came) {
    await comeIn(page, 'sam', code, name);
    await page.getByLabel('Your word').fill(word);
    await page.getByRole('button', { name: 'Send it' }).click();
    await expect(page.getByText('Your counselor has your word. It is not on the screens.')).toBeVisible();
  }
  const list = dana.getByRole('region', { name: 'Words' });
  await expect(list.getByRole('listitem')).toHaveText([/grumpy.*Robin/, /calm.*Kim/]);
  await list.getByRole('button', { name: 'Show: grumpy, Robin' }).click();
  await list.getByRole('button', { name: 'Show: calm, Kim' }).click();
  await expect(kim.locator('.said-words li')).toHaveText(['grumpy', 'calm']);

  // One tap: no screen shows any word of Robin, whose phone says no more than of any word that waits.
  await list.getByRole('button', { name: 'Mute: Robin' }).click();
  await expect(kim.locator('.said-words li')).toHaveText(['calm']);
  await expect(robin.getByText('Your counselor has your word. It is not on the screens.')).toBeVisible();
  const muted = list.getByRole('region', { name: 'Muted people' });
  await expect(muted.getByRole('listitem')).toHaveText(/Robin.*grumpy/);
  await expect(list.getByRole('button', { name: /grumpy/ })).toHaveCount(0);
  await sound(dana, 'muted');
  await dana.screenshot(picture('muted'));
  await muted.getByRole('button', { name: 'Unmute: Robin' }).click();
  await expect(list.getByRole('button', { name: 'Show: grumpy, Robin' })).toBeVisible();
  await expect(kim.locator('.said-words li')).toHaveText(['calm']);

  // Found by a part of the name, and taken out from there.
  const find = dana.getByRole('region', { name: 'Find a person' });
  const search = async (name: string) => {
    await find.getByLabel('Name, or a part of it').fill(name);
    await find.getByRole('button', { name: 'Find', exact: true }).click();
  };
  await search('');
  await expect(find.getByText('2 people')).toBeVisible();
  await search('nobody');
  await expect(find.getByText('Nobody has this name.')).toBeVisible();
  await search('OBI');
  await expect(find.getByRole('listitem')).toHaveText(/Robin.*Guest, Here/);
  await sound(dana, 'found');
  await dana.screenshot(picture('found'));
  await find.getByRole('button', { name: /Robin/ }).click();
  await dana.getByRole('button', { name: 'Take them out' }).click();
  await dana.getByRole('button', { name: 'Take them out' }).click();
  await expect(robin.getByText('You were taken out of this workshop.')).toBeVisible();
  await expect(find.getByRole('listitem')).toHaveText(/Robin.*Taken out/);
  await expect(find.getByRole('button', { name: /Robin/ })).toHaveCount(0);

  // Whoever waits at the door is found there, and let in.
  await dana.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(dana.getByRole('button', { name: 'Unlock' })).toBeVisible();
  await expect(dana.getByText('The room is locked. Who comes now waits at the door.')).toBeVisible();
  const wren = await people.window({ viewport: PHONE });
  await comeIn(wren, 'sam', code, 'Wren');
  await expect(wren.getByRole('heading', { name: 'You are at the door' })).toBeVisible();
  await search('wren');
  await expect(find.getByRole('listitem')).toHaveText(/Wren.*Waits at the door/);
  await dana.screenshot(picture('door'));
  await find.getByRole('button', { name: 'Let Wren in' }).click();
  await expect(find.getByRole('listitem')).toHaveText(/Wren.*Here/);
  await expect(wren.getByRole('heading', { name: 'You are at the door' })).toBeHidden();

  // Found above the list of everybody.
  const searchAt = (await find.boundingBox())?.y ?? 0;
  expect((await dana.locator('.roster').boundingBox())?.y ?? 0).toBeGreaterThan(searchAt);

  // Many: a search at the door says so when it finds nobody, and all are let in together only while
  // no search hides some of them. Long names stay inside the screen.
  const names = ['Mimimimimimimimimimimimi', 'Lolololololololololololo', 'Ash', 'Bo', 'Cy', 'Di', 'Em'];
  const phones = await Promise.all(names.map(() => people.window({ viewport: PHONE })));
  await Promise.all(phones.map((page, i) => comeIn(page, 'sam', code, names[i] ?? '')));
  const door = dana.getByRole('region', { name: /^At the door/ });
  await expect(door.getByRole('button', { name: 'Let all 7 in' })).toBeVisible();
  await door.getByLabel('Find a name').fill('nobody');
  await expect(door.getByText('Nobody has this name.')).toBeVisible();
  await expect(door.getByRole('button')).toHaveCount(0);
  await door.getByLabel('Find a name').fill('mimi');
  await expect(door.getByRole('button')).toHaveText([/Mimi/]);
  await dana.screenshot(picture('door-search'));
  await door.getByLabel('Find a name').fill('');
  await door.getByRole('button', { name: 'Let all 7 in' }).click();
  await expect(door).toBeHidden();
  await expect(dana.locator('.roster').getByText('Lolo')).toBeVisible();
  await phones[0]?.getByRole('button', { name: /^I want to speak|^Raise/ }).click();
  await expect(dana.locator('.queue').getByText('Mimi')).toBeVisible();
  expect(await dana.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
});
