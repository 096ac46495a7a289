// Makes a page readable whose form this app does not have: answers without a question in the
// nearest form are listed below it, without their questions.

import { worksheetsText } from '../text/sections/worksheets';
import { isEmpty, type Answers } from './answers';
import type { Form, FormField } from './forms';
import { wordsIn } from './say';

/** Fields that the app stores in a page beside the answers. */
const KEPT = ['nick', 'about', 'reach', 'closed', 'safety', 'standing', 'notYet', 'sent', 'state'];

export function everyWord(form: Form, a: Answers): Form {
  if (form.known) return form;
  const rest = Object.keys(a).filter((key) => !isEmpty(a[key]) && !KEPT.includes(key) && !form.fields.some((f) => f.key === key));
  if (rest.length === 0) return form;
  const t = worksheetsText().newer;
  const fields = rest.map((key): FormField => ({ key, type: wordsIn(a[key]) === '' ? 'check' : 'long', label: t.question, hint: '', options: [], labels: {} }));
  const step = { key: 'rest', n: form.steps.length + 1, title: t.rest, intro: '', fields };
  return { ...form, steps: [...form.steps, step], fields: [...form.fields, ...fields] };
}
