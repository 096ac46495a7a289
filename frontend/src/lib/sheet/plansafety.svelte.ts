// What is known about the people on the list, as their plans use it. Invariants: a result that was
// shown is in the vault, or sealed on this device until the vault is uploaded, and is recorded there
// before it is shown; a plan is always
// judged by the stricter of its own copy and the vault's.

import { b64u, random } from '../vault/bytes';
import { addsSaid, notYetIn, readSayings, type Said, type Sayings } from '../vault/said';
import {
  apart,
  bars,
  doubtOf,
  isNear,
  mergeStandings,
  nameKey,
  nearOf,
  nobody,
  saidOf,
  standingOf,
  stronger,
  readPerson,
  unclear,
  type Level,
  type Near,
  type Person,
  type Standing,
} from '../vault/standing';
import { addsTo, union } from '../vault/union';
import type { Signin } from '../signin/signin.svelte';
import { changeVault, fetchVault } from '../signin/vaultsync';
import { textOf, today, type Answers } from './answers';
import { askedOf, bondsOf, checkedOf, clearedBy, gateOf, heldOf, isChecked, stateOf, toldOf, verdictOf, withKept, type Feedback, type State } from './plan';
import type { Tpl } from './forms';
import { keepStrongest, putTold, settle } from './safety/keep';
import { asksOf, isComplete, judge, RULES, type Verdict } from './safety/safety';
import { show, shownOf } from './safety/stand';
import type { Sheet } from './sheet.svelte';
import { tellReaders } from './told.svelte';

/** The key prefix of results that are not in the uploaded vault yet. They are stored among the
 * drafts, each with the person's page and an id of its own. None is ever overwritten: another tab,
 * or a call that knows less, adds an entry, and deletes only entries that it has read. */
const WAITING = 'safety:';
const waitingKey = (person: string): string => `${WAITING}${person}:${b64u(random(6))}`;
const personOf = (draft: string): string => draft.slice(WAITING.length).split(':')[0] ?? '';

type People = Record<string, Person>;

interface Page {
  ws: string;
  kind: string;
  answers: Answers;
}

/** What PlanSafety uses of the page list. */
export interface Around {
  readonly signin: Signin;
  readonly rows: readonly Page[];
  readonly feedback: Record<string, Feedback[]>;
  /** The current answers of a page that is open now. */
  opened(ws: string): Answers | null;
}

export class PlanSafety {
  people = $state.raw<Record<string, Person>>({});
  /** The names of the compared people; null before the vault was read. */
  names = $state.raw<Record<string, string> | null>(null);
  /** The worker whose vault was read. After a lock there is a new one that knows nothing. */
  #readBy: object | null = null;
  /** Ids of answers that are being added to the vault, so that each is recorded once. */
  #ids: Record<string, string> = {};

  constructor(private readonly around: Around) {}

  /** Reads the vault, including what other tabs and devices added, and what still waits here. */
  async read(): Promise<void> {
    const { vault } = this.around.signin;
    await fetchVault(this.around.signin).catch(() => undefined);
    await this.#add({});
    this.names = Object.fromEntries(Object.entries(await vault.contacts()).map(([acct, c]) => [acct, c.name]));
    this.#readBy = vault;
  }

  /** Adds what plans contain, and people's current names, to the vault; false when it could be kept
   * nowhere. */
  async raise(pages: readonly Page[]): Promise<boolean> {
    const parts: Record<string, Person> = {};
    for (const p of pages) {
      if (p.kind === 'plan') this.#part(parts, this.#person(p.ws, p.answers), heldOf(p.answers), this.#name(p.answers, pages), this.#saidOn(p, parts));
      else if (p.kind === 'entry' && this.people[p.ws]) this.#part(parts, p.ws, { stops: {}, lifts: {} }, textOf(p.answers, 'nick'));
      // The vault itself must know which pages are about one of their readers, for whichever tab
      // shares them.
      const about = textOf(p.answers, 'about');
      if (about !== '' && isNear(this.near(p.ws, p.answers))) parts[p.ws] = union(parts[p.ws] ?? nobody(), { ...nobody(), same: [about] });
    }
    return this.#add(parts);
  }

  /** The answers contained in a plan and those of its mentors; the latter would be lost when the
   * plan is deleted. */
  #saidOn(p: Page, parts: People): Sayings {
    const person = this.#person(p.ws, p.answers);
    const known = union(readSayings(this.people[person]?.said), readSayings(parts[person]?.said));
    return union(
      toldOf(p.answers),
      addsSaid(p.ws, this.around.feedback[p.ws] ?? [], known, (answer) => (this.#ids[answer] ??= b64u(random(9)))),
    );
  }

  #part(parts: People, ws: string, held: Standing, name: string, said: Sayings = {}): void {
    if (Object.keys(held.stops).length === 0 && Object.keys(said).length === 0 && !this.people[ws]) return;
    const known = parts[ws] ?? nobody();
    const all = union(readSayings(known.said), said);
    parts[ws] = {
      ...known,
      ...(Object.keys(all).length > 0 ? { said: all } : {}),
      ...mergeStandings(known, held),
      names: known.names.concat(nameKey(name)).filter((n, i, all) => n !== '' && all.indexOf(n) === i),
    };
  }

  /** Adds to the vault, together with what waits here. Offline, all of it waits on this device,
   * sealed. */
  async #add(parts: People): Promise<boolean> {
    const { signin } = this.around;
    let kept = true;
    const { keys, people: waiting } = await this.#waiting();
    const all = union(waiting, parts);
    try {
      await changeVault(signin, () => signin.vault.noteSafety(all));
      for (const key of keys) await signin.vault.dropDraft(key).catch(() => undefined);
    } catch {
      if (addsTo(parts, waiting)) kept = await this.#wait(all, keys);
    }
    // Race: more may have been recorded since `all` was read.
    this.people = union(union(peopleIn(await signin.vault.safety()), all), this.people);
    return kept;
  }

  /** What waits on this device; entries that do not open are left alone. */
  async #waiting(): Promise<{ keys: string[]; people: People }> {
    const drafts = (await this.around.signin.vault.drafts().catch(() => [])).filter((d) => d.ws.startsWith(WAITING) && d.body !== null);
    const people = drafts.map((d): People => ({ [personOf(d.ws)]: readPerson(JSON.parse(d.body ?? '{}')) }));
    return { keys: drafts.map((d) => d.ws), people: people.reduce((all, one) => union(all, one), {}) };
  }

  /** Stores everything anew first, and only then deletes the entries that were read. */
  async #wait(all: People, read: string[]): Promise<boolean> {
    const { vault } = this.around.signin;
    try {
      for (const [ws, part] of Object.entries(all)) await vault.keepDraft(waitingKey(ws), 0, null, JSON.stringify(part));
    } catch {
      // The entries that were stored before are still there.
      return false;
    }
    for (const key of read) await vault.dropDraft(key).catch(() => undefined);
    return true;
  }

  /** The page that identifies a plan's person: the entry, or the plan itself when it has none. */
  #person(ws: string, a: Answers): string {
    return textOf(a, 'about') || ws;
  }

  #entry(a: Answers, pages: readonly Page[] = this.around.rows): Answers | null {
    const about = textOf(a, 'about');
    return this.around.opened(about) ?? pages.find((p) => p.ws === about)?.answers ?? null;
  }

  #name(a: Answers, pages: readonly Page[] = this.around.rows): string {
    return textOf(this.#entry(a, pages) ?? a, 'nick');
  }

  /** How the person can be reached, from today's entry; without an entry the plan's own copy is
   * used. */
  #reach(a: Answers): string | null {
    const entry = this.#entry(a);
    return entry && (textOf(entry, 'tie') === 'me' ? 'me' : textOf(entry, 'reach'));
  }

  /** A plan merged with what is known about its person. */
  settled(ws: string, a: Answers): Answers {
    const known = standingOf(this.people, this.#person(ws, a));
    const held = mergeStandings(heldOf(a), known);
    // An old tick or an old Not yet must not close a route for good.
    const ticked = this.#counting(ws, a).flatMap((f) => f.ticked.filter((key) => f.bonds[key] && f.bonds[key] === bondsOf({ ...a, standing: held }, [key])[key]));
    return putTold(settle(a, known, this.#reach(a), ticked, today()), this.#told(ws, a));
  }

  /** The Not yets in force about the person of a plan that were given on other plans. Unclear pages
   * count too. */
  notYets(ws: string, a: Answers): Said[] {
    return Object.values(this.#standing(ws, a, this.#name(a))).filter((s) => s.ws !== ws);
  }

  /** Those that a mentor reads on the plan, without those of unclear pages. */
  #told(ws: string, a: Answers): Sayings {
    const told = Object.entries(this.#standing(ws, a, '')).filter(([, s]) => s.ws !== ws);
    // Sorted, so that all devices have the same order: a different order would count as a change.
    return Object.fromEntries(told.sort(([p], [q]) => (p < q ? -1 : 1)).map(([id, s]) => [id, { mark: s.mark, on: s.on }]));
  }

  #standing(ws: string, a: Answers, name: string): Sayings {
    const near = this.near(ws, a);
    // As on the plan itself, answers do not count from mentors who left or whom the plan is about.
    const counts = (by: string) => !bars(near, by) && (this.names === null || this.names[by] !== undefined);
    const all = notYetIn(union(saidOf(this.people, this.#person(ws, a), name), toldOf(a)));
    return Object.fromEntries(Object.entries(all).filter(([, s]) => s.by === undefined || counts(s.by)));
  }

  /** Today's verdict on a plan; null when there is nothing to say. */
  verdict(ws: string, answers: Answers): Verdict | null {
    const a = this.settled(ws, answers);
    const held = mergeStandings(heldOf(a), this.doubt(ws, a));
    if (checkedOf(a) === null && Object.keys(held.stops).length === 0 && asksOf(textOf(a, 'reach')).length > 0) return null;
    const cleared = clearedBy(held, this.#counting(ws, a), today());
    const entry = this.#entry(a);
    const verdict = judge(shownOf(checkedOf(a)), held, cleared, askedOf(a, today(), entry !== null && textOf(entry, 'tie') === 'group'));
    const { group, ...mentors } = this.near(ws, a);
    void group;
    return isNear(mentors) ? { ...verdict, ofMentor: true } : verdict;
  }

  /** The verdict that a screen may show: that of a check whose result was recorded, or a stop that
   * stands already. */
  said(ws: string, answers: Answers): Verdict | null {
    const verdict = this.verdict(ws, answers);
    return verdict && (isChecked(this.settled(ws, answers)) || verdict.result === 'STOP') ? verdict : null;
  }

  /** Today's state of a plan, and the digest that a sign-off is bound to. */
  async stands(ws: string, answers: Answers, tpl: Tpl): Promise<{ where: State | null; sent: boolean }> {
    const a = this.settled(ws, answers);
    const gate = await gateOf(tpl, a);
    return { where: stateOf(a, gate, this.#counting(ws, a), today(), this.verdict(ws, answers)), sent: textOf(a, 'sent') === gate };
  }

  /** The result that remains when two copies of a plan conflict, including what the vault knows,
   * whichever words are chosen; null when no check is finished and nothing is a stop. */
  staysOf(ws: string, mine: Answers, theirs: Answers): { verdict: Verdict; reach: string } | null {
    const a = this.settled(ws, keepStrongest(mine, theirs));
    const verdict = this.said(ws, a);
    return verdict && { verdict, reach: textOf(a, 'reach') };
  }

  /** The verdict on one copy of a plan alone. */
  verdictOfCopy(a: Answers): Verdict {
    return verdictOf(a, today(), []);
  }

  /** What counts under other pages: the strongest result ever shown with its first day, the day of
   * the newest Not yet in force, and whether the person is a possible reader. */
  heldUnder(pages: readonly string[]): { level: Level; on: string; notYet: string | null; near: boolean } {
    const stops = pages.flatMap((id) => Object.values(standingOf(this.people, id).stops));
    const level = stops.reduce<Level>((l, stop) => stronger(l, stop.level), 'CLEAR');
    const days = stops.filter((stop) => stop.level === level).map((stop) => stop.on);
    const notYet = pages.flatMap((id) => Object.values(notYetIn(saidOf(this.people, id, '')))).map((s) => s.on);
    return { level, on: days.sort()[0] ?? '', notYet: notYet.sort().at(-1) ?? null, near: isNear(nearOf(this.people, pages, '')) };
  }

  /** The page that identifies a person is being deleted: the name that it has now is kept on this
   * device first, so that a new page with that name asks who it is. */
  async leave(p: Page): Promise<void> {
    const name = nameKey(textOf(p.answers, 'nick'));
    const known = this.people[p.ws];
    if (!known || name === '' || known.names.includes(name)) return;
    const parts: People = { [p.ws]: { ...nobody(), names: [name] } };
    if (await this.#sealed(parts)) this.people = union(this.people, parts);
  }

  doubt(ws: string, a: Answers): Standing {
    return doubtOf(this.people, this.#person(ws, a), this.#name(a));
  }

  /** Pages with the same short name, and with something that stands, that may be about the person
   * of an entry or a plan. */
  unclear(ws: string, a: Answers): string[] {
    return unclear(this.people, this.#person(ws, a), this.#name(a));
  }

  /** Pages with the same short name, now or earlier, that were said to be about somebody else. */
  apart(ws: string, a: Answers): string[] {
    return apart(this.people, this.#person(ws, a));
  }

  /** Which possible readers the person of a page is. */
  near(ws: string, a: Answers): Near {
    const pages = [ws];
    // A look back is about a plan, and a plan about an entry.
    for (let at: Answers | null = a; at; at = this.#entry(at)) {
      const about = textOf(at, 'about');
      if (about === '' || pages.includes(about)) break;
      pages.push(about);
    }
    return nearOf(this.people, pages, this.#name(a));
  }

  bars = (ws: string, a: Answers, acct: string): boolean => bars(this.near(ws, a), acct);

  /** The answers that count on a page: not those of a person whom it is about, but including Not
   * yets from other plans about the same person. */
  #counting(ws: string, a: Answers): Feedback[] {
    const near = this.near(ws, a);
    const here = (this.around.feedback[ws] ?? []).filter((f) => !bars(near, f.author));
    return withKept(ws, here, this.#standing(ws, a, this.#name(a)));
  }

  /** Whether to ask which of these accounts the person is; a new mentor makes it ask again. */
  asksNear(ws: string, a: Answers, accts: readonly string[]): boolean {
    const entry = this.#entry(a) ?? a;
    if (textOf(entry, 'tie') === 'me' || ['me', 'died'].includes(textOf(entry, 'reach'))) return false;
    const near = this.near(ws, a);
    return !accts.some((acct) => near[acct] === 'yes') && ['group', ...accts].some((who) => near[who] === undefined);
  }

  /** Records which of them the person is. Only a yes that closes somebody's access waits for the
   * vault; any other answer is on this device first, and the upload follows. */
  async tellNear(ws: string, a: Answers, near: Near): Promise<void> {
    const name = nameKey(this.#name(a));
    const parts: People = { [this.#person(ws, a)]: { ...nobody(), names: name === '' ? [] : [name], near } };
    const follow = async () => {
      await this.#add(parts);
      await this.raise(this.around.rows);
    };
    const { group, ...readers } = near;
    void group;
    if (isNear(readers) || !(await this.#sealed(parts))) return follow();
    this.people = union(this.people, parts);
    void follow().catch(() => undefined);
  }

  /** Records whether pages are about the same person as this one. */
  async tell(ws: string, a: Answers, pages: string[], same: boolean): Promise<void> {
    const name = nameKey(this.#name(a));
    await this.#add({ [this.#person(ws, a)]: { ...nobody(), names: name === '' ? [] : [name], ...(same ? { same: pages } : { other: pages }) } });
  }

  /** Merges what is known into an open plan; what is new in it is sealed with the plan. */
  async sync(sheet: Sheet, fresh = false): Promise<void> {
    // An entry needs only its readers checked: its words do not wait for that.
    if (sheet.kind !== 'plan') return void (this.#readBy === this.around.signin.vault || void this.read().catch(() => undefined));
    // Before any request: a slow server must not delay what has to be recorded first.
    await this.#record(sheet);
    if (fresh || this.#readBy !== this.around.signin.vault) await this.read();
    const before = $state.snapshot(sheet.answers) as Answers;
    await this.raise([{ ws: sheet.ws, kind: 'plan', answers: before }]);
    const unsent = sheet.unsent;
    if (put(sheet, before, this.settled(sheet.ws, before))) sheet.changed();
    // A mentor who has this plan gets the change; words that are still being written wait for the
    // next send.
    if (!unsent) void this.inform(sheet);
  }

  /** Shows the result of a finished check: from now on its reasons stand. Returns as soon as they
   * are on this device; the upload follows. */
  async show(sheet: Sheet): Promise<void> {
    const page = await this.#record(sheet);
    if (page) void this.#spread(sheet, page).catch(() => undefined);
  }

  /** Records the result of a finished check on this device, and only then marks it as shown. All of
   * it is read before the first wait: a deletion or a lock may empty the sheet meanwhile. */
  async #record(sheet: Sheet): Promise<Page | null> {
    const words = $state.snapshot(sheet.answers) as Answers;
    const c = checkedOf(words);
    if (!c || c.shown || c.rules !== RULES.version) return null;
    const [ws, name, at] = [sheet.ws, this.#name(words), JSON.stringify(c)];
    const { vault } = this.around.signin;
    const { people } = await this.#waiting();
    this.people = union(union(peopleIn(await vault.safety()), people), this.people);
    const a = this.settled(ws, words);
    if (!isComplete(c, textOf(a, 'reach'))) return null;
    const { checked, standing } = show(c, heldOf(a), textOf(a, 'reach'), today(), () => b64u(random(9)));
    const page: Page = { ws, kind: 'plan', answers: { ...a, safety: checked, ...(Object.keys(standing.stops).length > 0 ? { standing } : {}) } };
    const parts: People = {};
    this.#part(parts, this.#person(ws, words), standing, name);
    if (!(await this.#sealed(parts))) return null;
    this.people = union(this.people, parts);
    // Another answer was given meanwhile: its own result is shown when that round is finished.
    if (sheet.released || JSON.stringify($state.snapshot(sheet.answers['safety'])) !== at) return page;
    put(sheet, words, page.answers);
    put(sheet, page.answers, this.settled(ws, $state.snapshot(sheet.answers) as Answers));
    sheet.changed();
    await sheet.keep();
    return page;
  }

  /** Whether this is on the device; a device that stores nothing has to reach the vault first. */
  async #sealed(parts: People): Promise<boolean> {
    const { signin } = this.around;
    try {
      for (const [ws, part] of Object.entries(parts)) await signin.vault.keepDraft(waitingKey(ws), 0, null, JSON.stringify(part));
      return true;
    } catch {
      return changeVault(signin, () => signin.vault.noteSafety(parts)).then(
        () => true,
        () => false,
      );
    }
  }

  /** Brings a recorded result to the vault and to the mentors who have the plan. */
  async #spread(sheet: Sheet, page: Page): Promise<void> {
    await this.read();
    await this.raise([page]);
    void this.inform(sheet);
  }

  /** Sends a changed result to the mentors who have this plan, without waiting for the person to
   * send it. */
  inform(sheet: Sheet): Promise<void> {
    return tellReaders(this.around.signin, sheet);
  }

  clear(): void {
    this.people = {};
    this.names = null;
    [this.#readBy, this.#ids] = [null, {}];
  }
}

const peopleIn = (safety: Record<string, unknown>): People => Object.fromEntries(Object.entries(safety).map(([ws, p]) => [ws, readPerson(p)]));

/** Writes the differences into a page; true when there were any. */
function put(sheet: Sheet, before: Answers, after: Answers): boolean {
  let changed = false;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (JSON.stringify(before[key]) === JSON.stringify(after[key])) continue;
    changed = true;
    sheet.answers[key] = after[key];
  }
  return changed;
}
