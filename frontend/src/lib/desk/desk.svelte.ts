// Data shared by the desk's pages: people, cohorts, slips and workshops; each page reloads it.

import { call } from '../net/api';
import * as op from '../wire/operations';
import { faultWords } from '../faults/words';
import type { AgendaChoice, Cohort, Invitation, Member, Workshop } from '../wire/wire';

export class Desk {
  people = $state.raw<Member[]>([]);
  cohorts = $state.raw<Cohort[]>([]);
  slips = $state.raw<Invitation[]>([]);
  workshops = $state.raw<Workshop[]>([]);
  agendas = $state.raw<AgendaChoice[]>([]);
  loaded = $state(false);
  fault = $state('');
  busy = $state(false);

  async load(): Promise<void> {
    await this.run(async () => {
      const since = Date.now() - 30 * 24 * 3600_000;
      const [people, cohorts, slips, workshops, agendas] = await Promise.all([
        call(op.listMembers),
        call(op.listCohorts),
        call(op.listInvitations),
        call(op.listWorkshops, { query: { since } }),
        call(op.listAgendas),
      ]);
      this.people = people.members;
      this.cohorts = cohorts.cohorts;
      this.slips = slips.invitations;
      this.workshops = workshops.workshops;
      this.agendas = agendas.agendas;
      this.loaded = true;
    });
  }

  /** Runs one operation and sets a message when it fails. */
  async run(what: () => Promise<void>): Promise<boolean> {
    this.fault = '';
    this.busy = true;
    try {
      await what();
      return true;
    } catch (e) {
      this.fault = faultWords(e);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Makes a change, then reloads everything. */
  async change(what: () => Promise<unknown>): Promise<boolean> {
    const ok = await this.run(async () => void (await what()));
    if (ok) await this.load();
    return ok;
  }

  cohortName(id: string): string {
    return this.cohorts.find((c) => c.id === id)?.name ?? '';
  }
}

const today = () => new Date().toISOString().slice(0, 10);

export function stateOf(c: Cohort): 'archived' | 'soon' | 'over' | 'running' {
  if (c.archived) return 'archived';
  if (c.starts_on > today()) return 'soon';
  return c.ends_on < today() ? 'over' : 'running';
}
