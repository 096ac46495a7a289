// Uploads a changed vault with compare-and-set. When another device was faster, its copy is
// fetched and merged in the worker, and the change is tried again. Uploads come one after the
// other. What an upload that failed was to bring stays in the worker and comes with the next one.

import { api, ApiFault } from '../net/api';
import { SealError } from '../vault/error';
import type { VaultUpload } from '../vault/keeper';
import type { VaultFile } from '../wire/wire';
import type { Signin } from './signin.svelte';

const TRIES = 4;
const lines = new WeakMap<Signin, Promise<unknown>>();

/** Makes a change in the open vault and brings it to the server. `change` may run again. */
export function changeVault(signin: Signin, change: () => Promise<VaultUpload | null>): Promise<void> {
  const before = lines.get(signin) ?? Promise.resolve();
  const mine = before.then(() => upload(signin, change));
  lines.set(
    signin,
    mine.catch(() => undefined),
  );
  return mine;
}

async function upload(signin: Signin, change: () => Promise<VaultUpload | null>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const next = await change();
    if (next === null) return;
    try {
      await api('PUT', '/vault', { body: next, headers: { 'If-Match': String(next.ctr - 1) } });
      await signin.vault.vaultSaved(next.ctr);
      return;
    } catch (e) {
      if (!(e instanceof ApiFault) || e.status !== 409 || tries === TRIES) throw e;
      await fetchVault(signin);
    }
  }
}

/** Brings what the vault noted and the server does not have: one upload for all of it. */
export const bringVault = (signin: Signin): Promise<void> => changeVault(signin, () => signin.vault.pendingVault());

/** Fetches the server's vault and merges it into the open one. E_ROLLBACK when it is an old one:
 * another tab may have brought a newer one while the answer was on its way, so it is asked twice. */
export async function fetchVault(signin: Signin): Promise<void> {
  const once = async (): Promise<void> => {
    const file = await api<VaultFile>('GET', '/vault');
    signin.sheets = (await signin.vault.openVault(file.ctr, file.file)).sheets;
  };
  await once().catch((e: unknown) => {
    if (!(e instanceof SealError) || e.code !== 'E_ROLLBACK') throw e;
    return once();
  });
}

/** Opens documents by the vault as it is here. What it refuses as out of order may come from
 * another tab or device that was faster: then the newest vault is fetched, and `open` runs once
 * more, which has to ask the server for its list again. */
export async function byVault<T>(signin: Signin, open: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await open(false);
  } catch (e) {
    if (!(e instanceof SealError) || (e.code !== 'E_ROLLBACK' && e.code !== 'E_CHAIN')) throw e;
    await fetchVault(signin);
    return open(true);
  }
}
