import { describe, expect, it } from 'vitest';
import type { Answers } from './answers';
import { keepStrongest, putOtherNotYets, sameWords } from './safety/keep';
import {
  bondsOf,
  canEnd,
  checkOf,
  clearedBy,
  feedbackBody,
  gateOf,
  heldOf,
  isSet,
  readFeedback,
  stateOf,
  otherNotYetsOf,
  verdictOf,
  withKept,
  type Feedback,
  type State,
} from './plan';
import { CLEAR } from './safety/person';
import { answer, RULES, unchecked } from './safety/safety';
import { show } from './safety/findings';

let ids = 0;
function checked(given: Record<string, string> = {}, on = '2026-05-12'): Answers {
  const c = RULES.questions.reduce((all, q) => answer(all, q, given[q.key] ?? CLEAR[q.key] ?? 'no', on), unchecked(on));
  const { checked, findings } = show(c, { stops: {}, lifts: {} }, 'yes', on, () => `id${++ids}`);
  return { safety: checked, standing: findings };
}

const plan: Answers = {
  nick: 'Coach',
  route: 'meet',
  why: 'He likes to talk.',
  own: 'I lied.',
  when: '2026-07-01',
  sup_before: 'Ray',
  ...checked(),
};

const gate = async (a: Answers) => (await gateOf('plan@1', a)) ?? '';

async function says(mark: Feedback['mark'], more: Partial<Feedback> = {}, of = plan): Promise<Feedback> {
  return {
    author: 'm',
    name: 'Maria',
    ver: 1,
    on: { ver: 3, hash: 'h' },
    at: '2026-05-12',
    mark,
    gate: await gate(of),
    check: await checkOf(of),
    ticked: [],
    bonds: {},
    why: [],
    overall: '',
    steps: {},
    ...more,
  };
}

const state = async (a: Answers, feedback: Feedback[], today = '2026-05-13') => stateOf(a, await gate(a), feedback, today, verdictOf(a, today, []));

describe('the state of a plan', () => {
  it('is a draft, then sent, then what the mentor says', async () => {
    expect(await state(plan, [])).toBe('draft');
    const sent = { ...plan, sent: await gate(plan) };
    expect(await state(sent, [])).toBe('sent');
    expect(await state(sent, [await says('ready')])).toBe('ready');
    expect(await state(sent, [await says('not_yet')])).toBe('not_yet');
    expect(await state({ ...sent, state: 'resting' }, [await says('ready')])).toBe('resting');
  });

  it('the planned day says go on an open route that is Ready or needs no Ready, and never on a stop', () => {
    const go = (where: State, of: Answers, route: string) => isSet(where, verdictOf(of, '2026-05-13', []), route);
    expect((['draft', 'sent', 'not_yet', 'ready', 'done'] as const).filter((where) => go(where, plan, 'meet'))).toEqual(['ready']);
    expect((['draft', 'sent', 'not_yet', 'ready', 'done'] as const).filter((where) => go(where, plan, 'living'))).toEqual(['draft', 'sent', 'ready']);
    const [stop, wait] = [checked({ q3: 'yes' }), checked({ q10: 'yes' })];
    for (const route of ['meet', 'living', 'unsent']) expect(go('ready', stop, route)).toBe(false);
    expect([go('ready', wait, 'meet'), go('draft', wait, 'living')]).toEqual([false, true]);
    // The check is too old, or no route is chosen.
    for (const route of ['meet', 'living']) expect([isSet('ready', verdictOf(plan, '2026-06-30', []), route), isSet('ready', null, route)]).toEqual([false, false]);
    expect(go('ready', plan, '')).toBe(false);
  });

  it('a plan can be called done where its day says go, on a stop if it reaches nobody, never under a Not yet', () => {
    const ends = (of: Answers, route: string) => (['draft', 'sent', 'not_yet', 'ready'] as const).filter((where) => canEnd(where, verdictOf(of, '2026-05-13', []), route));
    expect([ends(plan, 'meet'), ends(plan, 'living')]).toEqual([['ready'], ['draft', 'sent', 'ready']]);
    const stop = checked({ q3: 'yes' });
    expect([ends(stop, 'meet'), ends(stop, 'living'), ends(stop, 'pay')]).toEqual([[], ['draft', 'sent', 'ready'], ['draft', 'sent', 'ready']]);
    expect([canEnd('sent', verdictOf(plan, '2026-06-30', []), 'living'), canEnd('sent', null, 'living')]).toEqual([false, false]);
  });

  it('one Not yet outweighs every Ready', async () => {
    expect(await state(plan, [await says('ready'), await says('not_yet', { author: 'r' })])).toBe('not_yet');
  });

  it('a Not yet stands through every edit and send, until that mentor answers again', async () => {
    const no = await says('not_yet', { author: 'r' });
    const edited = { ...plan, why: 'Another reason.' };
    const yes = await says('ready', {}, edited);
    expect(await state({ ...edited, sent: await gate(edited) }, [no, yes])).toBe('not_yet');
    expect(await state(edited, [{ ...yes, author: 'r' }, yes])).toBe('ready');
  });

  it('a Not yet from another plan counts here too, and changes neither gate nor text of this plan', async () => {
    const no = { x: { mark: 'not_yet', on: '2026-05-10', by: 'r', ws: 'other', ver: 2 } } as const;
    expect(await state(plan, withKept('p', [await says('ready')], no))).toBe('not_yet');
    expect(clearedBy(heldOf(plan), withKept('p', [await says('', { ticked: ['q5'], bonds: { q5: 'b' } })], no), '2026-05-13')).toEqual([]);
    // On this plan the answer itself counts, once it is there.
    const own = { x: { ...no.x, ws: 'p' } };
    expect(withKept('p', [], own).map((f) => [f.mark, f.at, f.doubt])).toEqual([['not_yet', '2026-05-10', undefined]]);
    expect((await Promise.all([says('ready', { author: 'r', ver: 2 }), says('ready', { author: 'r', ver: 1 })])).map((f) => withKept('p', [f], own).length)).toEqual([1, 2]);
    const noted = putOtherNotYets(plan, no);
    expect([await gate(noted), await checkOf(noted)]).toEqual([await gate(plan), await checkOf(plan)]);
    expect([sameWords(noted, plan), otherNotYetsOf(keepStrongest(plan, noted)), otherNotYetsOf(putOtherNotYets(noted, {}))]).toEqual([
      true,
      { x: { mark: 'not_yet', on: '2026-05-10' } },
      {},
    ]);
  });

  it('Ready counts only while the route is open', async () => {
    const stopped = { ...plan, ...checked({ q9: 'yes' }) };
    expect(await state(stopped, [await says('ready', {}, stopped)])).toBe('draft');
  });

  it('Ready lapses after 30 days, Not yet does not', async () => {
    expect(await state(plan, [await says('ready')], '2026-06-11')).toBe('ready');
    expect(stateOf(plan, await gate(plan), [await says('ready')], '2026-06-12', verdictOf(plan, '2026-05-12', []))).toBe('draft');
    expect(await state(plan, [await says('not_yet')], '2026-08-01')).toBe('not_yet');
  });

  it.each([
    ['why', 'Another reason.', 'draft'],
    ['own', 'More words.', 'draft'],
    ['r_anger', 'Listen.', 'draft'],
    ['pay_kind', 'money', 'draft'],
    ['safety', checked({ q6: 'yes' })['safety'], 'draft'],
    ['standing', checked({ q6: 'yes' })['standing'], 'draft'],
    ['reach', 'unknown', 'draft'],
    ['when', '2026-07-03', 'ready'],
    ['sup_before', 'Ana', 'ready'],
    ['care', 'A walk.', 'ready'],
    ['safety', checked({}, '2026-05-20')['safety'], 'ready'],
  ])('after Ready an edit of %s to %j leaves it %s', async (key, value, want) => {
    expect(await state({ ...plan, [key]: value }, [await says('ready')], '2026-05-21')).toBe(want);
  });

  it('ticks survive a new route and other edits, but not a new answer to their question or a Not yet', async () => {
    const first = { ...plan, ...checked({ q5: 'yes', q10: 'yes' }) };
    const given = await says('', { ticked: ['q5', 'q10'], bonds: bondsOf(first, ['q5', 'q10']) }, first);
    const held = heldOf(first);
    expect(clearedBy(held, [given], '2026-05-20')).toEqual(['q5', 'q10']);
    expect(clearedBy({ ...held, stops: { ...held.stops, again: { group: 'urge', level: 'WAIT', on: '2026-05-20' } } }, [given], '2026-05-20')).toEqual(['q5']);
    expect(clearedBy(held, [given, await says('not_yet', { author: 'r' })], '2026-05-20')).toEqual([]);
    expect(clearedBy(held, [given], '2026-07-20')).toEqual([]);
    // A tick from before ticks were bound to a reason does not count.
    expect(clearedBy(held, [{ ...given, bonds: {} }], '2026-05-20')).toEqual([]);
  });

  it('feedback survives encoding and decoding, and malformed parts are dropped', async () => {
    const f = await says('not_yet', { overall: 'Kind words "and" \u{1F33F}', why: ['words'], steps: { '3': 'Good.' } });
    expect(readFeedback(feedbackBody(f), f.author, f.name, f.ver)).toEqual(f);
    expect(readFeedback('{"mark":"maybe","ticked":[1],"steps":{"1":2}}', 'm', 'Maria', 1)).toMatchObject({ mark: '', ticked: [], steps: {} });
  });
});
