// The forms of the worksheets, made of versioned data: the shape of a kind (which fields, which
// limits, which conditions) and its words in a language. A change of wording is a new version,
// never an edit of one that somebody has written under. Form, print view, mentor's view and
// tests are all made of what this gives.

export type Kind = 'entry' | 'plan' | 'reflection';
export const KINDS: readonly Kind[] = ['entry', 'plan', 'reflection'];
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
  tpl: string;
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
  return { kind: shape.kind, tpl: `${shape.kind}@${shape.version}`, title: words.title, steps, fields: steps.flatMap((s) => s.fields) };
}

function withWords(f: FieldShape, words: Words, track: Track): FormField {
  const plain = words.fields[f.key] ?? { label: f.key };
  const other = track === 'secular' ? words.secular?.fields?.[f.key] : undefined;
  const all = { ...plain.options, ...other?.options };
  const options = f.options ?? [];
  return { ...f, ...plain, label: other?.label ?? plain.label, hint: plain.hint ?? '', options, labels: Object.fromEntries(options.map((o) => [o, all[o] ?? o])) };
}

const files = import.meta.glob<{ default: unknown }>('./forms/*.json');

const VERSION: Record<Kind, number> = { entry: 1, plan: 1, reflection: 1 };

/** Loads the form of a kind in a language and wording. */
export async function loadForm(kind: Kind, language: string, track: Track): Promise<Form> {
  const v = VERSION[kind];
  const [shape, words] = await Promise.all([files[`./forms/${kind}.${v}.json`]?.(), files[`./forms/${kind}.${v}.${language}.json`]?.()]);
  if (!shape || !words) throw new Error('no such form');
  return compose(shape.default as Shape, words.default as Words, track);
}
