import { describe, expect, it } from 'vitest';
import { noFindings } from '../../vault/findings';
import { CLEAR, day, Somebody } from './person';
import { answer, askAgain, asksOf, canBeReady, choicesOf, isFree, judge, nameOf, RULES, unchecked, type Checked, type Level } from './safety';
import { bondOf, lastYes, strongerCheck } from './findings';

const TODAY = day(0);
const asked = { reach: 'yes', today: TODAY, planned: '' };
const check = (given: Record<string, string> = {}): Checked => RULES.questions.reduce((c, q) => answer(c, q, given[q.key] ?? CLEAR[q.key] ?? 'no', TODAY), unchecked(TODAY));
const rank = (l: Level) => ['STOP', 'WAIT', 'LIVING', 'INDIRECT', 'CLEAR'].indexOf(l);

describe('all combinations of answers', () => {
  // Answers of one question with the same level form one class; every combination of classes is
  // checked.
  const classes = RULES.questions.map((q) => {
    const seen = new Map<unknown, string>();
    for (const choice of choicesOf(q)) seen.set(q[choice === 'skip' ? 'unsure' : choice], choice);
    return { q, choices: [...seen.values()] };
  });

  it('the strongest level wins, and a direct route is open only when nothing stands', () => {
    let walked = 0;
    const walk = (i: number, c: Checked, strongest: Level) => {
      const next = classes[i];
      if (!next) {
        for (const reach of ['yes', 'unknown']) {
          const want = [strongest, RULES.reach[reach]?.level ?? 'CLEAR'].sort((a, b) => rank(a) - rank(b))[0];
          const v = judge(c, noFindings(), [], { ...asked, reach });
          walked++;
          if (v.result !== want) expect.fail(`${JSON.stringify(c.kept)} ${reach}: ${v.result}, not ${want}`);
          if (v.result !== 'CLEAR' && v.routes.some((r) => RULES.direct.includes(r))) expect.fail(`${JSON.stringify(c.kept)}: a direct way is open on ${v.result}`);
          if (!v.routes.includes('living') || !v.routes.includes('unsent')) expect.fail('living amends and a letter that is not sent are always open');
        }
        return;
      }
      for (const choice of next.choices) {
        const level = next.q[choice === 'skip' ? 'unsure' : choice] as Level;
        walk(i + 1, answer(c, next.q, choice, TODAY), rank(level) < rank(strongest) ? level : strongest);
      }
    };
    walk(0, unchecked(TODAY), 'CLEAR');
    expect(walked).toBe(classes.reduce((n, c) => n * c.choices.length, 2));
  });
});

describe('what is stored', () => {
  it('has no answer to questions 3, 4 and 5, only a group and a level', () => {
    const c = check({ q3: 'yes', q4: 'unsure', q5: 'yes' });
    expect(c.kept['q3'] ?? c.kept['q4'] ?? c.kept['q5']).toBeUndefined();
    expect([c.kept['them_unsafe'], c.kept['victim'], c.kept['legal']]).toEqual(['STOP', 'WAIT', 'WAIT']);
    expect(check({ q3: 'yes' })).toEqual(check({ q3: 'unsure' }));
  });

  it('survives asking again and stopping half way', () => {
    const who = new Somebody().check(0, { q3: 'yes' });
    who.checked = askAgain(who.checked, day(40));
    const v = who.at(40).verdict();
    expect([v.result, v.again, v.reasons.map((r) => r.key)]).toEqual(['STOP', true, ['q3', 'open']]);
  });
});

describe('time', () => {
  it('an answer from the future is asked again', () => {
    const who = new Somebody().check(5);
    expect(who.at(5).verdict().again).toBe(false);
    expect(who.at(4).verdict()).toMatchObject({ again: true, result: 'WAIT' });
  });

  it('one fresh answer does not make the others younger', () => {
    const who = new Somebody().check(0);
    const q1 = RULES.questions[0];
    if (who.checked && q1) who.checked = { ...answer(who.checked, q1, 'no', day(31)), shown: day(31) };
    expect(who.at(31).verdict().again).toBe(true);
  });
});

describe('the end of a court order', () => {
  const order = () => new Somebody().check(10, { q1: 'yes' });
  const result = (who: Somebody, on: number) => who.at(on).verdict().result;

  it('before the day of the Yes lifts nothing, on the same day or ever', () => {
    for (const ended of ['1999-01-01', day(9)]) for (const on of [10, 11, 40]) expect([ended, on, result(order().check(on, {}, { ended }), on)]).toEqual([ended, on, 'STOP']);
    // Nor does it after the Yes was given again on the day of the first, with the end told earlier.
    const again = order().check(30, {}, { ended: day(12) });
    expect(result(again, 30)).toBe('CLEAR');
    expect(result(again.check(30, { q1: 'yes' }).check(30, {}, { ended: day(12) }), 30)).toBe('STOP');
  });

  it('on or after the day of the Yes lifts once seven days have passed', () => {
    expect([16, 17].map((on) => result(order().check(10, {}, { ended: day(10) }), on))).toEqual(['STOP', 'CLEAR']);
    expect(result(order().check(40, {}, { ended: day(33) }), 40)).toBe('CLEAR');
  });

  it('must be on or after the day of the last Yes', () => {
    const who = order().check(20).check(30, { q1: 'yes' });
    expect(RULES.questions.slice(0, 2).map((q) => lastYes(q, who.held))).toEqual([day(30), '']);
  });

  it('told twice is the later day, and lifts a week after that', () => {
    const who = order()
      .check(40, {}, { ended: day(37) })
      .check(40, {}, { ended: day(12) });
    expect([40, 43, 44].map((on) => result(who, on))).toEqual(['STOP', 'STOP', 'CLEAR']);
  });

  it('recorded wrongly by an older program, in a plan or a vault, lifts nothing', () => {
    const who = order().check(10);
    for (const id of Object.keys(who.findings.stops)) who.findings.lifts[id] = { on: day(10), ended: '1999-01-01' };
    expect(result(who, 20)).toBe('STOP');
  });
});

describe('a person who cannot be reached', () => {
  it('is asked only questions that make sense', () => {
    expect(asksOf('died').map((q) => q.key)).toEqual(['q4', 'q5', 'q7', 'q10']);
    expect(asksOf('me')).toEqual([]);
    expect(asksOf('yes')).toHaveLength(12);
  });

  it('keeps a stop after they died; once they can be reached again, the rest is asked', () => {
    const who = new Somebody().check(0, { q2: 'yes' });
    who.reach = 'died';
    expect(who.verdict()).toMatchObject({ result: 'STOP', routes: ['living', 'unsent', 'pay'] });
    const back = new Somebody();
    back.reach = 'died';
    back.check(0).reach = 'yes';
    expect(back.verdict()).toMatchObject({ again: true, result: 'WAIT' });
  });

  it('saying that the person is oneself lifts nothing', () => {
    const who = new Somebody().check(0, { q3: 'yes' });
    who.reach = 'me';
    expect(who.verdict()).toMatchObject({ result: 'STOP', routes: ['living', 'unsent'] });
  });
});

describe('Ready, and routes without it', () => {
  it('never on a closed route, and on a stop only on routes that reach nobody', () => {
    const stop = new Somebody().check(0, { q2: 'yes' }).verdict();
    expect(['meet', 'pay', 'living', 'unsent'].map((r) => canBeReady(stop, r))).toEqual([false, false, true, true]);
    expect(['meet', 'pay', 'living', 'unsent'].map((r) => isFree(stop, r))).toEqual([false, true, true, true]);
    const wait = new Somebody().check(0, { q10: 'yes' });
    expect(['meet', 'pay', 'wait', 'living'].map((r) => isFree(wait.verdict(), r))).toEqual([false, false, true, true]);
    expect(canBeReady(wait.verdict(), 'wait')).toBe(false);
    expect(canBeReady(wait.tick('q10').verdict(), 'wait')).toBe(true);
    const indirect = new Somebody().check(0, { q9: 'yes' }).verdict();
    expect(['meet', 'pay'].map((r) => [canBeReady(indirect, r), isFree(indirect, r)])).toEqual([
      [false, false],
      [true, false],
    ]);
  });
});

describe('a check of version 1', () => {
  const old = (kept: Record<string, string>, more: Partial<Checked> = {}): Checked => ({
    rules: 'safety@1',
    on: TODAY,
    kept: { ...Object.fromEntries(RULES.questions.map((q) => [nameOf(q), q.hidden ? 'CLEAR' : (CLEAR[q.key] ?? 'no')])), ...kept },
    was: [],
    ...more,
  });
  const of = (c: Checked): Somebody => {
    const who = new Somebody();
    who.checked = c;
    return who;
  };

  it('is judged by the stricter of both tables', () => {
    expect(of(old({})).verdict().result).toBe('CLEAR');
    expect(of(old({ them_unsafe: 'STOP' }, { was: ['q3'] })).verdict().result).toBe('STOP');
    // Version 1 opened the indirect routes for a person who answered yes earlier and no now.
    expect(of(old({}, { was: ['q3'] })).verdict()).toMatchObject({ result: 'STOP', routes: ['living', 'unsent', 'pay'] });
    // A tick of version 1 is not bound to a reason, and does not count.
    expect(of(old({ q1: 'unsure' })).verdict(['q1']).result).toBe('WAIT');
    // For a person who died, version 2 asks less.
    expect(judge(old({ q6: 'yes' }), noFindings(), [], { ...asked, reach: 'died' }).result).toBe('WAIT');
    expect(of(old({ q1: 'no' }, { was: ['q1'], ended: day(-8) })).verdict().result).toBe('CLEAR');
    expect(of(old({ q1: 'yes' }, { was: ['q1'], ended: day(-8) })).verdict().result).toBe('STOP');
  });

  it('keeps its reasons when the questions are answered again', () => {
    const who = of(old({ victim: 'STOP', legal: 'WAIT' }));
    who.findings = who.held;
    expect(who.check(3).verdict()).toMatchObject({ result: 'STOP' });
    expect(who.verdict().reasons.map((r) => r.key)).toEqual(['q4', 'q5']);
    expect(bondOf(who.held, 'q5')).not.toBe('');
  });
});

describe('two copies of one check', () => {
  it('merge to the stronger answer, and for equal answers to the older day', () => {
    const a = new Somebody().check(0, { q3: 'yes' }).checked;
    const b = new Somebody().check(4, { q9: 'yes' }).checked;
    for (const both of [strongerCheck(a, b), strongerCheck(b, a)]) {
      expect(both?.kept).toMatchObject({ them_unsafe: 'STOP', q9: 'yes', q1: 'no' });
      expect(both?.days).toMatchObject({ them_unsafe: day(0), q9: day(4), q1: day(0) });
      expect(both?.shown).toBe(day(0));
    }
  });
});
