// After each navigation the focus moves to the page's heading and the page scrolls to the top, so
// that screen readers and keyboard users know where they are. On Back the browser restores the
// scroll position.

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
