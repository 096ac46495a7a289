// Uploads a changed vault with compare-and-set. When another device was faster, its copy is fetched
// and merged in the worker, and the change is retried. Uploads are sequential. Changes of a failed
// upload stay in the worker and are part of the next one.

import { ApiFault, call } from '../net/api';
import * as op from '../wire/operations';
import { SealError } from '../vault/error';
import type { VaultUpload } from '../vault/keeper';
import type { Signin } from './signin.svelte';

const TRIES = 4;
const lines = new WeakMap<Signin, Promise<unknown>>();

/** Makes a change in the open vault and uploads it. `change` may run again. */
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
      await call(op.saveVault, { body: next, headers: { 'If-Match': String(next.ctr - 1) } });
      await signin.vault.vaultSaved(next.ctr);
      return;
    } catch (e) {
      if (!(e instanceof ApiFault) || e.status !== 409 || tries === TRIES) throw e;
      await fetchVault(signin);
    }
  }
}

/** Uploads all vault changes that the server does not have, in one upload. */
export const bringVault = (signin: Signin): Promise<void> => changeVault(signin, () => signin.vault.pendingVault());

/** Fetches the server's vault and merges it into the open one. E_ROLLBACK when it is an old one. It
 * is fetched twice before failing: another tab may have uploaded a newer one meanwhile. */
export async function fetchVault(signin: Signin): Promise<void> {
  const once = async (): Promise<void> => {
    const file = await call(op.readVault);
    signin.sheets = (await signin.vault.openVault(file.ctr, file.file)).sheets;
  };
  await once().catch((e: unknown) => {
    if (!(e instanceof SealError) || e.code !== 'E_ROLLBACK') throw e;
    return once();
  });
}

/** Opens documents using this device's vault. When they are out of order (rollback or chain),
 * another tab or device may have been faster: the newest vault is fetched, and `open` runs once
 * more and must request the server's list again. */
export async function byVault<T>(signin: Signin, open: (again: boolean) => Promise<T>): Promise<T> {
  try {
    return await open(false);
  } catch (e) {
    if (!(e instanceof SealError) || (e.code !== 'E_ROLLBACK' && e.code !== 'E_CHAIN')) throw e;
    await fetchVault(signin);
    return open(true);
  }
}
