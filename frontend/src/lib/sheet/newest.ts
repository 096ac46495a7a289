// The versions of a page that the server has. Invariant: what the server says is used only as far as
// the files prove it. A file that does not open, or that is older than one this device or the vault
// knows, is refused and not shown.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { byVault } from '../signin/vaultsync';
import { SealError } from '../vault/error';
import type { Sealed } from '../wire/wire';
import { fromBody, type Answers } from './answers';
import type { Tpl } from './forms';
import type { Sheet } from './sheet.svelte';

/** A version of a page on the server, opened: its answers, form, number and content hash. */
export interface ServerVersion {
  answers: Answers;
  tpl: Tpl;
  ver: number;
  hc: string;
}

/** Fetches and opens the newest version of a page. Null when there is none, when it is refused, or
 * when the server does not reply; the fields of the sheet say which. */
export async function fetchNewest(sheet: Sheet): Promise<ServerVersion | null> {
  sheet.absent = false;
  try {
    return await byVault(sheet.signin, async () => {
      const row = (await versionsOf(sheet)).at(-1);
      sheet.absent = !row;
      if (!row) return null;
      sheet.elsewhere = false;
      // Until the file itself is open, the server's list is only shown, and used for nothing.
      sheet.sharing.sentTo = row.readers.slice(1);
      const opened = await sheet.signin.vault.openDoc(sheet.typ, sheet.ws, row.ver, await call(op.openSealed, { params: { id: row.id } }));
      sheet.sharing.sentTo = opened.readers;
      const body = fromBody(opened.body);
      sheet.refused = false;
      return { answers: body.answers, tpl: body.tpl, ver: row.ver, hc: opened.hc };
    });
  } catch (e) {
    if (e instanceof SealError) sheet.refused = true;
    if (e instanceof ApiFault && e.offline) sheet.offline = true;
    sheet.absent = e instanceof ApiFault && e.status === 404;
    return null;
  }
}

/** The server's list of the stored versions of a page, oldest first. */
export async function versionsOf({ ws, typ }: Sheet): Promise<Sealed[]> {
  return (await call(op.listVersions, { params: { ws } })).sealed.filter((s) => s.typ === typ);
}
