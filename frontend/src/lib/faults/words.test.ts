// @vitest-environment happy-dom
// A device in Spanish never says the server's English, and a fault says why, not only that something
// broke.

import { expect, it } from 'vitest';
import { ApiFault } from '../net/api';
import { text } from '../text/text.svelte';
import { faultWords } from './words';

it('says a fault in the language of the device', async () => {
  document.documentElement.lang = 'es';
  await text.begin();
  const refused = (code: string, status = 409, wait = 0) => new ApiFault(status, code, 'English of the server.', [], wait);
  expect(faultWords(refused('assignment.exists'))).toBe('Ya son un par.');
  expect(faultWords(refused('grant.no_page'), 'No funcionó.')).toBe('Esta página aún no se guardó, o ya no está. Guárdala antes.');
  expect(faultWords(refused('of.a_newer_server'), 'No funcionó.')).toBe('No funcionó.');
  expect(faultWords(refused('too_many', 429, 7))).toContain('7');
  expect(faultWords(refused('offline', 0))).toBe(text.t.shared.offline);
  expect(faultWords(new Error('English'))).toBe(text.t.shared.broken);
});
