// What fits into a field with a limit. Invariant: existing text is never cut, not at its end and
// not when it is already over the limit; only new text is refused, from its end, and never half a
// character. Lengths are counted as on the server: in characters, not in UTF-16 units.

export const lengthOf = (s: string): number => [...s].length;

/** The longest start of a text with at most `room` characters, without half a character. */
export function startOf(text: string, room: number): string {
  if (text.length <= room) return text;
  let [out, used] = ['', 0];
  for (const sign of signsOf(text)) {
    used += lengthOf(sign);
    if (used > room) break;
    out += sign;
  }
  return out;
}

/** Characters as people see them (graphemes), where the browser supports it. */
function* signsOf(text: string): Iterable<string> {
  if (!('Segmenter' in Intl)) yield* text;
  else for (const { segment } of new Intl.Segmenter().segment(text)) yield segment;
}

/** How much of `more` fits in place of the text between `start` and `end`. */
export function fitting(text: string, start: number, end: number, more: string, max: number): string {
  const most = Math.max(max, lengthOf(text));
  return startOf(more, most - lengthOf(text.slice(0, start)) - lengthOf(text.slice(end)));
}

/** For a field that became too long by a change that could not be refused before: the new range,
 * and what of it fits. */
export function overflow(before: string, now: string, max: number): { start: number; end: number; fits: string } | null {
  if (lengthOf(now) <= Math.max(max, lengthOf(before))) return null;
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && before[start] === now[start]) start++;
  if (splits(now, start) || splits(before, start)) start--;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === now.at(-1 - tail)) tail++;
  if (splits(now, now.length - tail) || splits(before, before.length - tail)) tail--;
  const end = now.length - tail;
  return { start, end, fits: fitting(before, start, before.length - tail, now.slice(start, end), max) };
}

/** Whether a position is inside a character. */
const splits = (s: string, at: number): boolean => at > 0 && at < s.length && (s.codePointAt(at - 1) ?? 0) > 0xffff;

/** Changes a range of a field as if it was typed, so that it can be undone. */
export function replaceIn(el: HTMLInputElement | HTMLTextAreaElement, start: number, end: number, text: string): void {
  el.setSelectionRange(start, end);
  const done = text === '' ? start === end || document.execCommand('delete') : document.execCommand('insertText', false, text);
  if (done) return;
  el.setRangeText(text, start, end, 'end');
  el.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
}
