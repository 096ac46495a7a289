// For a component: the question whether the person of a page is one of its possible readers. It is
// asked about every mentor, and again when there is a new one. A yes removes that mentor's access
// at once. The answer is not part of the page, so nobody who reads a page learns it.

import type { Answers } from '../sheet/answers';
import type { Sheet } from '../sheet/sheet.svelte';
import { useSheets } from '../sheet/sheets.svelte';
import { fill } from '../text/text.svelte';
import { nearText } from '../text/sections/near';
import type { Near } from '../vault/findings';
import { usePairs } from './pairs.svelte';

export class NearQuestion {
  readonly #sheets = useSheets();
  readonly #pairs = usePairs();
  readonly #sheet: () => Sheet;

  constructor(sheet: () => Sheet) {
    this.#sheet = sheet;
  }

  get #of(): [string, Answers] {
    const sheet = this.#sheet();
    return [sheet.ws, sheet.answers];
  }

  get #near(): Near {
    return this.#sheets.safety.near(...this.#of);
  }

  /** The possible readers, by account: people who were compared or are assigned. */
  get #names(): Record<string, string> {
    const assigned = this.#pairs.mine.flatMap((a) => (a.mentor && !a.ended ? [[a.mentor.acct, this.#pairs.nameOf(a)]] : []));
    return { ...(Object.fromEntries(assigned) as Record<string, string>), ...this.#sheets.safety.known.names };
  }

  /** Whether the question must be asked; false until the vault was read. */
  get asks(): boolean {
    return this.#sheets.safety.known.names !== null && this.#sheets.safety.asksNear(...this.#of, Object.keys(this.#names));
  }

  /** Whether it was answered, and more people can still be added. */
  get open(): boolean {
    const near = this.#near;
    return near['group'] !== undefined && !Object.keys(this.#names).some((acct) => near[acct] === 'yes');
  }

  /** Whether the person is one of the possible readers, as far as is known. */
  get is(): boolean {
    return Object.values(this.#near).includes('yes');
  }

  bars = (acct: string): boolean => this.#sheets.safety.bars(...this.#of, acct);

  /** Says what the page is and that a counselor comes first; '' when it is about no possible
   * reader. Never contains a name: that person may see the screen. */
  get said(): string {
    const t = nearText();
    const near = this.#near;
    if (!this.is) return '';
    const named = Object.keys(near).some((who) => near[who] === 'yes' && who !== 'group' && who !== 'mentor');
    return `${named ? t.isMentor : near['mentor'] === 'yes' ? t.isSome : t.isGroup} ${t.first}`;
  }

  get options(): Record<string, string> {
    const t = nearText();
    const names = Object.entries(this.#names);
    const each = Object.fromEntries(names.map(([acct, name]) => [acct, fill(t.is, { name })]));
    return { no: t.no, ...each, mentor: names.length > 0 ? t.other : t.mentor, group: t.group };
  }

  /** The effect of an answer, shown before it is stored. */
  does(picked: string): string {
    const t = nearText();
    const name = this.#names[picked];
    return name ? fill(t.does, { name }) : picked === 'mentor' ? t.doesSome : '';
  }

  /** Stores an answer and closes that mentor's access. False while closing waits for a connection. */
  async tell(picked: string): Promise<boolean> {
    const near: Near = Object.fromEntries([...Object.keys(this.#names), 'mentor', 'group'].map((who) => [who, who === picked ? 'yes' : 'no']));
    const sheet = this.#sheet();
    await this.#sheets.safety.tellNear(sheet.ws, $state.snapshot(sheet.answers) as Answers, near);
    if (picked === 'no' || picked === 'group') return true;
    const shut = await this.#pairs.settle().then(
      () => true,
      () => false,
    );
    this.#pairs.turned += 1;
    return shut;
  }
}
