import { describe, expect, it } from 'vitest';
import { Clock, PAUSE, SILENCE, Sight } from './sight';

describe('what may be shown', () => {
  it('shows nothing before the first reply, and then what it grants', () => {
    const s = new Sight(0);
    expect(s.seen(0)).toBe('veiled');
    const turn = s.ask(0);
    expect(s.seen(10)).toBe('veiled');
    s.granted(turn);
    expect(s.seen(10)).toBe('shown');
  });

  it('a refusal is final: no reply to an earlier or later request undoes it', () => {
    const s = new Sight(0);
    const [first, second] = [s.ask(0), s.ask(1_500)];
    s.refused();
    s.granted(first);
    expect(s.seen(1_600)).toBe('ended');
    s.granted(second);
    s.granted(s.ask(2_000));
    expect(s.seen(2_100)).toBe('ended');
  });

  it('a late refusal of an earlier request ends what a later one granted', () => {
    const s = new Sight(0);
    s.ask(0);
    s.granted(s.ask(1_500));
    expect(s.seen(1_600)).toBe('shown');
    s.refused();
    expect(s.seen(1_700)).toBe('ended');
  });

  it('after a pause only a request made after it lifts the veil', () => {
    const s = new Sight(0);
    s.granted(s.ask(0));
    const before = s.ask(1_500);
    s.paused();
    expect(s.seen(1_600)).toBe('veiled');
    s.granted(before);
    expect(s.seen(1_700)).toBe('veiled');
    s.granted(s.ask(1_800));
    expect(s.seen(1_900)).toBe('shown');
  });

  it('closes after a minute without a reply, counted from when the last granted request was made', () => {
    const s = new Sight(0);
    const turn = s.ask(5_000);
    s.granted(turn);
    s.unanswered(s.ask(6_500));
    expect(s.seen(5_000 + SILENCE)).toBe('shown');
    expect(s.seen(5_001 + SILENCE)).toBe('silent');
    s.granted(s.ask(90_000));
    expect(s.seen(90_000)).toBe('shown');
  });

  it('closes when no request was ever answered', () => {
    const s = new Sight(1_000);
    expect(s.seen(1_001 + SILENCE)).toBe('silent');
  });

  it('a late reply to an older request does not shorten the minute', () => {
    const s = new Sight(0);
    const old = s.ask(0);
    s.granted(s.ask(50_000));
    s.granted(old);
    expect(s.seen(80_000)).toBe('shown');
  });

  it('counts the requests in flight', () => {
    const s = new Sight(0);
    const turn = s.ask(0);
    s.ask(1);
    s.unanswered(turn);
    expect(s.waiting).toBe(1);
    s.granted(2);
    expect(s.waiting).toBe(0);
  });
});

describe('the clock', () => {
  it('a short step is not a pause, a long one is', () => {
    const c = new Clock(0, 1_000_000);
    expect(c.step(500, 1_000_500)).toBe(false);
    expect(c.step(501 + PAUSE, 1_000_501 + PAUSE)).toBe(true);
    expect(c.now).toBe(501 + PAUSE);
  });

  it('counts sleep during which the steady clock stood still', () => {
    const c = new Clock(0, 1_000_000);
    expect(c.step(500, 1_090_500)).toBe(true);
    expect(c.now).toBe(90_500);
  });

  it('a clock that was set back is a pause, and subtracts no time', () => {
    const c = new Clock(0, 1_000_000);
    expect(c.step(500, 900_000)).toBe(true);
    expect(c.now).toBe(500);
  });
});
