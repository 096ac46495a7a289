// The text of the consent, by version. A signed consent stores its version, so that it can be read
// again; a change of wording is a new file, never an edit of a signed version.

import en1 from './consent.1.en.json';
import es1 from './consent.1.es.json';

export type ConsentWords = typeof en1;

const all: Record<string, Record<string, ConsentWords>> = { 'consent@1': { en: en1, es: es1 } };

/** The version signed today; the server has the same list. */
export const CONSENT = 'consent@1';

/** The words of a version in a language. */
export const consentWords = (version: string, language: string): ConsentWords => all[version]?.[language] ?? en1;
