// Moves what this device kept into an account whose pages are open: sealed for it alone, and
// then destroyed here. The rules: what was written under a room pass moves by itself into the
// account it was written for; a guest's pages move when the person said so in this very tab, or
// says so on the page that lists them. Nothing is destroyed here before its last page is sealed.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';
import { fromBody } from '../sheet/answers';
import { Sheets } from '../sheet/sheets.svelte';
import { kept } from './kept';
import { GuestStore, nameless } from './store';
import { drop } from './wipe';

const MARK = 'carry';

/** The person takes a store along into the account that opens next in this tab. */
export const takeAlong = (store: string): void => sessionStorage.setItem(MARK, store);

/** Seals every page of a store for the account. */
export async function carry(name: string, sheets: Sheets): Promise<void> {
  const store = await GuestStore.open(name);
  try {
    for (const { ws, body } of await store.pages()) {
      const { kind, answers, tpl } = fromBody(body);
      const sheet = await sheets.begin(kind, answers, tpl);
      if (!sheet.safe || sheet.saved === 'error') throw new Error('not sealed');
      await store.drop(ws);
    }
  } finally {
    store.close();
  }
  await drop(name);
  if (sheets.loaded) await sheets.load();
}

/** Moves what waits for the account whose pages are open. */
export async function carryWaiting(signin: Signin, holder: Holder): Promise<void> {
  const me = signin.me;
  if (!me || !signin.open) return;
  const own = await nameless('own', me.acct);
  const along = sessionStorage.getItem(MARK);
  holder.sheets ??= new Sheets(signin);
  for (const k of kept()) {
    if (k.own !== own && k.store !== along) continue;
    if (k.store === along) sessionStorage.removeItem(MARK);
    await carry(k.store, holder.sheets as Sheets);
  }
}
