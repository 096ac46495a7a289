// How easy a text is to read, as the field measures it: Flesch-Kincaid grade for English
// (Kincaid 1975), Flesch-Szigriszt for Spanish on the INFLESZ scale (Barrio-Cantalejo 2008).
// Used by tests only; nothing of it is shipped.

/** Words that no participant reads here, in any form of writing. */
const BANNED = {
  en: ['addict', 'addicts', 'clean', 'dirty', 'failed', 'must'],
  es: ['adicto', 'adicta', 'limpio', 'limpia', 'sucio', 'sucia', 'fracasado', 'fracasada', 'debe', 'debes', 'deben'],
};

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}’']+/gu) ?? [];
const sentencesOf = (text: string): number => Math.max(1, text.split(/[.!?:;]+(?:\s|$)|\n+/).filter((s) => /\p{L}/u.test(s)).length);

export function bannedIn(text: string, language: 'en' | 'es'): string[] {
  const words = new Set(wordsOf(text));
  return BANNED[language].filter((w) => words.has(w));
}

const EN_EXCEPTIONS: Record<string, number> = {
  people: 2,
  someone: 2,
  something: 2,
  somewhere: 2,
  one: 1,
  once: 1,
  done: 1,
  come: 1,
  comes: 1,
  some: 1,
  here: 1,
  there: 1,
  idea: 3,
  quiet: 2,
  area: 3,
};

/** Syllables of an English word: groups of vowels, less what is silent at its end. */
export function syllablesEn(word: string): number {
  const w = word.toLowerCase().replace(/[^a-z]/g, '');
  if (w in EN_EXCEPTIONS) return EN_EXCEPTIONS[w] ?? 1;
  if (w.length <= 3) return 1;
  const core = w.replace(/(?:[^laeiouygcszxh]es|[^td]ed|[^laeiouy]e)$/, '').replace(/^y/, '');
  return Math.max(1, (core.match(/[aeiouy]{1,2}/g) ?? []).length);
}

/** Syllables of a Spanish word: strong vowels part, a stressed í or ú parts too; u is silent in
 * gue, gui, que, qui. */
export function syllablesEs(word: string): number {
  const w = word
    .toLowerCase()
    .replace(/qu(?=[eiéí])/g, 'q')
    .replace(/gu(?=[eiéí])/g, 'g')
    .replace(/y$/, 'i');
  let count = 0;
  let before = '';
  for (const c of w) {
    if (!'aeiouáéíóúü'.includes(c)) {
      before = '';
      continue;
    }
    const weak = 'iuü';
    const joins = before !== '' && (weak.includes(c) || weak.includes(before)) && !'íú'.includes(c) && !'íú'.includes(before);
    if (!joins) count++;
    before = c;
  }
  return Math.max(1, count);
}

const total = (words: string[], of: (w: string) => number): number => words.reduce((n, w) => n + of(w), 0);

/** The Flesch-Kincaid school grade of an English text. */
export function grade(text: string): number {
  const words = wordsOf(text);
  return 0.39 * (words.length / sentencesOf(text)) + 11.8 * (total(words, syllablesEn) / words.length) - 15.59;
}

/** The Flesch-Szigriszt score of a Spanish text; 65 and more is easy. */
export function inflesz(text: string): number {
  const words = wordsOf(text);
  return 206.835 - 62.3 * (total(words, syllablesEs) / words.length) - words.length / sentencesOf(text);
}
