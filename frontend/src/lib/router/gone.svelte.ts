// When a page's file no longer exists after an update, reloads the whole app once; if that does not
// help, the app shows a message instead of a blank page.

import { isLeaving, load } from '../signin/exit';

const TRIED = 'reloaded';

export class Gone {
  shown = $state(false);

  /** Listens for Vite's window event for a file that could not be loaded. */
  listen(): () => void {
    const onError = () => {
      // Leaving stops what is being loaded; a reload would bring this page back.
      if (isLeaving()) return;
      if (navigator.onLine && sessionStorage.getItem(TRIED) === null) {
        sessionStorage.setItem(TRIED, '1');
        load();
      } else this.shown = true;
    };
    const settled = setTimeout(() => sessionStorage.removeItem(TRIED), 10_000);
    addEventListener('vite:preloadError', onError);
    return () => {
      clearTimeout(settled);
      removeEventListener('vite:preloadError', onError);
    };
  }
}
