// A draft that did not reach the server yet, kept in this tab. An agenda is a text of the
// facility, not a private one; it goes when the tab closes or the draft is saved.

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
  write(id: string, draft: AgendaDraftRequest): void {
    try {
      sessionStorage.setItem(key(id), JSON.stringify(draft));
    } catch {
      // a device that keeps nothing still saves to the server
    }
  },
  drop: (id: string): void => sessionStorage.removeItem(key(id)),
};
