// Debounces the display of the saving state. Every keystroke is stored at once, so the state
// alternates between "saving" and "kept" with each key: shown as it is, the screen would flicker
// and a screen reader would never stop.

const STILL = 300;

/** Whether somebody is writing: true from the first change until everything is kept and stays so
 * for a moment. It becomes true at once and false with a delay, so that nothing is called kept too
 * soon. */
export function writing(saved: () => string | undefined): () => boolean {
  let late = $state(false);
  const now = $derived(saved() === 'saving');
  $effect(() => {
    if (now) {
      late = true;
      return;
    }
    const timer = setTimeout(() => (late = false), STILL);
    return () => clearTimeout(timer);
  });
  return () => now || late;
}
