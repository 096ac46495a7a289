// What is new in a text: words of the newer one that are not in the longest common run of both.

import { diffWordsWithSpace } from 'diff';

export interface Part {
  words: string;
  fresh: boolean;
}

/** The newer text in parts; what was taken out is not shown. */
export const changedWords = (was: string, is: string): Part[] =>
  diffWordsWithSpace(was, is)
    .filter((p) => !p.removed)
    .map((p) => ({ words: p.value, fresh: p.added }));
