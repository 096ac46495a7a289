// A randomized test over tabs, devices, conflicts, deletions, repeated checks, ticks and clocks in
// any order. No direct route may be open while a reason against it stands, and nothing may be
// lifted without what its rule requires; and a mentor's Not yet holds every plan about the person
// until that mentor answers that plan again, or says Ready on one that shows it. A simple model of
// the facts runs alongside.

import { expect, it } from 'vitest';
import { addsSaid, notYetIn, readSayings, type Sayings } from '../../vault/said';
import { nobody, saidOf, findingsOf, type Person } from '../../vault/findings';
import { union } from '../../vault/union';
import type { Answers } from '../answers';
import { bondsOf, checkedOf, clearedBy, heldOf, stateOf, otherNotYetsOf, verdictOf, withKept, type Feedback } from '../plan';
import { keepStrongest, putOtherNotYets, settle } from './keep';
import { CLEAR, day } from './person';
import { answer, asksOf, askAgain, canBeReady, choicesOf, RULES, unchecked, type Question } from './safety';
import { liftable, show } from './findings';

type People = Record<string, Person>;
const ENTRY = 'entry';

interface Tab {
  people: People;
  plan: Answers | null;
  base: number;
  online: boolean;
  /** By how much this tab's clock is behind. */
  behind: number;
  /** The facts shown, as far as this tab can know them. */
  knows: Set<Fact>;
  nos: Set<No>;
}

/** A Not yet, and whether it is over. */
interface No {
  by: string;
  ws: string;
  over: boolean;
}

interface Fact {
  key: string;
  at: number;
  kind: 'reason' | 'lift' | 'ended' | 'tick';
  level?: string;
  /** For a reason its first day, also when it was repeated. For an end the day told. */
  day: number;
}

class World {
  server: People = {};
  plan: Answers | null = null;
  ver = 0;
  today = 0;
  clock = 0;
  feedback: Record<string, Feedback> = {};
  /** The plan that the server has now; a deletion makes room for the next one. */
  ws = 'p0';
  nos: No[] = [];
  arrivedNos = new Set<No>();
  /** The facts that reached the server's vault. */
  arrived = new Set<Fact>();
  /** The facts in the server's sealed plan. */
  sealed = new Set<Fact>();
  facts: Fact[] = [];
  tabs: Tab[] = [];
  ids = 0;

  /** `answered`: mentors answer and plans are deleted more often. */
  constructor(
    private readonly random: (n: number) => number,
    private readonly answered = false,
  ) {
    for (let i = 0; i < 3; i++) this.tabs.push({ people: {}, plan: null, base: 0, online: true, behind: 0, knows: new Set(), nos: new Set() });
  }

  now = (t: Tab): string => day(this.today - t.behind);

  meet(t: Tab): void {
    if (!t.online) return;
    for (const [ws, p] of Object.entries(t.people)) this.server[ws] = union(this.server[ws] ?? nobody(), p);
    for (const f of t.knows) this.arrived.add(f);
    t.people = structuredClone(this.server);
    for (const f of this.arrived) t.knows.add(f);
    for (const n of t.nos) this.arrivedNos.add(n);
    for (const n of this.arrivedNos) t.nos.add(n);
    if (t.plan) this.settle(t);
  }

  cleared(t: Tab, a: Answers): string[] {
    return clearedBy(heldOf(a), this.counting(t, a), this.now(t));
  }

  notYets = (t: Tab, a: Answers): Sayings => notYetIn(union(saidOf(t.people, ENTRY, ''), otherNotYetsOf(a)));
  counting = (t: Tab, a: Answers): Feedback[] => withKept(this.ws, Object.values(this.feedback), this.notYets(t, a));

  settle(t: Tab): void {
    if (!t.plan) return;
    const others = Object.entries(this.notYets(t, t.plan)).filter(([, s]) => s.ws !== this.ws);
    const settled = settle(t.plan, findingsOf(t.people, ENTRY), 'yes', this.cleared(t, t.plan), this.now(t));
    t.plan = putOtherNotYets(settled, Object.fromEntries(others.map(([id, s]) => [id, { mark: s.mark, on: s.on }])));
  }

  /** Reads the mentors' answers into the tab's vault. */
  read(t: Tab): void {
    const known = t.people[ENTRY] ?? nobody();
    t.people[ENTRY] = union(known, { ...nobody(), said: addsSaid(this.ws, Object.values(this.feedback), readSayings(known.said), () => `n${++this.ids}`) });
    for (const n of this.nos) if (n.ws === this.ws) t.nos.add(n);
  }

  /** A deletion reads the answers once more, and uploads the vault before the server deletes. */
  remove(t: Tab): void {
    if (!t.online) return;
    this.read(t);
    this.meet(t);
    [this.plan, this.feedback, t.plan, this.sealed] = [null, {}, null, new Set()];
    this.ws = `p${++this.ids}`;
  }

  /** Opens the server's plan, or a new plan about the same person. */
  open(t: Tab): void {
    if (t.online && this.plan) {
      [t.plan, t.base] = [structuredClone(this.plan), this.ver];
      t.knows = new Set([...t.knows, ...this.sealed]);
    }
    t.plan ??= {};
    this.raise(t);
    if (t.online) this.read(t);
    if (this.random(3) === 0) this.meet(t);
    this.settle(t);
  }

  note(t: Tab, f: Omit<Fact, 'at'>): void {
    const fact = { ...f, at: ++this.clock };
    this.facts.push(fact);
    t.knows.add(fact);
  }

  retake(t: Tab): void {
    if (!t.plan) return;
    const before = checkedOf(t.plan);
    const kept = before?.kept ?? {};
    let c = before ? askAgain(before, this.now(t)) : unchecked(this.now(t));
    const odd = this.random(2) ? RULES.questions[this.random(12)] : undefined;
    const said: [Question, string][] = asksOf('yes').map((q) => [q, q === odd ? (choicesOf(q)[this.random(choicesOf(q).length)] ?? 'skip') : (CLEAR[q.key] ?? 'no')]);
    for (const [q, choice] of said) c = answer(c, q, choice, this.now(t));
    const lifts: Record<string, string> = {};
    for (const [q] of said) if (liftable(q, heldOf(t.plan), this.now(t))) lifts[q.key] = this.random(2) ? 'yes' : 'no';
    const ended = this.random(3) === 0 ? this.today - t.behind - this.random(15) + 3 : null;
    c = { ...c, lifts, ...(ended === null ? {} : { ended: day(ended) }) };
    // A tab that stops half way has shown nothing.
    if (this.random(8) === 0) {
      t.plan = { ...t.plan, safety: { ...c, kept: Object.fromEntries(Object.entries(c.kept).slice(0, 5)) } };
      return;
    }
    const done = show(c, heldOf(t.plan), 'yes', this.now(t), () => `s${++this.ids}`);
    for (const [q, choice] of said) {
      const level = choice === 'skip' && q['skip'] ? 'OPEN' : String(q[choice === 'skip' ? 'unsure' : choice]);
      const same = kept[q.hidden ? q.group : q.key] === c.kept[q.hidden ? q.group : q.key];
      const today = this.today - t.behind;
      if (lifts[q.key] === 'no') this.note(t, { key: q.key, kind: 'reason', level: 'STOP', day: today });
      if (lifts[q.key] === 'yes') this.note(t, { key: q.key, kind: 'lift', day: today });
      if (q.key === 'q1' && level === 'CLEAR' && ended !== null && ended <= today) this.note(t, { key: 'q1', kind: 'ended', day: ended });
      if (level !== 'CLEAR' && !(lifts[q.key] === 'yes' && level === 'STOP') && !(same && level === 'WAIT')) this.note(t, { key: q.key, kind: 'reason', level, day: today });
    }
    t.plan = { ...t.plan, safety: done.checked, standing: done.findings };
    this.raise(t);
    // The vault's upload sometimes fails although the page's succeeds.
    if (this.random(3) === 0) this.meet(t);
  }

  /** Adds what a plan contains to the tab's vault. */
  raise(t: Tab): void {
    if (t.plan) t.people[ENTRY] = union(t.people[ENTRY] ?? nobody(), { ...nobody(), ...heldOf(t.plan), names: ['joe'], said: otherNotYetsOf(t.plan) });
  }

  save(t: Tab): void {
    if (!t.online || !t.plan) return;
    if (this.plan && t.base !== this.ver) {
      const [mine, other] = [t.plan, this.plan];
      t.plan = this.random(2) ? keepStrongest(mine, other) : keepStrongest(other, mine);
      t.knows = new Set([...t.knows, ...this.sealed]);
      this.raise(t);
    }
    if (this.random(3) === 0) this.meet(t);
    this.plan = structuredClone(t.plan);
    this.sealed = new Set(t.knows);
    t.base = ++this.ver;
  }

  /** A mentor reads the sealed copy, and ticks what is offered. */
  tick(): void {
    if (!this.plan) return;
    const offered = verdictOf(this.plan, day(this.today), []).reasons.filter((r) => r.tick && this.random(4) > 0);
    const ticked = offered.map((r) => r.key);
    const author = this.random(4) ? 'm' : 'r';
    const last = this.feedback[author];
    const [no, yes] = [this.random(3) === 0, this.random(2) === 0];
    // Ticks can be sent without a mark, but must never replace a Not yet.
    const mark = no ? 'not_yet' : yes || last?.mark === 'not_yet' ? 'ready' : '';
    const past = mark === 'ready' ? Object.keys(otherNotYetsOf(this.plan)) : [];
    this.feedback[author] = {
      ...{ author, name: author, ver: (last?.ver ?? 0) + 1, on: { ver: 1, hash: '' }, mark, gate: '', check: '', why: [], overall: '', steps: {} },
      ...{ at: day(this.today), ticked, bonds: bondsOf(this.plan, ticked), past },
    };
    // The plan shows only days, namely of the Not yets known to the tabs that sealed it.
    for (const n of this.nos) if (n.by === author && (n.ws === this.ws || (mark === 'ready' && this.shows(n)))) n.over = true;
    if (no) this.nos.push({ by: author, ws: this.ws, over: false });
    for (const key of ticked) this.facts.push({ key, kind: 'tick', at: ++this.clock, day: this.today });
  }

  /** One random action; returns the affected tab. */
  step(): Tab {
    const t = this.tabs[this.random(3)] as Tab;
    const acts: (() => void)[] = [
      () => this.open(t),
      () => this.open(t),
      () => this.retake(t),
      () => this.retake(t),
      () => this.retake(t),
      () => t.plan && (t.plan['route'] = RULES.direct[this.random(3)]),
      () => this.save(t),
      () => this.save(t),
      () => this.remove(t),
      () => (t.online = !t.online),
      () => this.tick(),
      () => (t.behind = this.random(4) ? 0 : this.random(6)),
      () => (this.today += this.random(9)),
      ...(this.answered ? [() => this.tick(), () => this.tick(), () => this.tick(), () => this.remove(t), () => this.save(t), () => this.open(t)] : []),
    ];
    acts[this.random(acts.length)]?.();
    return t;
  }

  /** Whether the server's plan shows a Not yet: by its id in any of the vaults. */
  shows(n: No): boolean {
    const others = Object.keys(otherNotYetsOf(this.plan ?? {}));
    const all = [this.server, ...this.tabs.map((t) => t.people)].flatMap((p) => Object.entries(readSayings(p[ENTRY]?.said)));
    return all.some(([id, s]) => others.includes(id) && s.by === n.by && s.ws === n.ws);
  }

  /** Whether a Not yet that this tab can know of is ignored. */
  passed(t: Tab): boolean {
    if (!t.plan || ![...t.nos].some((n) => !n.over)) return false;
    return stateOf(t.plan, '', this.counting(t, t.plan), this.now(t), null) !== 'not_yet';
  }

  /** What is wrong with an open direct route on a tab, according to the facts that this tab can
   * know. */
  wrong(t: Tab): string {
    const known = [...t.knows];
    for (const q of RULES.questions) {
      const reasons = known.filter((f) => f.kind === 'reason' && f.key === q.key);
      const last = reasons.at(-1);
      if (!last) continue;
      const since = (kind: Fact['kind'], after: number) => this.facts.filter((f) => f.kind === kind && f.key === q.key && f.at > after);
      const worst = reasons.filter((f) => f.level === 'STOP');
      if (q.key === 'q3' && worst.length > 0) return 'q3';
      if (q.key === 'q3') continue;
      const stop = worst.at(-1);
      if (q.key === 'q1' && stop && !since('ended', stop.at).some((f) => f.day >= stop.day && this.today - f.day >= 7)) return 'q1';
      if ((q.key === 'q2' || q.key === 'q4') && stop) {
        const lift = since('lift', stop.at)[0];
        if (!lift) return `${q.key} not lifted`;
        if (since('tick', lift.at).length === 0) return `${q.key} without a tick`;
      }
      const soft = reasons.filter((f) => f.level === 'WAIT' || f.level === 'INDIRECT').at(-1);
      if (soft && since('tick', soft.at).length === 0) return `${q.key} waits`;
    }
    return '';
  }
}

/** Runs many random walks, and counts how often each situation occurred. */
function walk(paths: number, answered: boolean): { direct: number; reasons: number; held: number; over: number } {
  let seed = 7;
  const random = (n: number) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) % n;
  };
  let [direct, reasons, held, over] = [0, 0, 0, 0];
  for (let path = 0; path < paths; path++) {
    const w = new World(random, answered);
    for (let i = 0; i < 25; i++) {
      const t = w.step();
      if (!t.plan) continue;
      if (w.passed(t)) expect.fail(`path ${path} step ${i}: a Not yet is passed over ${JSON.stringify([[...t.nos], t.people, otherNotYetsOf(t.plan), w.feedback])}`);
      held += Number([...t.nos].some((n) => !n.over && n.ws !== w.ws));
      if (t.nos.size > 0) over += Number(stateOf(t.plan, '', w.counting(t, t.plan), w.now(t), null) !== 'not_yet');
      const v = verdictOf(t.plan, w.now(t), w.cleared(t, t.plan));
      for (const route of RULES.direct) if (v.result !== 'CLEAR' && (v.routes.includes(route) || canBeReady(v, route))) expect.fail(`${route} on ${v.result}`);
      if (v.result !== 'CLEAR') continue;
      direct++;
      const wrong = w.wrong(t);
      if (wrong) expect.fail(`path ${path} step ${i}: ${wrong} ${JSON.stringify([checkedOf(t.plan), heldOf(t.plan), w.facts])}`);
    }
    reasons += w.facts.filter((f) => f.kind === 'reason').length;
  }
  return { direct, reasons, held, over };
}

it('no walk opens a direct route while a reason stands, and none lifts a reason without its rule', () => {
  const { direct, reasons } = walk(3000, false);
  // Both outcomes must occur often, or the test proves little.
  expect(direct).toBeGreaterThan(1000);
  expect(reasons).toBeGreaterThan(1000);
}, 60_000);

it('no walk ignores a Not yet, of this plan or an earlier one', () => {
  const { held, over } = walk(4000, true);
  expect(held).toBeGreaterThan(300);
  expect(over).toBeGreaterThan(300);
}, 60_000);
