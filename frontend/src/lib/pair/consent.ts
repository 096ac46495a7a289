// The words of the consent, by version. What was signed is named by its version and can be read
// again; a change of wording is a new file, never an edit of one that somebody has signed.

import en1 from './consent.1.en.json';
import es1 from './consent.1.es.json';

export type ConsentWords = typeof en1;

const all: Record<string, Record<string, ConsentWords>> = { 'consent@1': { en: en1, es: es1 } };

/** The version that is signed today; the server knows the same list. */
export const CONSENT = 'consent@1';

/** The words of a version in a language. */
export const consentWords = (version: string, language: string): ConsentWords => all[version]?.[language] ?? en1;
