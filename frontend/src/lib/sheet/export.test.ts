import { expect, test } from 'vitest';
import { allJson, pageHtml } from './export';
import { loadForm } from './forms';

test('a copy holds every answer that is shown, as text and nothing else', async () => {
  const form = await loadForm('entry@1', 'en', 'twelve_step');
  const html = pageHtml(form, { nick: 'J.', tie: 'friend', did: '<script>alert(1)</script>\nand more' }, '<b>J.</b>', 'en');
  expect(html).toContain('Friend');
  expect(html).toContain('and more');
  expect(html).not.toMatch(/<script|<b>|Amends/i);
  expect(html).not.toContain('How willing');
});

test('the export of all pages keeps fields unknown to this version', () => {
  const row = {
    ws: 'x',
    kind: 'plan' as const,
    tpl: 'plan@1' as const,
    title: 'J.',
    time: '',
    about: '',
    day: '',
    state: null,
    news: false,
    readers: [],
    unsent: false,
    broken: false,
    answers: { nick: 'J.', later: { deep: [1] } },
  };
  expect(JSON.parse(allJson([row]))).toEqual({ pages: [{ kind: 'plan', form: 'plan@1', title: 'J.', answers: { nick: 'J.', later: { deep: [1] } } }] });
});
