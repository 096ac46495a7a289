// Keyboard shortcuts of the counselor's desk. The rules: a key presses a button that is on the
// screen and does nothing else, so that it can do no more than a finger; never while somebody
// types, with a dialog open, with another modifier, or on key repeat.

/** The keys, in the order of the help list. */
export const KEYS = ['n', 'b', 'p', '1', '5', 's', 'u', 'c', '?'] as const;
export type Key = (typeof KEYS)[number];

/** The fields of a key event that matter here. */
export interface Pressed {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  isComposing: boolean;
}

/** Where the key was pressed: in a field, or with a dialog open. */
export interface Where {
  typing: boolean;
  modal: boolean;
}

/** The shortcut that was pressed, or null. */
export function shortcut(e: Pressed, where: Where): Key | null {
  if (where.typing || where.modal || e.ctrlKey || e.altKey || e.metaKey || e.repeat || e.isComposing) return null;
  const key = e.key.toLowerCase();
  return KEYS.find((k) => k === key) ?? null;
}

/** Whether an element takes typed text or handles keys itself. */
export function takesKeys(el: Element | null): boolean {
  if (!el) return false;
  if (el instanceof HTMLElement && el.isContentEditable) return true;
  if (el.closest('textarea, select, [contenteditable]:not([contenteditable="false"])')) return true;
  return el instanceof HTMLInputElement && !['button', 'submit', 'reset', 'checkbox'].includes(el.type);
}
