// Passes the code of a screen from a counselor's window to the second window that it opened. It
// goes through this origin's storage and never in the URL: with a URL, a link on any site could
// make this browser connect to a stranger's room and show it as the big screen.

const KEY = 'screen';

export const handOver = (code: string): void => localStorage.setItem(KEY, code);

/** Returns the code that was passed, once. */
export function takeOver(): string {
  const code = localStorage.getItem(KEY) ?? '';
  localStorage.removeItem(KEY);
  return code;
}
