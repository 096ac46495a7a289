import { expect, it } from 'vitest';
import { isWhole } from './whole';
import { readersIn, whoCan, type Facts, type Stored, type Who } from './whocan';

const at = (ver: number, ...readers: string[]): Stored => ({ ver, at: ver * 60_000, readers });
const facts = (part: Partial<Facts>): Facts => ({ grants: [], on: [], sent: {}, stored: [], left: false, whole: true, newest: 0, unsent: false, unsure: false, ...part });
const everything = (...all: string[]): Who => ({ is: 'readers', all, held: [], rest: false });
const older = (rest: boolean, ...held: [number, ...string[]][]): Who => ({ is: 'readers', all: [], held: held.map(([v, ...accts]) => ({ at: v * 60_000, accts })), rest });
const onlyYou: Who = { is: 'onlyYou' };
const unknown: Who = { is: 'unknown' };

it.each<[string, Partial<Facts>, Who]>([
  ['a new page', { unsent: true }, onlyYou],
  ['saved, and never shared', { stored: [at(1)], newest: 1 }, onlyYou],
  ['turned on for a mentor, and not sealed for them yet', { grants: ['m'], stored: [at(1)], newest: 1 }, onlyYou],
  ['sent', { grants: ['m'], stored: [at(1, 'm')], newest: 1 }, everything('m')],
  ['sent, then edited here', { grants: ['m'], stored: [at(1, 'm')], newest: 1, unsent: true }, older(true, [1, 'm'])],
  ['sent, then saved to oneself alone ("I did it")', { grants: ['m'], stored: [at(1, 'm'), at(2), at(3)], newest: 3 }, older(true, [1, 'm'])],
  ['the newest version that was sealed for them counts', { grants: ['m'], stored: [at(1, 'm'), at(3, 'm'), at(2)], newest: 4 }, older(true, [3, 'm'])],
  ['withdrawn: the file is sealed for them, the server hands it out no more', { grants: [], stored: [at(1, 'm')], newest: 1 }, onlyYou],
  ['the pairing ended or the consent ran out, and another mentor reads on', { grants: ['n'], stored: [at(1, 'm', 'n')], newest: 1 }, everything('n')],
  ['on and sealed for them, and missing in the server’s list', { on: ['m'], stored: [at(1, 'm'), at(2)], newest: 2 }, unknown],
  ['the same beside another mentor who is listed', { grants: ['n'], on: ['m', 'n'], stored: [at(1, 'm', 'n')], newest: 1 }, unknown],
  ['on, missing in the list, and never sealed for them', { on: ['m'], stored: [at(1)], newest: 1 }, onlyYou],
  ['a list of versions with a hole', { grants: ['m'], on: ['m'], stored: [at(2)], newest: 2, whole: false }, unknown],
  ['a list without the version that the vault saw sent', { grants: ['m'], on: ['m'], sent: { m: 1 }, stored: [at(12)], newest: 12 }, unknown],
  ['an older version in place of the one that was sent', { grants: ['m'], on: ['m'], sent: { m: 3 }, stored: [at(2, 'm'), at(3)], newest: 3 }, unknown],
  ['on again after it was off, and not sent yet', { grants: ['m'], on: ['m'], sent: { m: 0 }, stored: [at(4)], newest: 4 }, onlyYou],
  ['two mentors', { grants: ['n', 'm'], stored: [at(1, 'm', 'n')], newest: 1 }, everything('m', 'n')],
  [
    'two mentors with two versions',
    { grants: ['m', 'n'], stored: [at(1, 'm'), at(2, 'n')], newest: 2 },
    { is: 'readers', all: ['n'], held: [{ at: 60_000, accts: ['m'] }], rest: false },
  ],
  ['two mentors with two versions, and an edit', { grants: ['m', 'n'], stored: [at(1, 'm'), at(2, 'n')], newest: 2, unsent: true }, older(true, [2, 'n'], [1, 'm'])],
  ['the server has not said', { grants: null, stored: [at(1)], newest: 1 }, unknown],
  ['the server has not said, and words are here alone', { grants: null, unsent: true }, unknown],
  ['an upload for the mentor got no answer', { grants: ['m'], stored: [at(1)], newest: 1, unsent: true, unsure: true }, unknown],
  ['an upload got no answer, and they hold an earlier version', { grants: ['m'], stored: [at(1, 'm')], newest: 1, unsent: true, unsure: true }, older(false, [1, 'm'])],
  ['an upload got no answer, and the server took it', { grants: ['m'], stored: [at(1), at(2, 'm')], newest: 2, unsent: true, unsure: true }, older(false, [2, 'm'])],
  ['a grant that is listed twice counts once', { grants: ['m', 'm'], stored: [at(1, 'm')], newest: 1 }, everything('m')],
])('%s', (_, part, want) => {
  expect(whoCan(facts(part))).toEqual(want);
});

it('lists everybody who reads some version, and null when it is unknown', () => {
  expect(readersIn(whoCan(facts({ grants: ['m', 'n'], stored: [at(1, 'm'), at(2, 'n')], newest: 2 })))).toEqual(['n', 'm']);
  expect(readersIn(onlyYou)).toEqual([]);
  expect(readersIn(unknown)).toBeNull();
});

it.each<[string, number[], number, boolean]>([
  ['nothing, of nothing', [], 0, true],
  ['nothing, of something', [], 1, false],
  ['all', [2, 1], 2, true],
  ['more than the vault knows', [3, 2, 1], 2, true],
  ['not the newest', [1], 2, false],
  ['the newest only', [2], 2, false],
  ['a hole', [3, 1], 3, false],
  ['the eleven that are kept', [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2], 12, true],
  ['one of them missing', [12, 11, 10, 9, 8, 7, 6, 5, 4, 3], 12, false],
  ['a shared one from before them', [14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 1], 14, true],
])('a list of versions: %s', (_, vers, head, want) => {
  expect(isWhole(vers, head)).toBe(want);
});
