import { expect, test } from 'vitest';
import { storyOf } from './cases';

test('both languages have the same stories, each with all its parts', async () => {
  for (let n = 1; n <= 10; n++) {
    const [en, es] = [await storyOf(`1.${n}`, 'en'), await storyOf(`1.${n}`, 'es')];
    for (const story of [en, es]) {
      expect(Object.keys(story ?? {})).toEqual(['title', 'case', 'speaker', 'listener']);
      expect(Object.values(story ?? {}).every((words) => words.length > 5)).toBe(true);
    }
    expect(en?.title).not.toBe(es?.title);
  }
});

test('an unknown story is null', async () => {
  expect(await storyOf('1.11', 'en')).toBeNull();
  expect(await storyOf('9.1', 'es')).toBeNull();
  expect(await storyOf('', 'en')).toBeNull();
});

test('no story mentions a program: no steps, no sponsors, no higher power', async () => {
  for (let n = 1; n <= 10; n++) {
    const all = JSON.stringify([await storyOf(`1.${n}`, 'en'), await storyOf(`1.${n}`, 'es')]);
    expect(all).not.toMatch(/\bstep|sponsor|\bgod\b|prayer|alcohol|drink|drug|paso|padrino|dios|droga|beber/i);
  }
});
