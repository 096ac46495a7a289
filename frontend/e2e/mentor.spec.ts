// A participant and a mentor, from the consent to the look back, on phones 360 px wide: consent,
// comparing by words, sharing, feedback, and the plan with its safety check.

import type { Page } from '@playwright/test';
import { account, ask, DESK, expect, origin, test } from './fixtures';
import { everybodyReads, oldAnswers, sealedFor } from './liar';
import { look, main, onDevice } from './mentor';
import { compare, fillLeft, safety, words } from './steps';

test('from the consent to a plan that is Ready, and back', async ({ people }) => {
  test.setTimeout(240_000);
  const nora = await people.open('nora', { viewport: DESK });
  await nora.goto(`${origin('nora')}/desk/mentors`);
  await nora.getByRole('combobox', { name: 'Participant' }).selectOption('Luis M.');
  await nora.getByRole('combobox', { name: 'Mentor' }).selectOption('Ray S.');
  await nora.getByRole('button', { name: 'Pair them' }).click();
  await expect(nora.getByRole('row', { name: /Luis M\..*No yes from the participant yet/ })).toBeVisible();
  await look(nora, 'pairings');

  const [luis, ray] = (await Promise.all([people.open('luis'), people.open('ray')])) as [Page, Page];
  // Ray is not of the house: until the consent, nothing says who it is.
  await expect(ray.getByRole('heading', { name: 'Somebody asks you to be their mentor' })).toHaveCount(2);
  await expect(ray.getByText('Luis')).toHaveCount(0);
  await look(ray, 'somebody');

  // The consent, with every element, signed by name.
  await luis.getByRole('link', { name: /Say yes to Ray S\./ }).click();
  await expect(luis.getByRole('heading', { name: 'Share pages with Ray S.' })).toBeVisible();
  await look(luis, 'consent');
  await luis.getByLabel('Type your name in the room to sign').fill('Somebody');
  await luis.getByRole('button', { name: 'I say yes to this' }).click();
  await expect(luis.getByText('Please type Luis M.')).toBeVisible();
  await luis.getByLabel('Type your name in the room to sign').fill('luis m');
  await luis.getByRole('button', { name: 'I say yes to this' }).click();

  // Comparing, on both sides; wrong words pin nobody.
  await expect(luis.getByRole('heading', { name: 'Check that it is really Ray S.' })).toBeVisible();
  await look(luis, 'compare');
  await ray.reload();
  await ray.getByRole('link', { name: /Meet Luis M\. and compare/ }).click();
  await expect(ray.locator('ol.words li')).toHaveCount(8);
  const [mine, hers] = [await words(luis), await words(ray)];
  for (const field of await luis.getByLabel(/^Word \d$/).all()) await field.fill('zoo');
  await luis.getByRole('button', { name: 'They are the same' }).click();
  await expect(luis.getByText(/These words are not Ray S\.’s/)).toBeVisible();
  await compare(luis, hers, 'Ray S.');
  await compare(ray, mine, 'Luis M.');
  await look(ray, 'compared');

  // A page, written, and turned on once its required fields are filled.
  await luis.goto(`${origin('luis')}/pages/new`);
  await luis.getByLabel('A short name only you know').fill('Coach');
  await luis.getByRole('radio', { name: 'Someone else', exact: true }).check();
  await luis.getByLabel('What I did').fill('I told the team I was sick. Call 555 123 4567.');
  await expect(luis.getByText('You do not need this here.', { exact: false })).toBeVisible();
  await luis.getByLabel('What I did').fill('I told the team I was sick. I was not.');
  await luis.getByRole('button', { name: 'Done' }).click();
  await look(luis, 'pages');
  // A server that lists Ray as a reader of every page does not make him one: nothing is sealed for
  // him.
  await expect(luis.getByRole('link', { name: /^Coach/ })).toBeVisible();
  const sent = await everybodyReads(luis, account('ray').member);
  await luis.reload();
  await expect(luis.getByRole('link', { name: /^Coach/ })).toContainText('Only you');
  await luis.waitForLoadState('networkidle');
  expect(sent).toEqual([]);
  await luis.unrouteAll({ behavior: 'wait' });
  expect(new Set(await sealedFor(luis))).toEqual(new Set([1]));
  await luis.goto(`${origin('luis')}/pages`);
  await luis.getByRole('link', { name: /^Coach/ }).click();
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await expect(luis.getByRole('switch')).toBeDisabled();
  await expect(luis.getByText(/Before Ray S\. can see it, these need a word/)).toBeVisible();
  await luis.getByRole('link', { name: 'Coach' }).click();
  await luis.getByRole('checkbox', { name: 'Trust', exact: true }).check();
  await luis.getByLabel('My part only, not theirs').fill('I lied.');
  await luis.getByRole('group', { name: 'Can they be reached?' }).getByRole('radio', { name: 'Yes' }).check();
  await luis.getByRole('radio', { name: 'Mostly' }).check();
  await luis.getByRole('textbox', { name: 'A note just for me' }).fill('nobody ever reads this');
  await expect(luis.locator('.lockline .saved').last()).toHaveText(/Saved/);
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('switch', { name: /Ray S\. can see this/ }).click();
  await expect(luis.getByText('Sealed: you and Ray S.')).toBeVisible();
  await look(luis, 'sharing');

  await ray.goto(`${origin('ray')}/today`);
  await ray.getByRole('link', { name: /Coach/ }).click();
  await expect(main(ray).getByText('I told the team I was sick.', { exact: false })).toBeVisible();
  await look(ray, 'mentor-entry');
  await ray.getByRole('radio', { name: /Let’s talk/ }).check();
  await ray.getByLabel('A note, if you like').fill('Good and honest. Tea on Friday?');
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  await luis.goto(`${origin('luis')}/pages`);
  await expect(luis.getByRole('link', { name: /^Coach.*New note/s })).toBeVisible();
  await luis.getByRole('link', { name: /^Coach/ }).click();
  await expect(luis.getByText('Good and honest. Tea on Friday?')).toBeVisible();

  // An edit is visible to the writer only, and the line and the list still say which version the
  // mentor has.
  const line = luis.locator('.lockline').first();
  await expect(line).toContainText('Sealed: you and Ray S.');
  await luis.getByLabel('My part only, not theirs').fill('I lied, twice.');
  const held = /Ray S\. can read the version of \d+:\d\d [AP]M\. New words: only you\./;
  await expect(line).toHaveText(held);
  await expect(luis.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await expect(line).toHaveText(held);
  await look(luis, 'new-words');
  await luis.getByRole('link', { name: 'Pages', exact: true }).first().click();
  await expect(luis.getByRole('link', { name: /^Coach/ })).toContainText('Ray S. can read the version of');
  await look(luis, 'list-new-words');
  await luis.getByRole('link', { name: /^Coach/ }).click();

  // The plan: check, route, words, sent.
  await luis.getByRole('button', { name: 'Make a plan' }).click();
  await expect(luis.getByRole('button', { name: 'Start the safety check' })).toBeVisible();
  await look(luis, 'safety-intro');
  await safety(luis, { 5: 'Yes' });
  await expect(luis.getByRole('heading', { name: 'Not yet. There is no rush.' })).toBeVisible();
  await expect(luis.getByText('Ask a lawyer first.')).toBeVisible();
  await look(luis, 'result-wait');
  await luis.getByRole('button', { name: /^Wait/ }).click();
  await luis.getByLabel('Why this way?').fill('He likes plain talk.');
  await luis.getByRole('link', { name: 'Next step' }).click();
  await expect(luis.getByRole('heading', { name: 'My words' })).toBeVisible();
  await luis.getByLabel('What I do now that is new').fill('I call when I am late.');
  await luis.getByRole('link', { name: 'Next step' }).click();
  await luis.getByRole('radio', { name: 'No', exact: true }).check();
  await look(luis, 'plan-step');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await look(luis, 'plan');
  await luis.getByRole('region', { name: 'Send to' }).getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('switch', { name: /Ray S\. can see this/ }).click();
  await expect(luis.getByText('Sees the plan once you send it.', { exact: false })).toBeVisible();
  await luis.getByRole('link', { name: 'Plan: Coach' }).click();
  await fillLeft(luis);
  // Offline, nothing is shown as sent, and the readers are unknown instead of "nobody".
  people.expected.push(/ERR_INTERNET_DISCONNECTED/);
  await luis.context().setOffline(true);
  await luis.getByRole('button', { name: 'Send to Ray S.' }).click();
  await expect(luis.getByText('Not saved to the server yet.', { exact: false })).toBeVisible();
  await expect(luis.getByText(/^Sent\./)).toHaveCount(0);
  await expect(luis.locator('.lockline').first()).toContainText('Who can read this is not known right now');
  await look(luis, 'not-sent');
  await luis.context().setOffline(false);
  await expect(luis.locator('.lockline').first()).toContainText('Sealed: only you');
  await luis.getByRole('button', { name: 'Send to Ray S.' }).click();
  await expect(luis.getByText('Sent. Ray S. reads it and answers here.')).toBeVisible();

  await ray.goto(`${origin('ray')}/today`);
  await ray.getByRole('link', { name: /Coach.*A plan/s }).click();
  await expect(ray.getByText('A lawyer comes first.')).toBeVisible();
  await expect(ray.getByRole('radio', { name: /^Ready/ })).toBeDisabled();
  await ray.getByRole('checkbox', { name: 'A lawyer said what is safe.' }).check();
  await ray.getByRole('radio', { name: /^Ready/ }).check();
  await ray.getByRole('button', { name: 'Add a note on step 3' }).click();
  const send = ray.getByRole('button', { name: 'Send to Luis M.' });
  const under = async () => await send.evaluate((b) => b.getBoundingClientRect().top - (b.closest('form')?.getBoundingClientRect().top ?? 0));
  const before = await under();
  await ray.getByLabel('Your note').first().fill('Say it just like this.');
  await expect(ray.getByText('Your words are kept on this device.', { exact: false })).toBeVisible();
  // The button stays under the finger: the message about the words does not move it.
  expect(await under()).toBe(before);
  await look(ray, 'mentor-plan');
  await send.click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  // The step is ticked, so the routes open; a new route makes the plan a draft again.
  await luis.goto(`${origin('luis')}/pages`);
  await luis.getByRole('link', { name: /^Plan: Coach.*Ready/s }).click();
  const ready = await luis.evaluate(() => fetch('/api/v1/worksheets').then((r) => r.json() as Promise<{ sealed: { typ: string }[] }>));
  await expect(luis.getByText('Say it just like this.')).toBeVisible();
  await expect(luis.getByRole('heading', { name: 'It may be right to ask.' })).toBeVisible();
  await look(luis, 'plan-ready');
  // "I did it" is a version for the writer only; the mentor still has the one that was sent.
  await expect(line).toContainText('Sealed: you and Ray S.');
  await luis.getByRole('button', { name: 'I did it' }).click();
  await expect(line).toHaveText(held);
  await expect(luis.locator('.lockline .saved').first()).toHaveText(/Saved/);
  await luis.reload();
  await expect(line).toHaveText(held);
  await luis.getByRole('button', { name: 'Open the plan again' }).click();
  await luis.getByRole('link', { name: /The way/ }).click();
  await luis.getByRole('radio', { name: 'Living amends' }).check();
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await expect(luis.locator('.chip', { hasText: 'Draft' })).toBeVisible();
  await luis.getByRole('link', { name: /Making it right/ }).click();
  await luis.getByLabel('What will I do from now on?').fill('Show up on time.');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await luis.getByRole('link', { name: /^7\s*Support/ }).click();
  await luis.getByLabel('Who will I call before?').fill('Maria');
  await luis.getByLabel('Who will I call after?').fill('Ray');
  await luis.getByLabel('If I want to use, I will').fill('Walk and call Ray.');
  await luis.getByRole('link', { name: 'Back to the plan' }).click();
  await fillLeft(luis);
  await luis.getByRole('button', { name: 'Send the new words to Ray S.' }).click();
  await expect(luis.getByText('Sent. Ray S. reads it and answers here.')).toBeVisible();
  await ray.goto(`${origin('ray')}/today`);
  await expect(ray.getByText('Changed since you last read it')).toBeVisible();
  await ray.getByRole('link', { name: /Coach.*A plan/s }).click();
  await expect(ray.locator('ins').first()).toBeVisible();
  await look(ray, 'mentor-difference');
  await expect(ray.locator('#answer').getByText('Account: Ray S.')).toBeVisible();
  await ray.getByRole('radio', { name: /^Not yet/ }).check();
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Please pick a reason.')).toBeVisible();
  await ray.getByRole('checkbox', { name: 'Support' }).check();
  await ray.getByRole('textbox', { name: 'A kind note' }).fill('You are nearly there.');
  await ray.getByRole('button', { name: 'Send to Luis M.' }).click();
  await expect(ray.getByText('Sent. Luis M. can read it now.')).toBeVisible();

  // Who opened it, in two taps; then revoked while it is open on the other screen.
  await luis.goto(`${origin('luis')}/pages`);
  await luis.getByRole('link', { name: /^Plan: Coach.*Not yet/s }).click();
  await expect(luis.getByText('You are nearly there.')).toBeVisible();

  // A server that replays the earlier answer is detected, on this device and on a new one.
  const elsewhere = await people.open('luis');
  for (const page of [luis, elsewhere]) {
    await oldAnswers(page, ready.sealed);
    await page.goto(`${origin('luis')}/pages`);
    await page.getByRole('link', { name: /^Plan: Coach.*Not yet/s }).click();
    await expect(page.getByRole('alert')).toHaveText(
      /The answer of Ray S\. could not be proven to be the newest\. It is not shown\. Treat this plan as “Not yet”, and ask Ray S\./,
    );
    await expect(page.locator('.chip').first()).toHaveText('Not yet');
    await expect(page.getByText('Say it just like this.')).toBeHidden();
    await look(page, 'answer-in-doubt');
    await page.unrouteAll({ behavior: 'wait' });
  }
  await elsewhere.context().close();
  await luis.reload();
  await expect(luis.getByText('You are nearly there.')).toBeVisible();
  await luis.getByRole('link', { name: 'Who can read this?' }).click();
  await luis.getByRole('link', { name: 'Who opened my pages' }).click();
  await expect(luis.getByText('Ray S., Mentor').first()).toBeVisible();
  await expect(luis.getByText(/^Coach, /).first()).toBeVisible();
  await look(luis, 'readers');
  await luis.goto(`${origin('luis')}/mentor`);
  await look(luis, 'mentor');
  people.expected.push(/404 \(Not Found\)/);
  await ray.getByRole('textbox', { name: 'A note, if you like' }).fill('Half a thought about Friday');
  await luis.getByRole('button', { name: 'Take my yes back' }).click();
  await luis.getByRole('button', { name: 'Take it back', exact: true }).click();
  await expect(ray.getByText('This page is not shared with you any more.', { exact: false })).toBeVisible();
  await expect(ray.getByText('He likes plain talk.')).toBeHidden();
  // The mentor's own words are kept, and nothing that was shared is on the mentor's device.
  await expect(ray.getByText('Half a thought about Friday')).toBeVisible();
  expect(await onDevice(ray)).not.toMatch(/plain talk|Coach|age-encryption/);
  await look(ray, 'ended');
  await expect(luis.getByRole('link', { name: /Say yes to Ray S\./ })).toBeVisible();
  await luis.goto(`${origin('luis')}/pages`);
  await expect(luis.getByText('You and Ray S.')).toHaveCount(0);
});

test('a reason to stop shows the other routes; a hard look back reaches a counselor, without any words', async ({ people }) => {
  test.setTimeout(120_000);
  const dee = await people.open('dee');
  await dee.goto(`${origin('dee')}/pages/new`);
  await dee.getByLabel('A short name only you know').fill('Lake');
  await dee.getByRole('radio', { name: 'Partner or ex' }).check();
  await dee.getByRole('button', { name: 'Make a plan' }).click();
  await safety(dee, { 2: 'Yes', 3: 'Skip this one' });
  await expect(dee.getByRole('heading', { name: 'Please do not contact this person.' })).toBeVisible();
  await look(dee, 'result-stop');
  const ways = await dee.locator('section[aria-labelledby="still"] .name').allTextContents();
  expect(ways).toEqual(['Living amends', 'A letter I will not send', 'Pay back or give']);
  await dee.getByRole('button', { name: /A letter I will not send/ }).click();
  await expect(dee.getByRole('heading', { name: 'The way', level: 1 })).toBeVisible();
  await expect(dee.getByRole('radio', { name: 'Meet', exact: true })).toHaveCount(0);

  await dee.getByRole('link', { name: 'Back to the plan' }).click();
  await dee.getByRole('button', { name: 'Let it rest' }).click();
  await dee.getByRole('button', { name: 'Look back on it' }).click();
  await expect(dee.getByText('Am I safe right now?')).toBeVisible();
  await dee.getByRole('radio', { name: 'Not sure', exact: true }).check();
  await expect(dee.getByRole('heading', { name: /You matter most right now/ })).toBeVisible();
  await look(dee, 'look-back');
  await dee.getByRole('button', { name: 'Yes, tell my counselor' }).click();
  await expect(dee.getByText(/Your counselor will see it/)).toBeVisible();

  const dana = await people.open('dana');
  await expect(dana.getByText(/Dee W\. asked for you/)).toBeVisible();
  await look(dana, 'talk-requests');
  await dana.getByRole('button', { name: 'I will talk to them' }).click();
  await expect(dana.getByText('Nobody is waiting for you.')).toBeVisible();
});

test('consent, sharing and mentor pages in Spanish, at 360 px', async ({ people }) => {
  test.setTimeout(120_000);
  const nora = await people.open('nora', { viewport: DESK });
  await ask(nora, 'POST', '/assignments', { participant: account('tyb').member, mentor: account('maria').member });
  // What the server refuses is said in Spanish too.
  people.expected.push(/409 \(/);
  await nora.evaluate(() => localStorage.setItem('language', 'es'));
  await nora.goto(`${origin('nora')}/desk/mentors`);
  await nora.getByRole('combobox', { name: 'Participante' }).selectOption('Ty B.');
  await nora.getByRole('combobox', { name: 'Mentor' }).selectOption('Maria T.');
  await nora.getByRole('button', { name: 'Unirlos' }).click();
  await expect(nora.getByText('Ya son un par.')).toBeVisible();
  await look(nora, 'es-refused');

  const [ty, maria] = (await Promise.all([people.open('tyb'), people.open('maria')])) as [Page, Page];
  for (const p of [ty, maria]) await p.getByRole('button', { name: 'Español' }).click();
  await ty.getByRole('link', { name: /Decir sí a Maria T\./ }).click();
  await ty.getByLabel('Escribe tu nombre en la sala para firmar').fill('Ty B.');
  await look(ty, 'es-consent');
  await ty.getByRole('button', { name: 'Digo sí a esto' }).click();
  await expect(ty.getByRole('heading', { name: 'Mira que sea Maria T. de verdad' })).toBeVisible();
  await maria.reload();
  await maria.getByRole('link', { name: /Ve a Ty B\. y comparen/ }).click();
  await expect(maria.locator('ol.words li')).toHaveCount(8);
  const said = [await words(ty), await words(maria)] as const;
  for (const [page, heard] of [
    [ty, said[1]],
    [maria, said[0]],
  ] as const) {
    for (const field of await page.getByLabel(/^Palabra \d$/).all()) {
      const n = Number((await field.getAttribute('id'))?.replace('word-', ''));
      await field.fill(heard[n]?.replace(/^\d+/, '').trim() ?? '');
    }
    await page.getByRole('button', { name: 'Son las mismas' }).click();
    await expect(page.getByRole('button', { name: 'Listo' })).toBeVisible();
  }
  await ty.goto(`${origin('tyb')}/pages/new`);
  await ty.getByLabel('Un nombre corto que solo tú conoces').fill('Mi hermano');
  await ty.getByRole('button', { name: 'Hacer un plan' }).click();
  await ty.getByRole('button', { name: 'Empezar la revisión' }).click();
  await ty.getByRole('radio', { name: 'Sí, es Maria T.' }).check();
  await look(ty, 'es-near');
  await ty.getByRole('button', { name: 'Siguiente pregunta' }).click();
  for (let n = 1; n <= 12; n++) {
    await expect(ty.getByText(`Seguridad, ${n} de 12`)).toBeVisible();
    if (n === 9) await look(ty, 'es-question');
    await ty.getByRole('radio', { name: n === 11 ? 'Arreglar mi parte' : n === 12 ? 'Sí' : n === 9 ? 'Sí' : 'No', exact: true }).check();
    await ty.getByRole('button', { name: n < 12 ? 'Siguiente pregunta' : 'Ver qué significa' }).click();
  }
  await expect(ty.getByRole('heading', { name: 'Puede ser mejor un camino más seguro.' })).toBeVisible();
  await look(ty, 'es-result');
  await ty.getByRole('button', { name: /^Enmienda viva/ }).click();
  await ty.getByLabel('¿Por qué de este modo?').fill('Es más seguro.');
  await look(ty, 'es-step');
  await ty.getByRole('link', { name: 'Volver al plan' }).click();
  await expect(ty.getByRole('heading', { name: 'Los 8 pasos' })).toBeVisible();
  await expect(ty.getByText('Queda como borrador hasta que tengas otro mentor.', { exact: false })).toBeVisible();
  await look(ty, 'es-plan');
  const wide = await ty.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
});
