// Marks the new words of a text: words of the newer text that are not in the longest common
// subsequence of both.

import { diffWordsWithSpace } from 'diff';

export interface Part {
  words: string;
  fresh: boolean;
}

/** The newer text in parts; removed words are not included. */
export const changedWords = (was: string, is: string): Part[] =>
  diffWordsWithSpace(was, is)
    .filter((p) => !p.removed)
    .map((p) => ({ words: p.value, fresh: p.added }));
