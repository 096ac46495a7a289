// How the state of saving is shown. Each word is kept as it is typed, so "saving" and "kept" take
// turns with every key: a screen that said both would flicker, and a screen reader would never stop.

const STILL = 300;

/** Whether somebody is writing: from a change on until all is kept and stays so for a moment. It is
 * said at once, and taken back late, so that nothing is called kept too soon. */
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
