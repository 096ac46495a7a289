// Records what plans say about people on the list, and keeps plans up to date with it. Invariants: a
// result is recorded before it is shown, and its reasons stand from then on; what is new about a
// person reaches every plan about them, and the mentors who have such a plan.

import { b64u, random } from '../vault/bytes';
import { addsSaid, readSayings, type Sayings } from '../vault/said';
import { isNear, mergeFindings, nameKey, nobody, type Near, type Findings } from '../vault/findings';
import { union } from '../vault/union';
import { onLost } from '../vault/lost';
import type { Deletions } from './deletions.svelte';
import { textOf, today, type Answers } from './answers';
import { KnownPeople, type People } from './people.svelte';
import { checkedOf, heldOf, otherNotYetsOf } from './plan';
import { isComplete, RULES } from './safety/safety';
import { show } from './safety/findings';
import type { Sheet } from './sheet.svelte';
import { updateReaders } from './sendplan.svelte';
import { PlanVerdicts, type Around, type Page } from './verdicts';

export class PlanSafety extends PlanVerdicts {
  /** Ids of answers that are being added to the vault, so that each is recorded once. */
  #ids: Record<string, string> = {};

  constructor(around: Around & { deletions: Deletions }) {
    super(around, new KnownPeople(around.signin));
    // This device may have lost what waited there: it is stored again. Until a page was opened, nothing
    // does.
    const { deletions, signin } = around;
    onLost(() => {
      void this.known.again();
      void deletions.inTurn(() => signin.vault.pagesForgotten(deletions.waiting)).catch(() => undefined);
    });
  }

  /** Reads the vault, including what other tabs and devices added, and what still waits here. */
  read(): Promise<void> {
    return this.known.read();
  }

  /** Adds what plans contain, and people's current names, to the vault; false when it could be kept
   * nowhere. */
  async raise(pages: readonly Page[]): Promise<boolean> {
    const parts: People = {};
    for (const p of pages) {
      if (p.kind === 'plan') this.#part(parts, this.personOf(p.ws, p.answers), heldOf(p.answers), this.nameOf(p.answers, pages), this.#saidOn(p, parts));
      else if (p.kind === 'entry' && this.known.people[p.ws]) this.#part(parts, p.ws, { stops: {}, lifts: {} }, textOf(p.answers, 'nick'));
      // The vault itself must know which pages are about one of their readers, for whichever tab
      // shares them.
      const about = textOf(p.answers, 'about');
      if (about !== '' && isNear(this.near(p.ws, p.answers))) parts[p.ws] = union(parts[p.ws] ?? nobody(), { ...nobody(), same: [about] });
    }
    return this.known.add(parts);
  }

  /** The answers contained in a plan and those of its mentors; the latter would be lost when the
   * plan is deleted. */
  #saidOn(p: Page, parts: People): Sayings {
    const person = this.personOf(p.ws, p.answers);
    const known = union(readSayings(this.known.people[person]?.said), readSayings(parts[person]?.said));
    return union(
      otherNotYetsOf(p.answers),
      addsSaid(p.ws, this.around.feedback[p.ws] ?? [], known, (answer) => (this.#ids[answer] ??= b64u(random(9)))),
    );
  }

  #part(parts: People, ws: string, held: Findings, name: string, said: Sayings = {}): void {
    if (Object.keys(held.stops).length === 0 && Object.keys(said).length === 0 && !this.known.people[ws]) return;
    const known = parts[ws] ?? nobody();
    const all = union(readSayings(known.said), said);
    parts[ws] = {
      ...known,
      ...(Object.keys(all).length > 0 ? { said: all } : {}),
      ...mergeFindings(known, held),
      names: known.names.concat(nameKey(name)).filter((n, i, all) => n !== '' && all.indexOf(n) === i),
    };
  }

  /** The page that identifies a person is being deleted: the name that it has now is kept on this
   * device first, so that a new page with that name asks who it is. */
  async leave(p: Page): Promise<void> {
    const name = nameKey(textOf(p.answers, 'nick'));
    const person = this.known.people[p.ws];
    if (person && name !== '' && !person.names.includes(name)) await this.known.addHere({ [p.ws]: { ...nobody(), names: [name] } });
  }

  /** Records which of them the person is. Only a yes that closes somebody's access waits for the
   * vault; any other answer is on this device first, and the upload follows. */
  async tellNear(ws: string, a: Answers, near: Near): Promise<void> {
    const name = nameKey(this.nameOf(a));
    const parts: People = { [this.personOf(ws, a)]: { ...nobody(), names: name === '' ? [] : [name], near } };
    const follow = async () => {
      await this.known.add(parts);
      await this.raise(this.around.rows);
    };
    const { group, ...readers } = near;
    void group;
    if (isNear(readers) || !(await this.known.addHere(parts))) return follow();
    void follow().catch(() => undefined);
  }

  /** Records whether pages are about the same person as this one. */
  async tell(ws: string, a: Answers, pages: string[], same: boolean): Promise<void> {
    const name = nameKey(this.nameOf(a));
    await this.known.add({ [this.personOf(ws, a)]: { ...nobody(), names: name === '' ? [] : [name], ...(same ? { same: pages } : { other: pages }) } });
  }

  /** Merges what is known into an open plan; what is new in it is sealed with the plan. */
  async sync(sheet: Sheet, fresh = false): Promise<void> {
    // An entry needs only its readers checked: its words do not wait for that.
    if (sheet.kind !== 'plan') return void (this.known.isRead || void this.read().catch(() => undefined));
    // Before any request: a slow server must not delay what has to be recorded first.
    await this.#record(sheet);
    if (fresh || !this.known.isRead) await this.read();
    const before = sheet.snapshot();
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
    const words = sheet.snapshot();
    const c = checkedOf(words);
    if (!c || c.shown || c.rules !== RULES.version) return null;
    const [ws, name, at] = [sheet.ws, this.nameOf(words), JSON.stringify(c)];
    await this.known.readHere();
    const a = this.settled(ws, words);
    if (!isComplete(c, textOf(a, 'reach'))) return null;
    const { checked, findings } = show(c, heldOf(a), textOf(a, 'reach'), today(), () => b64u(random(9)));
    const page: Page = { ws, kind: 'plan', answers: { ...a, safety: checked, ...(Object.keys(findings.stops).length > 0 ? { standing: findings } : {}) } };
    const parts: People = {};
    this.#part(parts, this.personOf(ws, words), findings, name);
    if (!(await this.known.addHere(parts))) return null;
    // Another answer was given meanwhile: its own result is shown when that round is finished.
    if (sheet.released || JSON.stringify(sheet.snapshot()['safety']) !== at) return page;
    put(sheet, words, page.answers);
    put(sheet, page.answers, this.settled(ws, sheet.snapshot()));
    sheet.changed();
    await sheet.keep();
    return page;
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
    return updateReaders(this.around.signin, sheet);
  }

  clear(): void {
    this.known.clear();
    this.#ids = {};
  }
}

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
