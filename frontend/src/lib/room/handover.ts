// A counselor's window hands the code of a screen to the second window it opened. It goes through
// the storage of this origin and never by the address: by an address, a link on any site could make
// this browser connect to a stranger's room and show it as the big screen.

const KEY = 'screen';

export const handOver = (code: string): void => localStorage.setItem(KEY, code);

/** The code that was handed over, once. */
export function takeOver(): string {
  const code = localStorage.getItem(KEY) ?? '';
  localStorage.removeItem(KEY);
  return code;
}
