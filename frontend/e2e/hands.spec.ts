// A counselor who looks at people and not at the screen: on a tablet held upright in one hand, the
// people who need somebody, who speaks and who waits at the door are beside the Next button. One
// tap never cuts a share off.

import type { Page } from '@playwright/test';
import { ask, expect, origin, PHONE, startsNow, account, state, TABLET, test, workshop, type People } from './fixtures';
import { sound } from './sound';
import { begin, onward, connectScreen } from './steps';

const UPRIGHT = { width: 820, height: 1180 };
const SMALL_SCREEN = { width: 1280, height: 720 };

async function inRoom(people: People, handle: string, id: string): Promise<Page> {
  const page = await people.open(handle, { viewport: PHONE });
  await page.goto(`${origin(handle)}/room/${id}`);
  return page;
}

test('an upright tablet shows all that matters, and the first tap only asks a speaker to close', async ({ people }) => {
  test.setTimeout(150_000);
  const id = await workshop(people, 'Upright group');
  const dana = await people.open('dana', { viewport: UPRIGHT });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await inRoom(people, 'sam', id);
  const dee = await inRoom(people, 'dee', id);
  const stage = await people.window({ viewport: SMALL_SCREEN });
  await connectScreen(dana, stage);
  await begin(dana);
  for (const part of ['Ground', 'Check in']) {
    await onward(dana);
    await expect(sam.getByRole('heading', { name: part, level: 1 })).toBeVisible();
  }

  // A person without a phone is marked as such, before and after they spoke.
  const side = dana.getByRole('complementary', { name: 'People' });
  await side.getByRole('button', { name: 'Add a person' }).click();
  const adding = dana.getByRole('dialog', { name: 'Add a person' });
  await expect(adding.getByRole('button', { name: 'Cancel' })).toBeVisible();
  await adding.getByRole('button', { name: 'Ty B.' }).click();
  await expect(side.locator('.queue li')).toContainText('First time today, No phone');
  await expect(side.getByRole('button', { name: /^Ty B/ })).toContainText('No phone');

  await sam.getByRole('button', { name: 'Raise hand' }).click();
  await expect(sam.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  await side.getByRole('button', { name: 'Start share: Ty B.' }).click();
  await side.getByRole('button', { name: 'End share' }).click();
  await expect(side.getByRole('button', { name: /^Ty B/ })).toContainText('No phone');
  await side.getByRole('button', { name: 'Start share: Sam R.' }).click();
  await expect(sam.getByText('It is your turn')).toBeVisible();
  await expect(side.getByRole('button', { name: /^Sam R/ })).toContainText('Speaking');
  const preview = dana.locator('.preview');
  await expect(preview).toContainText('Someone is sharing');

  // Help, the door, the speaker and Next are all visible without scrolling.
  await dee.getByRole('button', { name: 'Help' }).click();
  await dee.getByRole('button', { name: 'Ask for help' }).click();
  await dana.getByRole('button', { name: 'Lock', exact: true }).click();
  await expect(dana.getByRole('button', { name: 'Unlock' })).toBeVisible();
  await inRoom(people, 'ana', id);
  await expect(side.getByRole('button', { name: /^Dee W/ })).toContainText('Asks for help');
  await dana.evaluate(() => scrollTo(0, 0));
  await expect(dana.getByText(/^Ends at/)).toBeInViewport({ ratio: 1 });
  for (const name of [/^Next/, 'Take aside', 'Let Ana P. in', 'End share', 'Ask to close', 'Pause']) {
    await expect(dana.getByRole('button', { name }).last()).toBeInViewport({ ratio: 1 });
  }
  await sound(dana, 'the upright tablet');

  // The first tap says "please close" on every phone, the second moves on.
  const next = dana.locator('.onward button.main');
  await expect(dana.getByText('Sam R. is still speaking. The first tap says “please close”.')).toBeVisible();
  await next.click();
  await expect(sam.getByText('Please come to a close')).toBeVisible();
  await expect(sam.getByRole('button', { name: 'I am done' })).toBeVisible();
  await expect(next).toContainText('Someone speaks. Tap again to move on');
  await expect(side.getByText('Phones say “please close”.')).toBeVisible();
  await expect(side.getByRole('button', { name: 'Ask to close' })).toHaveCount(0);
  await onward(dana);
  await expect(sam.getByRole('heading', { name: 'Teach', level: 1 })).toBeVisible();

  // The preview follows the big screen; nothing covers the parts on a small projector.
  await dana.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(preview).toContainText('A short pause');
  await expect(stage.locator('.breath')).toContainText('A short pause');
  const [bar, key] = await Promise.all([stage.locator('.progress').boundingBox(), stage.getByRole('button', { name: 'Keep it still' }).boundingBox()]);
  expect((bar?.x ?? 0) + (bar?.width ?? 0)).toBeLessThanOrEqual(key?.x ?? 0);
  expect((key?.y ?? 0) + (key?.height ?? 0)).toBeLessThanOrEqual(SMALL_SCREEN.height);
  await sound(stage, 'the small projector');
  await sam.getByRole('button', { name: 'I want to talk after' }).click();
  await expect(side.getByRole('heading', { name: 'Want to talk after' })).toBeVisible();
  await dana.getByRole('button', { name: 'Calm the room' }).click();
  await expect(preview).toContainText('A quiet moment');

  // After the end the list is right about everybody: who was here without a phone, who never came.
  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  await expect(side.getByRole('heading', { name: '2 here at the end' })).toBeVisible();
  await expect(side.locator('.roster li', { hasText: 'Ty B.' })).toContainText('No phone');
  await expect(side.locator('.roster li', { hasText: 'Eli N.' })).toContainText('Was not here');
  await dana.evaluate(() => scrollTo(0, 0));
  await expect(side.getByRole('button', { name: 'We talked: Sam R.' })).toBeInViewport({ ratio: 1 });
  await sound(dana, 'after the end on the upright tablet');
});

test('a refusal is shown at the button, in the phone’s language; the end of a part is announced calmly', async ({ people }) => {
  test.setTimeout(200_000);
  const nora = await people.open('nora');
  const { id } = await ask<{ id: string }>(nora, 'POST', '/workshops', {
    title: 'Grupo corto',
    cohort: state().cohort,
    starts: startsNow(),
    agenda: 'step9-60',
    language: 'es',
    lead: account('dana').member,
    capacity: 12,
  });
  await nora.context().close();
  const dana = await people.open('dana', { viewport: UPRIGHT });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const sam = await people.open('sam', { viewport: PHONE });
  await sam.evaluate(() => localStorage.setItem('language', 'es'));
  await sam.goto(`${origin('sam')}/room/${id}`);
  const stage = await people.window({ viewport: SMALL_SCREEN });
  await connectScreen(dana, stage);
  await begin(dana);
  await onward(dana);
  // Ten rules in the longer language fit above the parts, on a small projector too.
  const rule = stage.locator('.stage-body li').last();
  await expect(rule).toHaveText('El equipo actúa si un niño o una vida está en peligro.');
  const [last, parts] = await Promise.all([rule.boundingBox(), stage.locator('.progress').boundingBox()]);
  expect((last?.y ?? 0) + (last?.height ?? 0)).toBeLessThanOrEqual(parts?.y ?? 0);
  expect(last?.height).toBeGreaterThan(0);
  await onward(dana);
  await sam.getByRole('button', { name: 'Levantar la mano' }).click();
  await dana.getByRole('button', { name: /^Start share/ }).click();
  await expect(sam.getByText('Turno de 1 minuto', { exact: true })).toBeVisible();
  await sam.getByRole('button', { name: 'Terminé' }).click();
  await sam.getByRole('button', { name: 'Levantar la mano' }).click();
  const said = sam.getByRole('status').filter({ hasText: 'Ya hablaste en esta parte. Otros van antes.' });
  await sam.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect(said).toBeInViewport({ ratio: 1 });
  await sound(sam, 'a refusal');

  // Ready can be counted again; two minutes before its end a part says so, calmly.
  await dana.getByRole('link', { name: /^Un paso/ }).click();
  await dana.getByRole('button', { name: 'Go there' }).click();
  await sam.getByRole('button', { name: 'Ya terminé' }).click();
  await expect(dana.getByRole('img', { name: '1 of 1 are ready' })).toBeVisible();
  await dana.getByRole('button', { name: 'Count again who is ready' }).click();
  await expect(dana.getByRole('img', { name: '0 of 1 are ready' })).toBeVisible();
  await expect(dana.getByText('Less than 2 minutes left')).toHaveCount(0);
  await expect(dana.getByText('Less than 2 minutes left')).toBeVisible({ timeout: 90_000 });
  await expect(sam.getByText('Quedan menos de 2 minutos')).toBeAttached();
  await expect(stage.locator('.breath')).toContainText('Less than 2 minutes left');
  await sound(dana, 'two minutes before the end');
  await sound(sam, 'two minutes before the end');
  await sound(stage, 'two minutes before the end');

  // Long titles and long times fit into the agenda on a tablet in landscape.
  await dana.evaluate(() => localStorage.setItem('language', 'es'));
  await dana.setViewportSize(TABLET);
  await dana.reload();
  await expect(dana.locator('.rail [aria-current]')).toContainText('Un paso');
  const agenda = await dana.locator('.agenda').boundingBox();
  for (const time of await dana.locator('.rail .real').all()) {
    const box = await time.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThan((agenda?.x ?? 0) + (agenda?.width ?? 0));
  }
});
