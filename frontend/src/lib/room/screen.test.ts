import { describe, expect, it } from 'vitest';
import type { FacilitatorView } from '../wire/wire';
import { shownOn } from './screen';

const room = (v: object): FacilitatorView => ({ state: 'running', calm: false, holding: false, words: [], ...v }) as unknown as FacilitatorView;
const answers = { result: 'counts', shown: true };

describe('the small picture of the big screen', () => {
  it.each([
    ['a room that is open', { state: 'open' }, 'welcome', []],
    ['a part', {}, 'part', []],
    ['a quiet moment', { calm: true, pulse: answers, turn: {} }, 'quiet', []],
    ['a room without a counselor', { holding: true }, 'quiet', []],
    ['answers that are shown', { pulse: answers, turn: {} }, 'answers', []],
    ['answers that are shown in a pause', { pulse: answers, state: 'paused' }, 'answers', ['paused']],
    ['answers for the counselor only', { pulse: { result: 'counts', shown: false } }, 'part', []],
    ['an open question while someone speaks', { pulse: { result: 'open', shown: false }, turn: {} }, 'part', ['speaks', 'asks']],
    ['practice groups in a pause', { trios: {}, state: 'paused' }, 'part', ['groups', 'paused']],
    ['the end', { state: 'ended', calm: true }, 'ended', []],
  ])('%s', (_, view, shown, lines) => {
    expect(shownOn(room(view))).toEqual({ shown, lines, words: [] });
  });

  it('names the same texts as the screen, where the screen shows them', () => {
    const words = [{ id: 'a', word: 'hopeful' }];
    expect(shownOn(room({ words })).words).toEqual(words);
    expect(shownOn(room({ words, state: 'paused' })).words).toEqual(words);
    for (const covered of [{ pulse: answers }, { calm: true }, { holding: true }, { state: 'ended' }, { state: 'open' }])
      expect(shownOn(room({ words, ...covered })).words).toEqual([]);
  });
});
