// A draft that has not reached the server yet, kept in this tab's session storage. An agenda is a
// text of the facility, not a private one; the copy is removed when the tab closes or the draft is
// saved. On a shared device there is no copy: anybody could read it after a sign-out, and a browser
// brings it back with a closed tab.

import { mark } from '../signin/leaving';
import type { AgendaDraftRequest } from '../wire/wire';

const key = (id: string) => 'agenda:' + id;

export const keptDraft = {
  read(id: string): AgendaDraftRequest | null {
    try {
      return JSON.parse(sessionStorage.getItem(key(id)) ?? 'null') as AgendaDraftRequest | null;
    } catch {
      return null;
    }
  },
  /** False when the device cannot store it; saving to the server still works. */
  write(id: string, draft: AgendaDraftRequest): boolean {
    if (mark.shared()) return false;
    try {
      sessionStorage.setItem(key(id), JSON.stringify(draft));
      return true;
    } catch {
      return false;
    }
  },
  drop: (id: string): void => sessionStorage.removeItem(key(id)),
};
