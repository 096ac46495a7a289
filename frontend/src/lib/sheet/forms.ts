// The forms of the worksheets, made of versioned data: the shape of a kind (which fields, which
// limits, which conditions) and its words in a language. A change of wording is a new version,
// never an edit of one that somebody has written under: `plan.2.json` with its words beside it is
// all that a second version takes. A page keeps the form that it was written with, by the `tpl` in
// its sealed body; only a new page gets the newest. A key that stays keeps its meaning. Form, print
// view, mentor's view and tests are all made of what this gives.

export type Kind = 'entry' | 'plan' | 'reflection';
export const KINDS: readonly Kind[] = ['entry', 'plan', 'reflection'];
/** A form by its kind and version, as a page's sealed body names it. A kind alone is none. */
export type Tpl = `${string}@${string}`;
export type Track = 'twelve_step' | 'secular';

export interface FieldShape {
  key: string;
  type: 'line' | 'long' | 'one' | 'many' | 'check' | 'date' | 'amount' | 'scale' | 'promises';
  max?: number;
  rows?: number;
  options?: string[];
  /** Needed to save at all, or before the mentor can get it. */
  need?: 'save' | 'send';
  /** Shown only on these routes. */
  when?: string[];
  /** Needed before sending on these routes; or on all but these. */
  needWhen?: string[];
  needUnless?: string[];
  /** Shown only where there is something to pay back; only after another field is filled. */
  whenPaying?: boolean;
  after?: string;
  /** A date that is not in the future. */
  past?: boolean;
  /** Of a plan: whether an edit voids a sign-off. Every field says it. */
  gated?: boolean;
}

export interface StepShape {
  key: string;
  n?: number;
  fields: FieldShape[];
}

export interface Shape {
  kind: Kind;
  version: number;
  steps: StepShape[];
}

interface FieldWords {
  label: string;
  hint?: string;
  options?: Record<string, string>;
  under?: Record<string, string>;
  underStop?: Record<string, string>;
  by?: string;
  done?: string;
}

export interface Words {
  title: string;
  steps: Record<string, { title: string; intro?: string }>;
  fields: Record<string, FieldWords>;
  secular?: { fields?: Record<string, Partial<FieldWords>> };
}

export interface FormField extends FieldShape, Omit<FieldWords, 'options'> {
  hint: string;
  options: string[];
  /** The words of the choices, in the order of the shape. */
  labels: Record<string, string>;
}

export interface FormStep {
  key: string;
  n: number;
  title: string;
  intro: string;
  fields: FormField[];
}

export interface Form {
  kind: Kind;
  tpl: Tpl;
  /** Whether this app has the form that was asked for; otherwise this one is for reading alone. */
  known: boolean;
  title: string;
  steps: FormStep[];
  fields: FormField[];
}

/** Puts shape and words together. Choices keep the order of the shape. */
export function compose(shape: Shape, words: Words, track: Track): Form {
  const steps = shape.steps.map((s, i) => ({
    key: s.key,
    n: s.n ?? i + 1,
    title: words.steps[s.key]?.title ?? '',
    intro: words.steps[s.key]?.intro ?? '',
    fields: s.fields.map((f) => withWords(f, words, track)),
  }));
  return madeOf(`${shape.kind}@${shape.version}`, shape.kind, words.title, steps);
}

const madeOf = (tpl: Tpl, kind: Kind, title: string, steps: FormStep[]): Form => ({ kind, tpl, known: true, title, steps, fields: steps.flatMap((s) => s.fields) });

function withWords(f: FieldShape, words: Words, track: Track): FormField {
  const plain = words.fields[f.key] ?? { label: f.key };
  const other = track === 'secular' ? words.secular?.fields?.[f.key] : undefined;
  const all = { ...plain.options, ...other?.options };
  const options = f.options ?? [];
  return { ...f, ...plain, label: other?.label ?? plain.label, hint: plain.hint ?? '', options, labels: Object.fromEntries(options.map((o) => [o, all[o] ?? o])) };
}

/** The released forms. Which versions there are is said by the names of the files alone. */
export const FILES: Record<string, () => Promise<{ default: unknown }>> = import.meta.glob<{ default: unknown }>('./forms/*.json');

const nameOf = (tpl: Tpl): string => (/^[a-z]+@[1-9]\d*$/.test(tpl) ? `./forms/${tpl.replace('@', '.')}` : '');
const read = async <T>(file: string): Promise<T | null> => ((await FILES[file]?.())?.default as T | undefined) ?? null;

/** Whether this app has the form. Another device may have a newer app. */
export const knows = (tpl: Tpl): boolean => nameOf(tpl) + '.json' in FILES;

/** The form that a new page of a kind gets. */
export function newestOf(kind: Kind): Tpl {
  const versions = Object.keys(FILES).map((name) => Number(new RegExp(`/${kind}\\.(\\d+)\\.json$`).exec(name)?.[1] ?? 0));
  return `${kind}@${Math.max(...versions)}`;
}

/** A page of a kind that this app does not have is read like an entry. */
export const kindOf = (tpl: Tpl): Kind => KINDS.find((k) => k === tpl.split('@')[0]) ?? 'entry';

/** The shape of a form; null where this app does not have it. */
export const shapeOf = (tpl: Tpl): Promise<Shape | null> => read<Shape>(nameOf(tpl) + '.json');

/** Loads the form that a page was written with, in a language and wording. Of one that this app
 * does not have it gives what is nearest: the words of the newest, which ask for nothing. */
export async function loadForm(tpl: Tpl, language: string, track: Track): Promise<Form> {
  const known = await composed(tpl, language, track);
  if (known) return known;
  const near = await composed(newestOf(kindOf(tpl)), language, track);
  if (!near) throw new Error('no such form');
  const steps = near.steps.map((s) => ({ ...s, fields: s.fields.map(askless) }));
  return { ...madeOf(tpl, near.kind, near.title, steps), known: false };
}

async function composed(tpl: Tpl, language: string, track: Track): Promise<Form | null> {
  const [shape, words] = await Promise.all([shapeOf(tpl), read<Words>(`${nameOf(tpl)}.${language}.json`)]);
  return shape && words && compose(shape, words, track);
}

/** A question without its conditions: whatever was answered is shown, and nothing is needed. */
const askless = ({ key, type, label, hint, options, labels, by, done }: FormField): FormField => ({
  ...{ key, type, label, hint, options, labels },
  ...(by === undefined ? {} : { by }),
  ...(done === undefined ? {} : { done }),
});
