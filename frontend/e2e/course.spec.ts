// The course of a room as a counselor leads it: the order of the parts, the door, removing people,
// handing over, and a room that pauses while no counselor is connected.

import { expect, origin, PHONE, TABLET, test, workshop } from './fixtures';
import { begin, onward } from './steps';

test('the agenda changes, people wait at the door, and the lead is handed over and back', async ({ people }) => {
  test.setTimeout(150_000);
  const id = await workshop(people, 'Course group');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await people.open('sam', { viewport: PHONE });
  await sam.goto(`${origin('sam')}/room/${id}`);
  await expect(sam.getByText('You are in. We start soon.')).toBeVisible();
  await begin(dana);
  await expect(sam.getByRole('heading', { name: 'Arrive' })).toBeVisible();

  // Another order and a skipped part, with buttons alone.
  const rail = dana.locator('.rail .what');
  const before = await rail.allTextContents();
  await dana.locator('.rail a').nth(2).click();
  await dana.getByRole('button', { name: 'One earlier' }).click();
  await expect(rail.nth(1)).toHaveText(before[2] ?? '');
  await dana.getByRole('button', { name: 'Leave it out' }).click();
  await dana.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(dana.locator('.rail').getByText('Left out')).toBeVisible();
  // Drag: the last part moves before the previous one, and back.
  const last = before.length - 1;
  const [low, high] = [
    await dana.locator('.rail .grip').last().boundingBox(),
    await dana
      .locator('.rail li')
      .nth(last - 1)
      .boundingBox(),
  ];
  await dana.mouse.move((low?.x ?? 0) + 8, (low?.y ?? 0) + 20);
  await dana.mouse.down();
  await dana.mouse.move((low?.x ?? 0) + 8, (high?.y ?? 0) + 10, { steps: 4 });
  await dana.mouse.up();
  await expect(rail.nth(last - 1)).toHaveText(before[last] ?? '');
  await expect(dana.getByText(`${before[last]} is part ${last} of ${before.length} now.`)).toBeAttached();
  await dana.reload();
  await expect(rail.nth(last - 1)).toHaveText(before[last] ?? '');
  await expect(dana.getByRole('link', { name: /^Done/ })).toHaveCount(0);
  await onward(dana);
  await expect(sam.getByRole('heading', { name: before[1] ?? '', level: 1 })).toBeVisible();

  // The door: a person who comes to a locked room waits, and is let in.
  await dana.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(dana.getByRole('button', { name: 'Unlock' })).toBeVisible();
  const ana = await people.open('ana', { viewport: PHONE, dark: true });
  await ana.goto(`${origin('ana')}/room/${id}`);
  await expect(ana.getByRole('heading', { name: 'You are at the door' })).toBeVisible();
  await dana.getByRole('button', { name: /^Let Ana/ }).click();
  await expect(ana.getByRole('heading', { name: before[1] ?? '', level: 1 })).toBeVisible();
  await dana.locator('.roster button', { hasText: 'Ana' }).click();
  await dana.getByLabel('Why?').last().selectOption('safety');
  await dana.getByRole('button', { name: 'Take them out' }).click();
  await expect(ana.getByText('You were taken out of this workshop. Your pages are safe.')).toBeVisible();

  // A newer device takes the seat; the older one is told, and can take it back.
  const second = await people.open('sam', { viewport: PHONE });
  await second.goto(`${origin('sam')}/room/${id}`);
  await expect(sam.getByText('The room is open on another device of yours.')).toBeVisible();
  await sam.getByRole('button', { name: 'Use it here' }).click();
  await expect(second.getByText('The room is open on another device of yours.')).toBeVisible();

  // Handing over, and a room that pauses.
  const kofi = await people.open('kofi', { viewport: TABLET });
  await kofi.goto(`${origin('kofi')}/run/${id}`);
  await expect(kofi.getByText(/leads this room/)).toBeVisible();
  await dana.getByRole('button', { name: 'Hand over' }).click();
  await dana.getByRole('button', { name: /^To Kofi/ }).click();
  await dana.getByRole('button', { name: 'Take the lead back' }).click();
  await expect(dana.getByRole('button', { name: 'Hand over' })).toBeVisible();
  await dana.goto(`${origin('dana')}/today`);
  await kofi.context().close();
  await expect(sam.getByRole('heading', { name: 'A short rest' })).toBeVisible({ timeout: 40_000 });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await expect(dana.getByRole('heading', { name: 'The room is at rest' })).toBeVisible();
  await dana.getByRole('button', { name: 'Go on with the room' }).click();
  await expect(sam.getByRole('heading', { name: 'A short rest' })).toBeHidden();
});
