// Step-up: before an act that gives rights over other people, the server asks who it is. The dialog is
// loaded when it is first needed.

import { mount, unmount } from 'svelte';
import type { Signin } from './signin.svelte';
import StepUp from './StepUp.svelte';

let asking: Promise<boolean> | null = null;

/** Asks the person for their password, once for all acts that wait for it. False when they do not give it. */
export function askWhoItIs(signin: Signin): Promise<boolean> {
  asking ??= shown(signin).finally(() => (asking = null));
  return asking;
}

async function shown(signin: Signin): Promise<boolean> {
  const { promise, resolve } = answer();
  const dialog = mount(StepUp, { target: document.body, props: { signin, done: resolve } });
  const proved = await promise;
  await unmount(dialog);
  return proved;
}

function answer(): { promise: Promise<boolean>; resolve: (proved: boolean) => void } {
  let resolve: (proved: boolean) => void = () => undefined;
  const promise = new Promise<boolean>((r) => (resolve = r));
  return { promise, resolve };
}
