import { describe, expect, it } from 'vitest';
import type { Answers } from './answers';
import { checkOf, clearedBy, feedbackBody, gateOf, readFeedback, stateOf, type Feedback } from './plan';

const plan: Answers = {
  nick: 'Coach',
  route: 'meet',
  why: 'He likes to talk.',
  own: 'I lied.',
  when: '2026-06-01',
  sup_before: 'Ray',
  safety: { rules: 'safety@1', on: '2026-05-12', kept: { q1: 'no' }, was: [] },
};

async function says(mark: Feedback['mark'], more: Partial<Feedback> = {}, of = plan): Promise<Feedback> {
  return {
    author: 'm',
    name: 'Maria',
    ver: 1,
    on: { ver: 3, hash: 'h' },
    at: '2026-05-12',
    mark,
    gate: await gateOf(of),
    check: await checkOf(of),
    ticked: [],
    why: [],
    overall: '',
    steps: {},
    ...more,
  };
}

const state = async (a: Answers, feedback: Feedback[], today = '2026-05-13') => stateOf(a, await gateOf(a), feedback, today);

describe('where a plan stands', () => {
  it('is a draft, then sent, then what the mentor says', async () => {
    expect(await state(plan, [])).toBe('draft');
    const sent = { ...plan, sent: await gateOf(plan) };
    expect(await state(sent, [])).toBe('sent');
    expect(await state(sent, [await says('ready')])).toBe('ready');
    expect(await state(sent, [await says('not_yet')])).toBe('not_yet');
    expect(await state({ ...sent, state: 'resting' }, [await says('ready')])).toBe('resting');
  });

  it('any Not yet wins', async () => {
    expect(await state(plan, [await says('ready'), await says('not_yet', { author: 'r' })])).toBe('not_yet');
  });

  it('Ready lapses after 30 days, Not yet does not', async () => {
    expect(await state(plan, [await says('ready')], '2026-06-11')).toBe('ready');
    expect(await state(plan, [await says('ready')], '2026-06-12')).toBe('draft');
    expect(await state(plan, [await says('not_yet')], '2026-08-01')).toBe('not_yet');
  });

  it.each([
    ['why', 'Another reason.', 'draft'],
    ['own', 'More words.', 'draft'],
    ['r_anger', 'Listen.', 'draft'],
    ['pay_kind', 'money', 'draft'],
    ['safety', { rules: 'safety@1', on: '2026-05-12', kept: { q1: 'unsure' }, was: [] }, 'draft'],
    ['when', '2026-06-03', 'ready'],
    ['sup_before', 'Ana', 'ready'],
    ['care', 'A walk.', 'ready'],
    ['safety', { rules: 'safety@1', on: '2026-05-20', kept: { q1: 'no' }, was: [] }, 'ready'],
  ])('after Ready an edit of %s to %j leaves it %s', async (key, value, want) => {
    expect(await state({ ...plan, [key]: value }, [await says('ready')], '2026-05-21')).toBe(want);
  });

  it('ticked steps outlive a new way, but not a new answer or a Not yet', async () => {
    const ready = await says('ready', { ticked: ['q5'] });
    const moved = { ...plan, route: 'call' };
    expect(clearedBy(await gateOf(moved), await checkOf(moved), [ready], '2026-05-20')).toEqual(['q5']);
    const changed = { ...plan, safety: { rules: 'safety@1', on: '2026-05-20', kept: { q1: 'yes' }, was: ['q1'] } };
    expect(clearedBy(await gateOf(changed), await checkOf(changed), [ready], '2026-05-20')).toEqual([]);
    expect(clearedBy(await gateOf(plan), await checkOf(plan), [ready, await says('not_yet')], '2026-05-20')).toEqual([]);
    expect(clearedBy(await gateOf(plan), await checkOf(plan), [ready], '2026-07-20')).toEqual([]);
  });

  it('feedback is read back as it was written, and nonsense as nothing', async () => {
    const f = await says('not_yet', { overall: 'Kind words "and" \u{1F33F}', why: ['words'], steps: { '3': 'Good.' } });
    expect(readFeedback(feedbackBody(f), f.author, f.name, f.ver)).toEqual(f);
    expect(readFeedback('{"mark":"maybe","ticked":[1],"steps":{"1":2}}', 'm', 'Maria', 1)).toMatchObject({ mark: '', ticked: [], steps: {} });
  });
});
