// Keeps a field within its limit. What must hold: text that stands there is never cut, not at its
// end and not when it is over the limit already; only what comes new is refused, and an undo
// works as if it had never been typed.

import { fitting, overflow, replaceIn } from './fit';

type Box = HTMLInputElement | HTMLTextAreaElement;
/** Holds a field to its limit until what it gives is called. */
export type Limit = typeof limit;

/** What typing, pasting and line breaks do; other ways in are met after they happened. */
const TYPED = ['insertText', 'insertLineBreak', 'insertFromPaste', 'insertFromYank'];

/** `cut` is told whether something was refused, `take` what stands there then. */
export function limit(box: Box, max: number, value: () => string, cut: (was: boolean) => void, take: (next: string) => void): () => void {
  // The browser tells of a change that is made here, too, and some tell later: it takes back nothing.
  let refused = false;
  const put = (start: number, end: number, text: string) => {
    refused = true;
    replaceIn(box, start, end, text);
  };
  // Refuses what does not fit before it is there.
  const before = (e: InputEvent) => {
    if (e.isComposing || !TYPED.includes(e.inputType)) return;
    const more = e.inputType === 'insertLineBreak' ? '\n' : (e.data ?? e.dataTransfer?.getData('text/plain') ?? '').replace(/\r\n?/g, '\n');
    const [start, end] = [box.selectionStart ?? box.value.length, box.selectionEnd ?? box.value.length];
    const fits = fitting(box.value, start, end, more, max);
    if (fits === more) return;
    e.preventDefault();
    if (fits !== '') put(start, end, fits);
    cut(true);
  };
  // What was composed by an input method, dropped or corrected is cut where it is new, once it is
  // whole. An undo brings back what stood there, however long.
  const after = (e: Event) => {
    const { inputType, isComposing } = e as Partial<InputEvent>;
    const over = inputType?.startsWith('history') ? null : overflow(value(), box.value, max);
    if (over && isComposing) return;
    const mine = refused;
    refused = false;
    if (over) put(over.start, over.end, over.fits);
    cut(over !== null || mine);
    take(box.value);
  };
  const listen = (on: 'addEventListener' | 'removeEventListener') => {
    box[on]('beforeinput', before as EventListener);
    for (const name of ['input', 'compositionend']) box[on](name, after);
  };
  listen('addEventListener');
  return () => listen('removeEventListener');
}
