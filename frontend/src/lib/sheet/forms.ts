// The worksheet forms, made of versioned data: the shape of a kind (fields, limits, conditions) and
// its words in each language. A change of wording is a new version, never an edit of a version in
// use: a second version is just `plan.2.json` with its words beside it. A page keeps the form it
// was written with, named by `tpl` in its sealed body; only new pages get the newest form. A key
// keeps its meaning across versions. Form, print view, mentor's view and tests all use the result
// of loadForm.

export type Kind = 'entry' | 'plan' | 'reflection';
export const KINDS: readonly Kind[] = ['entry', 'plan', 'reflection'];
/** Kind and version of a form, as in a page's sealed body. A kind alone is not enough. */
export type Tpl = `${string}@${string}`;
export type Track = 'twelve_step' | 'secular';

export interface FieldShape {
  key: string;
  type: 'line' | 'long' | 'one' | 'many' | 'check' | 'date' | 'amount' | 'scale' | 'promises';
  max?: number;
  rows?: number;
  options?: string[];
  /** Required to save at all, or before the page can be sent to a mentor. */
  need?: 'save' | 'send';
  /** Shown only on these routes. */
  when?: string[];
  /** Required before sending on these routes; or on all but these. */
  needWhen?: string[];
  needUnless?: string[];
  /** Shown only when there is something to pay back; only after another field is filled. */
  whenPaying?: boolean;
  after?: string;
  /** The date must not be in the future. */
  past?: boolean;
  /** For plans: whether an edit voids a sign-off. Every field of a plan sets it. */
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
  /** The labels of the choices, in the order of the shape. */
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
  /** Whether this app has the requested form; otherwise the form is a stand-in for reading only. */
  known: boolean;
  title: string;
  steps: FormStep[];
  fields: FormField[];
}

/** Combines shape and words. Choices keep the order of the shape. */
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

/** The released forms. The file names alone define which versions exist. */
export const FILES: Record<string, () => Promise<{ default: unknown }>> = import.meta.glob<{ default: unknown }>('./forms/*.json');

const nameOf = (tpl: Tpl): string => (/^[a-z]+@[1-9]\d*$/.test(tpl) ? `./forms/${tpl.replace('@', '.')}` : '');
const read = async <T>(file: string): Promise<T | null> => ((await FILES[file]?.())?.default as T | undefined) ?? null;

/** Whether this app has the form. A page from another device may use a newer one. */
export const knows = (tpl: Tpl): boolean => nameOf(tpl) + '.json' in FILES;

/** The form for a new page of a kind. */
export function newestOf(kind: Kind): Tpl {
  const versions = Object.keys(FILES).map((name) => Number(new RegExp(`/${kind}\\.(\\d+)\\.json$`).exec(name)?.[1] ?? 0));
  return `${kind}@${Math.max(...versions)}`;
}

/** A page of an unknown kind is read like an entry. */
export const kindOf = (tpl: Tpl): Kind => KINDS.find((k) => k === tpl.split('@')[0]) ?? 'entry';

/** The shape of a form; null when this app does not have it. */
export const shapeOf = (tpl: Tpl): Promise<Shape | null> => read<Shape>(nameOf(tpl) + '.json');

/** Loads the form of a page, in a language and wording. For a form that this app does not have it
 * returns the nearest one for reading: the newest words, with nothing required. */
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

/** A question without conditions: every answer is shown, and nothing is required. */
const askless = ({ key, type, label, hint, options, labels, by, done }: FormField): FormField => ({
  ...{ key, type, label, hint, options, labels },
  ...(by === undefined ? {} : { by }),
  ...(done === undefined ? {} : { done }),
});
