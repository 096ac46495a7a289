// Everybody's voice in real browser windows: a question that six phones answer privately, words at
// check-in that the counselor sees first, a note to all phones, a turn undone, a new round, and the
// summary of it all. First, with fewer than five answers, nothing may be shown.

import type { Locator, Page } from '@playwright/test';
import { account, expect, origin, SCREEN, TABLET, test, workshop, type People } from './fixtures';
import { sound } from './sound';
import { begin, onward, connectScreen } from './steps';

const pictures = process.env['PICTURES'];
const picture = (name: string) => (pictures ? { path: `${pictures}/voices-${name}.png`, fullPage: true } : {});

const HANDLES = ['sam', 'ana', 'dee', 'jok', 'luis', 'ruth'] as const;
type Handle = (typeof HANDLES)[number];

/** Six phones in a room: Ana's is small, dark and in Spanish. */
async function phones(people: People, id: string): Promise<Record<Handle, Page>> {
  const out: Partial<Record<Handle, Page>> = {};
  for (const handle of HANDLES) {
    const page = await people.open(handle, handle === 'ana' ? { viewport: { width: 320, height: 700 }, dark: true } : { viewport: { width: 360, height: 780 } });
    if (handle === 'ana') await page.evaluate(() => localStorage.setItem('language', 'es'));
    await page.goto(`${origin(handle)}/room/${id}`);
    await page.getByRole('button', { name: handle === 'ana' ? 'Omitir' : 'Skip', exact: true }).click();
    out[handle] = page;
  }
  return out as Record<Handle, Page>;
}

/** The whole minutes of a clock such as 7:52. */
const minutesOf = (clock: string): number => Number(clock.split(':')[0]);
const cell = (table: Locator, label: string): Locator => table.getByRole('row', { name: new RegExp(`^${label}( |$)`) }).getByRole('cell');

test('the room answers a question, sends words, gets a note, and is summarized at the end', async ({ people }) => {
  test.setTimeout(420_000);
  const id = await workshop(people, 'Voices group');
  const dana = await people.open('dana', { viewport: TABLET });
  await dana.goto(`${origin('dana')}/run/${id}`);
  await dana.getByRole('button', { name: 'Open the room' }).click();
  const all = await phones(people, id);
  const { sam, ana, dee } = all;
  const stage = await people.window({ viewport: SCREEN });
  await connectScreen(dana, stage);
  await begin(dana);
  await expect(sam.getByRole('heading', { name: 'Arrive', level: 1 })).toBeVisible();

  // A question: four answer, two skip. No result is shown to anybody, not even a count.
  const pulse = dana.getByRole('region', { name: 'Pulse' });
  await pulse.getByRole('button', { name: 'Ask the room' }).click();
  await expect(dana.getByRole('radio', { name: 'At the start' })).toBeChecked();
  await sound(dana, 'asking');
  await dana.screenshot(picture('ask'));
  await dana.getByRole('button', { name: 'Ask it now' }).click();
  await expect(sam.getByRole('heading', { name: 'How are you right now?' })).toBeVisible();
  await expect(ana.getByRole('heading', { name: '¿Cómo estás ahora?' })).toBeVisible();
  await sound(sam, 'question');
  await sound(ana, 'question in Spanish');
  await sam.screenshot(picture('question'));
  await ana.screenshot(picture('question-es-dark'));
  await expect(stage.getByText('There is a question on your phone.')).toBeVisible();
  await stage.screenshot(picture('stage-asks'));
  for (const h of ['sam', 'dee', 'jok', 'luis'] as const) {
    await all[h].getByRole('button', { name: '7', exact: true }).click();
    await expect(all[h].getByText('Thank you. Your answer is in.')).toBeVisible();
  }
  await ana.getByRole('button', { name: 'Omitir', exact: true }).click();
  await expect(ana.getByText('Está bien. La omitiste.')).toBeVisible();
  await expect(pulse).toContainText('Nobody sees an answer or a count before you close it.');
  await expect(pulse.locator('.bars-of')).toHaveCount(0);
  await expect(pulse).not.toContainText(/\d answers?/);
  await dana.screenshot(picture('open'));
  await pulse.getByRole('button', { name: 'Close the question' }).click();
  await expect(pulse).toContainText('Fewer than five answers. Nothing is shown, not even how many.');
  await expect(pulse.getByRole('button', { name: 'Show to all' })).toBeHidden();
  await expect(pulse.locator('.bars-of')).toHaveCount(0);
  await expect(sam.getByText('Thank you. Your answer is in.')).toBeHidden();

  // The counselor's own words: five answer, one changes their answer, one reloads the page.
  await pulse.getByRole('button', { name: 'Ask again' }).click();
  await dana.getByRole('radio', { name: 'Which word fits' }).check();
  await dana.getByLabel('Words to choose from').fill('only one');
  await dana.getByRole('button', { name: 'Ask it now' }).click();
  await expect(dana.getByText('Please give 2 to 6 different words of up to 24 letters.')).toBeVisible();
  await dana.getByLabel('Words to choose from').fill('Heavy\nTired\nSteady\nLight');
  await dana.getByRole('button', { name: 'Ask it now' }).click();
  const said: [Handle, string][] = [
    ['sam', 'Heavy'],
    ['ana', 'Tired'],
    ['dee', 'Tired'],
    ['jok', 'Steady'],
    ['luis', 'Steady'],
  ];
  for (const [h, word] of said) await all[h].getByRole('button', { name: word, exact: true }).click();
  await expect(sam.getByText('Thank you. Your answer is in.')).toBeVisible();
  await sam.reload();
  await expect(sam.getByText('Thank you. Your answer is in.')).toBeVisible();
  await sam.screenshot(picture('answered'));
  await ana.getByRole('button', { name: 'Cambiar mi respuesta' }).click();
  await ana.getByRole('button', { name: 'Steady', exact: true }).click();
  await expect(ana.getByText('Gracias. Tu respuesta ya llegó.')).toBeVisible();
  await all.ruth.getByRole('button', { name: 'Skip', exact: true }).click();
  await pulse.getByRole('button', { name: 'Close the question' }).click();
  await expect(pulse).toContainText('5 answers');
  const table = pulse.getByRole('table');
  for (const [label, n] of Object.entries({ Heavy: '1', Tired: '1', Steady: '3', Light: '0' })) await expect(cell(table, label)).toHaveText(n);
  await sound(dana, 'counts');
  await dana.screenshot(picture('counts'));

  // Screen and phones show it when the counselor does, until the next part.
  await expect(stage.locator('.bars-of')).toHaveCount(0);
  await expect(sam.locator('.bars-of')).toHaveCount(0);
  await pulse.getByRole('button', { name: 'Show to all' }).click();
  await expect(stage.getByRole('heading', { name: 'Which word fits you right now?' })).toBeVisible();
  await expect(cell(stage.getByRole('table'), 'Steady')).toHaveText('3');
  await expect(cell(ana.getByRole('table'), 'Steady')).toHaveText('3');
  await sound(stage, 'result on the stage');
  await sound(ana, 'result on a phone');
  await stage.screenshot(picture('stage-result'));
  await ana.screenshot(picture('result-es-dark'));
  await sam.screenshot(picture('result'));
  await onward(dana);
  await expect(stage.locator('.bars-of')).toHaveCount(0);
  await expect(sam.locator('.bars-of')).toHaveCount(0);

  // A note to all phones, not to the screen; it can be removed.
  const tell = dana.getByRole('region', { name: 'A note to all phones' });
  await tell.getByLabel('Note').fill('We meet in the garden after the break.');
  await tell.getByRole('button', { name: 'Send it' }).click();
  for (const p of [sam, ana]) await expect(p.getByText('We meet in the garden after the break.')).toBeVisible();
  await expect(ana.getByText('De tu consejero:')).toBeVisible();
  await sound(sam, 'note');
  await sam.screenshot(picture('note'));
  await dana.screenshot(picture('tell'));
  await expect(stage.locator('body')).not.toContainText('garden');
  await tell.getByRole('button', { name: 'Take it back' }).click();
  await expect(sam.getByText('We meet in the garden after the break.')).toBeHidden();

  // A word at check-in, or none: only the counselor sees it at first, with its author.
  await onward(dana);
  await expect(sam.getByRole('heading', { name: 'Check in', level: 1 })).toBeVisible();
  await expect(sam.getByText(`Account: ${account('sam').name}`)).toBeVisible();
  await sam.getByLabel('Your word').fill('call 555');
  await sam.getByRole('button', { name: 'Send it' }).click();
  await expect(sam.getByText('Letters only, please.')).toBeVisible();
  await sound(sam, 'word');
  await sam.screenshot(picture('word'));
  await ana.screenshot(picture('word-es-dark'));
  await sam.getByLabel('Your word').fill('hopeful');
  await sam.getByRole('button', { name: 'Send it' }).click();
  await expect(sam.getByText('Your counselor has your word. It is not on the screens.')).toBeVisible();
  await ana.getByLabel('Tu palabra').fill('con paz');
  await ana.getByRole('button', { name: 'Enviar', exact: true }).click();
  await expect(ana.getByText('Tu consejero tiene tu palabra. No está en las pantallas.')).toBeVisible();
  const list = dana.getByRole('region', { name: 'Words' });
  const small = dana.locator('.preview');
  await expect(list.getByRole('listitem')).toHaveText([/hopeful.*Sam R\./, /con paz.*Ana P\./]);
  await expect(list.getByText('0 shown, 2 not shown')).toBeVisible();
  await sound(dana, 'words that wait');
  await dana.screenshot(picture('words-wait'));
  for (const p of [stage, dee, sam]) await expect(p.locator('.said-words li')).toHaveCount(0);
  await expect(small.locator('li')).toHaveCount(0);
  await sam.reload();
  await expect(sam.getByText('Your counselor has your word. It is not on the screens.')).toBeVisible();

  // One tap shows it everywhere, without its author; one tap removes it. The preview equals the
  // screen.
  await list.getByRole('button', { name: 'Show: hopeful, Sam R.' }).click();
  for (const p of [stage, dee, ana]) await expect(p.locator('.said-words li')).toHaveText(['hopeful']);
  await expect(small.locator('li')).toHaveText(['hopeful']);
  await expect(sam.getByText('Your word is on the screens now, without your name.')).toBeVisible();
  await sam.screenshot(picture('word-shown'));
  await list.getByRole('button', { name: 'Show: con paz, Ana P.' }).click();
  for (const p of [stage, dee]) await expect(p.locator('.said-words li')).toHaveText(['hopeful', 'con paz']);
  await expect(small.locator('li')).toHaveText(['hopeful', 'con paz']);
  await expect(ana.getByText('Tu palabra está ahora en las pantallas, sin tu nombre.')).toBeVisible();
  for (const name of ['Sam', 'Ana', 'Dee', 'Dana']) await expect(stage.locator('body')).not.toContainText(name);
  await expect(small).not.toContainText(/Sam|Ana/);
  await sound(stage, 'words on the stage');
  await stage.setViewportSize({ width: 1280, height: 720 });
  await stage.screenshot(picture('stage-words'));
  await stage.setViewportSize(SCREEN);
  await ana.screenshot(picture('words-es-dark'));
  await sound(dana, 'words shown');
  await dana.screenshot(picture('words-shown'));
  await dana.setViewportSize({ width: 1280, height: 720 });
  await dana.screenshot(picture('words-shown-wide'));
  const upright = { width: 820, height: 1180 };
  await dana.setViewportSize(upright);
  await dana.screenshot(picture('words-shown-upright'));
  await dana.mouse.wheel(0, 5_000);
  await expect(list.getByRole('button', { name: 'Hide: con paz, Ana P.' })).toBeInViewport();
  await dana.screenshot({ ...picture('words-in-sight'), fullPage: false });
  await dana.setViewportSize(TABLET);
  await list.getByRole('button', { name: 'Hide: hopeful, Sam R.' }).click();
  for (const p of [stage, dee]) await expect(p.locator('.said-words li')).toHaveText(['con paz']);
  await expect(small.locator('li')).toHaveText(['con paz']);
  await expect(sam.getByText('Your counselor has your word. It is not on the screens.')).toBeVisible();

  // Switched off, nothing is shown and the phones say so; switched on, words wait for the
  // counselor.
  await list.getByRole('switch', { name: 'Take words' }).click();
  for (const p of [stage, dee]) await expect(p.locator('.said-words li')).toHaveCount(0);
  await expect(dee.getByText('Your counselor switched words off in this room.')).toBeVisible();
  await expect(ana.getByText('Tu consejero apagó las palabras en esta sala.')).toBeVisible();
  await dee.screenshot(picture('words-off'));
  await list.getByRole('switch', { name: 'Take words' }).click();
  await expect(list.getByText('0 shown, 2 not shown')).toBeVisible();
  await list.getByRole('button', { name: 'Show these 2' }).click();
  await expect(stage.locator('.said-words li')).toHaveText(['hopeful', 'con paz']);
  await dee
    .locator('section', { has: dee.getByLabel('Your word') })
    .getByRole('button', { name: 'Skip', exact: true })
    .click();
  await expect(dee.getByLabel('Your word')).toBeHidden();

  // A turn started or ended by mistake is undone; in a new round everybody can speak again.
  const side = dana.getByRole('complementary', { name: 'People' });
  await sam.getByRole('button', { name: 'Raise hand' }).click();
  await side.getByRole('button', { name: /^Start share/ }).click();
  await expect(sam.getByRole('button', { name: 'I am done' })).toBeVisible();
  await side.getByRole('button', { name: 'Take it back: Sam R. waits again' }).click();
  await expect(sam.getByRole('button', { name: 'Lower hand' })).toBeVisible();
  await side.getByRole('button', { name: /^Start share/ }).click();
  await side.getByRole('button', { name: 'End share' }).click();
  await expect(sam.getByRole('button', { name: 'Raise hand' })).toBeVisible();
  await side.getByRole('button', { name: 'Take it back: Sam R. goes on' }).click();
  await expect(sam.getByRole('button', { name: 'I am done' })).toBeVisible();
  await side.getByRole('button', { name: 'End share' }).click();
  await expect(side.getByText('The share of Sam R. has ended.')).toBeVisible();
  await dana.screenshot(picture('take-back'));
  await sound(dana, 'take back');
  await side.getByRole('button', { name: 'New round' }).click();
  await dana.getByRole('dialog').getByRole('button', { name: 'New round' }).click();
  await sam.getByRole('button', { name: 'Raise hand' }).click();
  await expect(side.locator('.queue .name')).toHaveText(/^Sam R\./);

  // Keys press what is on screen: not while typing, not behind a dialog, not when they are off.
  const now = dana.locator('#nowname');
  await dana.locator('h1').click();
  await dana.keyboard.press('s');
  await expect(side.getByRole('button', { name: 'End share' })).toBeVisible();
  await dana.keyboard.press('u');
  await expect(side.getByRole('button', { name: /^Start share/ })).toBeVisible();
  await tell.getByRole('textbox').press('n');
  await expect(tell.getByRole('textbox')).toHaveValue('n');
  await tell.getByRole('textbox').fill('');
  await dana.locator('h1').click();
  await dana.keyboard.press('?');
  const keys = dana.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(keys).toBeVisible();
  await dana.keyboard.press('n');
  await sound(dana, 'keys');
  await dana.screenshot(picture('keys'));
  await keys.getByRole('switch').click();
  await keys.getByRole('button', { name: 'Close' }).click();
  await dana.locator('h1').click();
  await dana.keyboard.press('n');
  await dana.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  await keys.getByRole('switch').click();
  await dana.keyboard.press('Escape');
  await expect(now).toHaveText('Check in');
  await dana.locator('h1').click();
  await dana.keyboard.press('n');
  await expect(now).toHaveText('Teach');
  await expect(sam.getByRole('heading', { name: 'Teach', level: 1 })).toBeVisible();

  // Over time: the number of shares is reduced, as advice only.
  await expect(dana.getByText('To end on time')).toBeHidden();
  for (let i = 0; i < 3; i++) {
    const before = (await dana.locator('.clock').textContent()) ?? '';
    await dana.keyboard.press('5');
    await expect.poll(async () => minutesOf((await dana.locator('.clock').textContent()) ?? '')).toBeGreaterThan(minutesOf(before) + 3);
  }
  const rail = dana.getByRole('complementary', { name: 'Agenda' });
  await expect(rail.getByText('To end on time')).toBeVisible();
  await expect(rail.getByText(/^Share: \d shares?, saves \d minutes?$/)).toBeVisible();
  await sound(dana, 'advice');
  await dana.screenshot(picture('advice'));

  // The same question at the end, and the summary that compares both.
  await dana.getByRole('link', { name: /^Check out/ }).click();
  await dana.getByRole('button', { name: 'Go there' }).click();
  await expect(now).toHaveText('Check out');
  await pulse.getByRole('button', { name: 'Ask again' }).click();
  await expect(dana.getByRole('radio', { name: 'At the end' })).toBeChecked();
  await expect(dana.getByLabel('Words to choose from')).toHaveValue('Heavy\nTired\nSteady\nLight');
  await dana.getByRole('button', { name: 'Ask it now' }).click();
  for (const h of ['sam', 'ana', 'dee', 'jok', 'luis'] as const) {
    await all[h].getByRole('button', { name: 'Light', exact: true }).click();
    await expect(all[h].getByText(h === 'ana' ? 'Gracias. Tu respuesta ya llegó.' : 'Thank you. Your answer is in.')).toBeVisible();
  }
  await pulse.getByRole('button', { name: 'Close the question' }).click();
  await expect(pulse).toContainText('5 answers');
  await dana.getByRole('button', { name: 'End', exact: true }).click();
  await dana.getByRole('button', { name: 'End it for everybody' }).click();
  const summary = dana.getByRole('region', { name: 'The workshop has ended' });
  const both = summary.getByRole('table', { name: 'Which word fits you right now?' });
  await expect(cell(both, 'Steady')).toHaveText(['3', '0']);
  await expect(cell(both, 'Light')).toHaveText(['0', '5']);
  const times = summary.getByRole('table', { name: 'Summary' });
  await expect(times.getByRole('row', { name: /^Write/ })).toContainText('Not reached');
  await expect(times.getByRole('row', { name: /^Arrive/ })).toContainText(/minute/);
  await expect(summary.getByRole('table', { name: 'Shares' }).getByRole('row', { name: /^Sam R\./ })).toContainText('Less than a minute');
  await expect(dana.getByText('6 people came.')).toBeVisible();
  await sound(dana, 'summary');
  await dana.screenshot(picture('summary'));
});
