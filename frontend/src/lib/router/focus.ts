// After each change of page the focus goes to its heading and the page starts at its top, so
// that readers and keyboards know where they are. Back restores the scroll by itself.

import { tick } from 'svelte';

let first = true;
let back = false;

addEventListener('popstate', () => {
  back = true;
});

export async function arrived(): Promise<void> {
  await tick();
  if (first) {
    first = false;
    return;
  }
  const was = back;
  back = false;
  requestAnimationFrame(() => {
    const heading = document.querySelector<HTMLElement>('h1[tabindex="-1"]');
    heading?.focus({ preventScroll: was });
    if (!was) scrollTo(0, 0);
  });
}
