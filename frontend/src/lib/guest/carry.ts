// Moves the words on this device into an account whose pages are unlocked: seals them for it alone,
// and then destroys them here. The rules: words written under a room pass move automatically into
// their account; a guest's pages move when the person agreed in this very tab, or agrees on the
// page that lists them. Nothing is destroyed before its last page is sealed.

import type { Holder } from '../signin/holder';
import type { Signin } from '../signin/signin.svelte';
import { fromBody } from '../sheet/answers';
import { Sheets } from '../sheet/sheets.svelte';
import { kept } from './kept';
import { GuestStore, nameless } from './store';
import { drop } from './wipe';

const MARK = 'carry';

/** The person wants to move a store into the next account unlocked in this tab. */
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

/** Moves what waits for the unlocked account. */
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
