// Sends a plan to mentors, and keeps their copies of the safety check up to date. Invariants: a
// plan is shown as sent only when every one of its readers has those words; a changed result reaches everybody
// who has an older one, without waiting for a send. What they have is read from the stored files
// and not from the open page: every save seals the newest version for the owner alone, and a lock
// or a lost connection forgets pending sends.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import type { Signin } from '../signin/signin.svelte';
import { fromBody, textOf, type Answers } from './answers';
import { addsTo } from '../vault/union';
import { checkedOf, checkOf, gateOf, heldOf, otherNotYetsOf } from './plan';
import { gistOf } from './safety/findings';
import type { Tpl } from './forms';
import type { Sheet } from './sheet.svelte';
import type { Sheets } from './sheets.svelte';
import type { Row } from './rows';

const AGAIN = 5_000;
const turns = new WeakMap<Sheet, Promise<void>>();
const waiting = new WeakMap<Sheet, number>();

/** Sends a plan whose check changed to its readers, and retries while offline. Calls are
 * serialized: two at once would send it twice. */
export function updateReaders(signin: Signin, sheet: Sheet): Promise<void> {
  const turn = (turns.get(sheet) ?? Promise.resolve()).then(() => update(signin, sheet));
  turns.set(sheet, turn);
  return turn;
}

async function update(signin: Signin, sheet: Sheet): Promise<void> {
  clearTimeout(waiting.get(sheet));
  let owed: boolean;
  try {
    owed = await owesCheck(signin, sheet);
    if (owed) await sheet.finish();
    owed &&= sheet.unsent;
  } catch (e) {
    owed = e instanceof ApiFault && (e.offline || e.status >= 500);
  }
  if (!owed || !signin.open || sheet.gone || sheet.conflict) return;
  waiting.set(
    sheet,
    window.setTimeout(() => void updateReaders(signin, sheet), AGAIN),
  );
}

/** Sends a plan to all its readers. True when every one has it as it is now; otherwise the plan
 * keeps its earlier "sent", because a refused or pending send is not a send. */
export async function sendPlan(signin: Signin, sheet: Sheet): Promise<boolean> {
  const before = sheet.answers['sent'];
  // Fetched first: readers whom the server refuses are removed on the way.
  const to = await signin.vault.readersOf(sheet.ws);
  const gate = await gateOf(sheet.tpl, $state.snapshot(sheet.answers) as Answers);
  if (gate === null) return false;
  sheet.answers['sent'] = gate;
  delete sheet.answers['state'];
  sheet.changed();
  const whole = await sheet.finish().then(
    () => true,
    () => false,
  );
  if (whole && !sheet.unsent && to.length > 0 && to.every((acct) => sheet.sharing.sentTo.includes(acct))) return true;
  if (before === undefined) delete sheet.answers['sent'];
  else sheet.answers['sent'] = before;
  sheet.changed();
  await sheet.keep();
  return false;
}

/** Whether each reader of a plan has the words that it says were sent; `newest`: for whom the newest
 * version is sealed and no word is newer. The plan's own claim proves nothing: a tab that is closed in
 * the middle of a send leaves it in a version that nobody else has. */
export async function isSent(signin: Signin, ws: string, a: Answers, newest: readonly string[]): Promise<boolean> {
  const readers = await signin.vault.readersOf(ws);
  if (readers.every((acct) => newest.includes(acct))) return readers.length > 0;
  const { copies, left } = await heldBy(signin, ws, readers);
  const gates = await Promise.all(copies.map((copy) => gateOf(copy.tpl, copy.answers)));
  return left.length === 0 && gates.every((gate) => gate === textOf(a, 'sent'));
}

/** Says in the list of plans which of those that claim it were sent. */
export async function placeSent(sheets: Sheets, claims: readonly Row[], stale: () => boolean): Promise<void> {
  await Promise.all(
    claims.map(async (row) => {
      const sent = await isSent(sheets.signin, row.ws, row.answers, row.unsent ? [] : row.readers).catch(() => null);
      if (sent === null || stale()) return;
      sheets.rows = sheets.rows.map((r) => (r.ws === row.ws && r.state === null ? { ...r, state: sent ? 'sent' : 'draft' } : r));
    }),
  );
}

async function owesCheck(signin: Signin, sheet: Sheet): Promise<boolean> {
  const a = $state.snapshot(sheet.answers) as Answers;
  if (sheet.kind !== 'plan' || textOf(a, 'sent') === '' || !signin.open) return false;
  const readers = await signin.vault.readersOf(sheet.ws);
  if (readers.length === 0 || (!sheet.unsent && readers.every((acct) => sheet.sharing.sentTo.includes(acct)))) return false;
  const now = await said(a, a);
  const { copies } = await heldBy(signin, sheet.ws, readers);
  for (const copy of copies) if ((await said(a, copy.answers)) !== now || addsTo(otherNotYetsOf(a), otherNotYetsOf(copy.answers))) return true;
  return false;
}

/** While questions are being answered, only what stands counts; the new check counts once its
 * result was shown. */
const said = async (now: Answers, a: Answers): Promise<string> => (checkedOf(now)?.shown ? checkOf(a) : JSON.stringify(gistOf(heldOf(a))));

/** The newest version that each of these people has; `left` are those who have none. */
async function heldBy(signin: Signin, ws: string, readers: string[]): Promise<{ copies: { tpl: Tpl; answers: Answers }[]; left: string[] }> {
  const rows = (await call(op.listVersions, { params: { ws } })).sealed.filter((s) => s.typ === 'worksheet' && s.readers.length > 1).reverse();
  const copies: { tpl: Tpl; answers: Answers }[] = [];
  let left = readers;
  for (const row of rows) {
    if (left.length === 0) break;
    const opened = await signin.vault.openDoc('worksheet', ws, row.ver, await call(op.openSealed, { params: { id: row.id } }), true);
    if (left.some((acct) => opened.readers.includes(acct))) copies.push(fromBody(opened.body));
    left = left.filter((acct) => !opened.readers.includes(acct));
  }
  return { copies, left };
}
