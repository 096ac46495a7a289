// Uploads a changed vault with compare-and-set. When another device was faster, its copy is
// fetched and merged in the worker, and the change is tried again.

import { api, ApiFault } from '../net/api';
import type { VaultUpload } from '../vault/keeper';
import type { VaultFile } from '../wire/wire';
import type { Signin } from './signin.svelte';

const TRIES = 4;

/** Makes a change in the open vault and brings it to the server. `change` may run again. */
export async function changeVault(signin: Signin, change: () => Promise<VaultUpload | null>): Promise<void> {
  for (let tries = 1; ; tries++) {
    const next = await change();
    if (next === null) return;
    try {
      await api('PUT', '/vault', { body: next, headers: { 'If-Match': String(next.ctr - 1) } });
      await signin.vault.vaultSaved(next.ctr);
      return;
    } catch (e) {
      if (!(e instanceof ApiFault) || e.status !== 409 || tries === TRIES) throw e;
      const file = await api<VaultFile>('GET', '/vault');
      await signin.vault.openVault(file.ctr, file.file);
    }
  }
}
