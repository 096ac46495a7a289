// The cases of the design: every row with every alternative, with texts in both languages for every
// result and reason.

import { describe, expect, it } from 'vitest';
import { stateOf, type Feedback } from '../plan';
import cases from './cases.2.json';
import { day, Somebody } from './person';
import { canBeReady, RULES, type Level, type Verdict } from './safety';
import en from './words.2.en.json';
import es from './words.2.es.json';

type Row = [number, Record<string, string>, string, string, string, string, string, string];
const rows = cases as unknown as Row[];

const ROUTES: Record<string, string[]> = {
  D: ['meet', 'call', 'letter', 'pay', 'help', 'living', 'unsent', 'wait'],
  S: ['living', 'unsent', 'pay'],
  V: ['living', 'unsent', 'pay'],
  W: ['living', 'unsent', 'wait'],
  W5: ['living', 'unsent', 'wait'],
  I: ['pay', 'help', 'living', 'unsent'],
  IN: ['help', 'living', 'unsent'],
  L: ['living', 'unsent'],
};

const every = RULES.questions.map((q) => q.key);
const key = (q: string) => q.toLowerCase();

/** The answers of a row, expanded to one alternative each. */
function answersOf(given: Record<string, string>): Record<string, string>[] {
  return Object.entries(given).reduce<Record<string, string>[]>(
    (all, [q, values]) => (q.startsWith('lift') ? all : all.flatMap((one) => values.split('|').map((v) => ({ ...one, [key(q)]: v })))),
    [{}],
  );
}

// The history of a row, by number: each gives its alternatives. Rows without one are answered and
// judged on d0.
const once = (given: Record<string, string>) => [new Somebody().check(0, given)];
const histories: Record<number, (given: Record<string, string>) => Somebody[]> = {
  7: (given) => [new Somebody().check(0, given), new Somebody().check(0, Object.fromEntries(every.map((q) => [q, 'skip'])))],
  20: () => [new Somebody().check(0, { q9: 'yes' }).check(0, { q9: 'no' })],
  22: (given) => [new Somebody().check(0, given).at(1).tick('q10')],
  24: (given) => [new Somebody().check(0, given).at(1).tick('q8')],
  26: () => [20, 25].map((d) => new Somebody().check(0, { q1: 'yes' }).check(d, {}, { ended: day(19) })),
  28: () => ['', day(21), 'not a date', '2026-02-31'].map((ended) => new Somebody().check(0, { q1: 'yes' }).check(20, {}, { ended })),
  29: () =>
    [{}, { ended: day(10) }].map((also) =>
      new Somebody()
        .check(0, { q1: 'yes' })
        .check(20, {}, { ended: day(10) })
        .check(25, { q1: 'yes' })
        .check(25, {}, also)
        .at(40 - 10),
    ),
  30: () => [
    ...[0, 6, 7].map((d) => new Somebody().check(0, { q2: 'yes' }).check(d, {}).tick('q2')),
    new Somebody().check(0, { q2: 'yes' }).check(7, { q2: 'yes' }, { lift: ['q2'] }),
    new Somebody()
      .check(0, { q2: 'yes' })
      .check(6, { q2: 'yes' }, { lift: ['q2'] })
      .tick('q2'),
  ],
  31: (given) =>
    [7, 29, 30].map((d) =>
      new Somebody()
        .check(0, given)
        .check(d, given, { lift: ['q2'] })
        .tick('q2'),
    ),
  32: (given) => [
    new Somebody()
      .check(0, given)
      .check(7, given, { lift: ['q4'] })
      .tick('q4'),
  ],
  33: () =>
    ['yes', 'unsure'].flatMap((q3) =>
      [0, 7, 30].map((d) =>
        new Somebody()
          .check(0, { q3 })
          .check(d, {})
          .tick(...every),
      ),
    ),
  35: () => [0, 6, 7, 29].map((d) => new Somebody().check(0, { q6: 'yes' }).check(d, {})),
  36: () => [29, 30].map((d) => new Somebody().check(0).at(d)),
  37: () => {
    const mixed = new Somebody().check(28);
    if (mixed.checked)
      mixed.checked = { ...mixed.checked, days: { ...mixed.checked.days, ...Object.fromEntries(['q1', 'q2', 'them_unsafe', 'victim', 'legal', 'q6'].map((q) => [q, day(0)])) } };
    return [new Somebody().check(0).at(31), mixed.at(31)];
  },
  39: () => [planned(new Somebody().check(0).at(3), 3)],
  41: (given) => [planned(planned(new Somebody().check(1), 3).check(3, given), 3)],
  42: () => [reached('died')],
  44: () => {
    const me = new Somebody();
    me.reach = 'me';
    return [me];
  },
  46: (given) => {
    const shop = new Somebody().check(0, given).at(8).tick('q5');
    shop.business = true;
    return [shop];
  },
};

function planned(who: Somebody, on: number): Somebody {
  who.planned = day(on);
  return who;
}

function reached(reach: string): Somebody {
  const who = new Somebody();
  who.reach = reach;
  return who.check(0);
}

const tested = rows.flatMap((row) =>
  answersOf(row[1]).flatMap((given) => (histories[row[0]] ?? once)(given).map((who, i): [string, Row, Somebody] => [`${row[0]} ${JSON.stringify(given)} ${i}`, row, who])),
);
const levelOf = (result: string): Level => (result === 'DIRECT' ? 'CLEAR' : result) as Level;

const wordsOf = (words: typeof en, voice: 'reasons' | 'mentor' | 'ticks', r: Verdict['reasons'][number]): string => {
  const said = (words[voice] as unknown as Record<string, string | Record<string, string>>)[r.key];
  return typeof said === 'string' ? said : (said?.[r.level] ?? '');
};

it('every row of the design is tested', () => expect(new Set(tested.map(([, row]) => row[0])).size).toBe(38));

describe.each(tested)('case %s', (_, [, , , result, routes, , mentor], who) => {
  const v = who.verdict();

  it(`is ${result}, with the routes ${routes}`, () => {
    expect(v.result).toBe(levelOf(result));
    expect([...v.routes].sort()).toEqual([...(ROUTES[routes] ?? [])].sort());
    expect(v.victims).toBe(routes === 'V');
    if (routes === 'W5' || routes === 'V') expect(v.admits).toBe(true);
  });

  it('has texts for the result and each reason, in both languages and for writer and mentor', () => {
    for (const words of [en, es])
      for (const r of [...v.reasons, ...who.verdict([]).reasons]) {
        expect(words.results[v.result].title).not.toBe('');
        expect(wordsOf(words, 'reasons', r), r.key).not.toBe('');
        expect(wordsOf(words, 'mentor', r), r.key).not.toBe('');
        if (r.tick) expect(wordsOf(words, 'ticks', r), r.key).not.toBe('');
      }
  });

  it('lets a mentor mark Ready only on an open route', () => {
    for (const route of ['meet', 'call', 'letter', 'help']) if (canBeReady(v, route)) expect(ROUTES[routes]).toContain(route);
    if (v.result !== 'CLEAR') expect(RULES.direct.some((route) => canBeReady(v, route))).toBe(false);
  });

  it(`shows a mentor ${mentor}`, () => {
    if (mentor === 'm0') expect(v.reasons.every((r) => r.key === 'reach')).toBe(true);
    if (['m1', 'm2', 'm4'].includes(mentor)) expect(v.reasons.length).toBeGreaterThan(0);
    if (mentor === 'm2') for (const r of v.reasons) if (r.level === 'WAIT' && r.key !== 'again') expect(r.tick, r.key).toBe(true);
    expect(v.lightened.some((l) => l.done)).toBe(mentor === 'm3');
  });
});

describe('rules beside the rows', () => {
  const answersFor = (route: string) => ({ route, nick: 'Coach' });
  const by = (author: string, mark: Feedback['mark'], gate: string): Feedback => ({
    author,
    name: author,
    ver: 1,
    on: { ver: 1, hash: '' },
    at: day(1),
    mark,
    gate,
    check: '',
    ticked: [],
    bonds: {},
    why: [],
    overall: '',
    steps: {},
  });

  it('41: Ready is void at once when the plan’s day comes', () => {
    const who = new Somebody().check(1);
    who.planned = day(3);
    const given = [by('a', 'ready', 'g')];
    expect(stateOf(answersFor('meet'), 'g', given, day(2), who.at(2).verdict())).toBe('ready');
    expect(stateOf(answersFor('meet'), 'g', given, day(3), who.at(3).verdict())).not.toBe('ready');
  });

  it('51: a Not yet stands through every edit, until that mentor answers again', () => {
    const v = new Somebody().check(0).verdict();
    expect(stateOf(answersFor('meet'), 'edited', [by('a', 'ready', 'edited'), by('b', 'not_yet', 'g')], day(1), v)).toBe('not_yet');
    expect(stateOf(answersFor('meet'), 'edited', [by('a', 'ready', 'edited'), by('b', 'ready', 'edited')], day(1), v)).toBe('ready');
  });

  it('31: a lift told a week after a stop needs a tick for this very lift', () => {
    const who = new Somebody()
      .check(0, { q2: 'yes' })
      .tick('q2')
      .check(7, { q2: 'yes' }, { lift: ['q2'] });
    expect(who.verdict().result).toBe('STOP');
    expect(who.tick('q2').verdict().result).toBe('CLEAR');
    expect(who.check(9, { q2: 'yes' }, { lift: ['q2'] }).verdict().result).toBe('CLEAR');
    expect(who.check(9, { q2: 'yes' }).verdict().result).toBe('STOP');
  });

  it('31: a lift that is not repeated is taken back, also beside a No', () => {
    const who = new Somebody()
      .check(0, { q2: 'yes' })
      .check(7, { q2: 'yes' }, { lift: ['q2'] })
      .tick('q2');
    expect(who.verdict().result).toBe('CLEAR');
    expect(
      who
        .check(9, {}, { refuse: ['q2'] })
        .tick('q2')
        .verdict().result,
    ).toBe('STOP');
  });

  // Rule 2.2: "we know" does not mean "all is well".
  it.each(['q1', 'q2', 'q4', 'q9', 'q11', 'q12'])('%s waits for a clear answer and a tick, neither alone', (q) => {
    const wait = () => new Somebody().check(0, { [q]: 'unsure' });
    expect(wait().tick(q).verdict().result).toBe('WAIT');
    expect(wait().check(1).verdict().result).toBe('WAIT');
    expect(wait().check(1).tick(q).verdict().result).toBe('CLEAR');
  });

  it('a tick is bound to its own answer', () => {
    const who = new Somebody().check(0, { q5: 'yes', q10: 'yes' }).tick('q5', 'q10');
    expect(who.verdict().result).toBe('CLEAR');
    who.check(1, { q5: 'yes', q10: 'unsure' });
    expect(who.verdict().reasons.map((r) => r.key)).toEqual(['q10']);
  });
});
