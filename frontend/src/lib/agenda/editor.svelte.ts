// An agenda being written. Invariants: every change is sent to the server within a second and kept
// on this device until it is stored there; two editors lose nothing; adding, moving and removing
// parts can be undone without undoing what was typed.

import { untrack } from 'svelte';
import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { faultWords } from '../faults/words';
import type { Agenda, AgendaDraftRequest } from '../wire/wire';
import { lacksOf, minutesOf, moved } from './rules';
import { Part } from './part.svelte';
import { keptDraft } from './kept';

export type Saved = 'fresh' | 'waiting' | 'saving' | 'saved' | 'offline' | 'refused' | 'error';

const SOON = 700;
const AGAIN = 5_000;
const TOAST = 8_000;

interface Step {
  parts: Part[];
  title: string;
}

export class Editor {
  agenda = $state.raw<Agenda | null>(null);
  title = $state('');
  target = $state(90);
  parts = $state.raw<Part[]>([]);
  chosen = $state(0);
  saved = $state<Saved>('fresh');
  savedAt = $state(0);
  /** The draft is also kept in this tab, in case the tab is reloaded before it is saved. */
  keptHere = $state(true);
  fault = $state('');
  conflict = $state.raw<Agenda | null>(null);
  /** The last change of the list, for screen readers. */
  said = $state('');
  /** What was just removed, while one tap can undo it. */
  removed = $state('');
  /** The version number of a draft just published on this page. */
  publishedNow = $state(0);
  #steps = $state.raw<Step[]>([]);

  /** The draft on which the content on screen is based. */
  #at = { ver: 1, rev: 0 };
  #kept = '';
  #timer = 0;
  #toast = 0;
  #saving: Promise<void> | null = null;

  constructor(
    readonly id: string,
    private readonly language: string,
  ) {}

  readonly minutes = $derived.by(() => minutesOf(this.parts.map((p) => p.wire)));
  readonly lacks = $derived.by(() =>
    lacksOf(
      this.title,
      this.parts.map((p) => p.wire),
    ),
  );
  readonly whole = $derived.by(() => this.lacks.length === 0 && this.parts.every((p) => !p.wrong));
  readonly body = $derived.by(() => JSON.stringify({ title: this.title, target_min: this.target, segments: this.parts.map((p) => p.wire) }));

  get part(): Part | undefined {
    return this.parts[this.chosen];
  }

  get canUndo(): boolean {
    return this.#steps.length > 0;
  }

  get draftVer(): number {
    return this.#at.ver;
  }

  async load(): Promise<void> {
    this.fault = '';
    try {
      const a = await call(op.readAgenda, { params: { agenda: this.id }, ...(this.language ? { query: { language: this.language } } : {}) });
      this.#show(a);
      const kept = a.may_edit ? keptDraft.read(this.id) : null;
      if (kept) this.#goOn(kept);
    } catch (e) {
      this.fault = faultWords(e);
    }
  }

  #show(a: Agenda): void {
    this.agenda = a;
    [this.title, this.target] = [a.title, a.target_min];
    this.parts = a.segments.map((s) => new Part(s));
    this.chosen = Math.min(this.chosen, Math.max(0, this.parts.length - 1));
    this.#at = next(a);
    this.#kept = untrack(() => this.body);
    this.#steps = [];
    this.conflict = null;
    this.saved = 'fresh';
  }

  /** Restores a draft of this device that never reached the server. A draft that a closing page did
   * deliver is no longer kept. */
  #goOn(kept: AgendaDraftRequest): void {
    [this.title, this.target] = [kept.title, kept.target_min];
    this.parts = kept.segments.map((s) => new Part(s));
    if (untrack(() => this.body) !== this.#kept) {
      this.#at = { ver: kept.ver, rev: kept.rev };
      return;
    }
    keptDraft.drop(this.id);
    this.savedAt = this.agenda?.saved_at ?? 0;
    this.saved = 'saved';
  }

  /** Called after every change of what is on screen. */
  touched(): void {
    if (!this.agenda?.may_edit || this.conflict) return;
    if (this.body === this.#kept) {
      if (this.saved === 'waiting') this.saved = this.savedAt ? 'saved' : 'fresh';
      return;
    }
    this.publishedNow = 0;
    if (this.saved !== 'saving') this.saved = 'waiting';
    this.keptHere = keptDraft.write(this.id, this.#request());
    this.#later(SOON);
  }

  #request(): AgendaDraftRequest {
    return { ...this.#at, ...(JSON.parse(this.body) as Omit<AgendaDraftRequest, 'ver' | 'rev'>) };
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.save(), ms);
  }

  /** Saves what is on screen; one save at a time, and once more if it changed meanwhile. */
  async save(keepalive = false): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#saving) await this.#saving;
    if (!this.agenda?.may_edit || this.conflict || this.body === this.#kept) return;
    this.#saving = this.#send(keepalive).finally(() => (this.#saving = null));
    await this.#saving;
  }

  async #send(keepalive: boolean): Promise<void> {
    const sent = this.body;
    this.saved = 'saving';
    try {
      const put = await call(op.saveAgenda, { params: { agenda: this.id }, body: this.#request(), keepalive });
      this.#at = { ver: put.ver, rev: put.rev };
      this.#kept = sent;
      this.savedAt = put.saved_at;
      if (this.agenda) this.agenda = { ...this.agenda, draft: true, ver: put.ver, rev: put.rev };
      keptDraft.drop(this.id);
      this.saved = 'saved';
      if (this.body !== sent) this.touched();
    } catch (e) {
      await this.#notSaved(e);
    }
  }

  async #notSaved(e: unknown): Promise<void> {
    if (e instanceof ApiFault && e.code === 'agenda.moved_on') {
      this.saved = 'error';
      this.conflict = await call(op.readAgenda, { params: { agenda: this.id } }).catch(() => null);
      if (!this.conflict) this.#later(AGAIN);
      return;
    }
    if (e instanceof ApiFault && e.status >= 400 && e.status < 500 && e.status !== 429) {
      this.saved = 'refused';
      if (e.status !== 400) this.fault = faultWords(e);
      return;
    }
    this.saved = e instanceof ApiFault && e.offline ? 'offline' : 'error';
    this.#later(AGAIN);
  }

  // The list --------------------------------------------------------------------------------

  #change(parts: Part[], chosen: number, said: string): void {
    this.#steps = [...this.#steps.slice(-30), { parts: this.parts, title: this.title }];
    this.parts = parts;
    this.chosen = chosen;
    this.said = said;
    this.removed = '';
  }

  /** Inserts a part after the selected one. */
  add(part: Part, said: (n: number) => string): void {
    const at = this.parts.length === 0 ? 0 : this.chosen + 1;
    this.#change([...this.parts.slice(0, at), part, ...this.parts.slice(at)], at, said(at + 1));
  }

  remove(index: number, said: string): void {
    this.#change(
      this.parts.filter((_, i) => i !== index),
      Math.max(0, Math.min(index, this.parts.length - 2)),
      said,
    );
    this.removed = said;
    clearTimeout(this.#toast);
    this.#toast = window.setTimeout(() => (this.removed = ''), TOAST);
  }

  /** Moves a part; false when it is already at that end. */
  move(from: number, to: number, said: string): boolean {
    if (to < 0 || to >= this.parts.length) return false;
    if (from !== to) this.#change(moved(this.parts, from, to), to, said);
    return true;
  }

  /** Moves the selected part during a drag: one drag is one undo step, however many rows it passes. */
  slide(to: number, first: boolean): void {
    if (first) this.#change(moved(this.parts, this.chosen, to), to, '');
    else [this.parts, this.chosen] = [moved(this.parts, this.chosen, to), to];
  }

  undo(said: string): void {
    const last = this.#steps.at(-1);
    if (!last) return;
    this.#steps = this.#steps.slice(0, -1);
    [this.parts, this.title, this.said, this.removed] = [last.parts, last.title, said, ''];
    this.chosen = Math.max(0, Math.min(this.chosen, this.parts.length - 1));
  }

  /** Replaces the draft with the content of a published version. */
  async goOnFrom(ver: number, said: string): Promise<void> {
    const old = await call(op.readAgendaVersion, { params: { agenda: this.id, ver: String(ver) } });
    this.#change(
      old.segments.map((s) => new Part(s)),
      0,
      said,
    );
    [this.title, this.target] = [old.title, old.target_min];
  }

  // Two editors ----------------------------------------------------------------------------

  keepMine(): void {
    if (!this.conflict) return;
    this.#at = next(this.conflict);
    this.conflict = null;
    void this.save();
  }

  takeTheirs(): void {
    keptDraft.drop(this.id);
    if (this.conflict) this.#show(this.conflict);
  }

  /** Resolves a conflict by saving my words as a new agenda; the other version stays. Returns the
   * new id. */
  async keepBoth(title: string): Promise<string> {
    const language = this.agenda?.language ?? 'en';
    const made = await call(op.createAgenda, { body: { from: '', language, title } });
    await call(op.saveAgenda, { params: { agenda: made.id }, body: { ...this.#request(), ver: 1, rev: 1, title } });
    keptDraft.drop(this.id);
    return made.id;
  }

  async publish(): Promise<void> {
    this.fault = '';
    await this.save();
    if (this.conflict || this.body !== this.#kept) return;
    const ver = this.#at.ver;
    try {
      await call(op.publishAgenda, { params: { agenda: this.id }, body: this.#at });
      this.#show(await call(op.readAgenda, { params: { agenda: this.id } }));
      this.publishedNow = ver;
    } catch (e) {
      if (e instanceof ApiFault && e.code === 'agenda.moved_on') await this.#notSaved(e);
      else this.fault = faultWords(e);
    }
  }

  dispose(): void {
    void this.save(true);
    clearTimeout(this.#timer);
    clearTimeout(this.#toast);
  }
}

/** The version that a save is compared with (compare-and-set), for an agenda as it was loaded. */
const next = (a: Agenda) => (a.draft ? { ver: a.ver, rev: a.rev } : { ver: a.ver + 1, rev: 0 });
