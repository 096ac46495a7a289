// Enforces the limit of a field. Invariant: existing text is never cut, not at its end and not when
// it is already over the limit; only new text is refused, and undo works as if it had never been
// typed.

import { fitting, overflow, replaceIn } from './fit';

type Box = HTMLInputElement | HTMLTextAreaElement;
/** Enforces a limit on a field until the returned function is called. */
export type Limit = typeof limit;

/** The input types that can be refused before they happen; all others are corrected afterwards. */
const TYPED = ['insertText', 'insertLineBreak', 'insertFromPaste', 'insertFromYank'];

/** `cut` is told whether something was refused, `take` what the field contains then. */
export function limit(box: Box, max: number, value: () => string, cut: (was: boolean) => void, take: (next: string) => void): () => void {
  // The browser also fires an event for a change made here, some browsers later: such an event must
  // not reset `cut`.
  let refused = false;
  const put = (start: number, end: number, text: string) => {
    refused = true;
    replaceIn(box, start, end, text);
  };
  // Refuses what does not fit before it is inserted.
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
  // Text from an input method, a drop or a correction is cut within the new range once it is
  // complete. Undo restores what was there, however long.
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
  // Dragged text that does not fit is refused as a whole: the browser removes it where it came from
  // before it is inserted here. Text that moves within the field needs no room.
  let own = false;
  const drag = (e: Event) => (own = e.type === 'dragstart');
  const drop = (e: Event) => {
    const more = (e as DragEvent).dataTransfer?.getData('text/plain').replace(/\r\n?/g, '\n') ?? '';
    const end = box.value.length;
    if (own || fitting(box.value, end, end, more, max) === more) return;
    e.preventDefault();
    cut(true);
  };
  const listen = (on: 'addEventListener' | 'removeEventListener') => {
    for (const name of ['dragstart', 'dragend']) box[on](name, drag);
    box[on]('drop', drop);
    box[on]('beforeinput', before as EventListener);
    for (const name of ['input', 'compositionend']) box[on](name, after);
  };
  listen('addEventListener');
  return () => listen('removeEventListener');
}
