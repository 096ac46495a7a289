// A page whose file is gone after an update loads the whole app anew, once; if that does not
// help, the app says so instead of staying white.

const TRIED = 'reloaded';

export class Gone {
  shown = $state(false);

  /** Vite says on the window when a page's file could not be loaded. */
  listen(): () => void {
    const onError = () => {
      if (navigator.onLine && sessionStorage.getItem(TRIED) === null) {
        sessionStorage.setItem(TRIED, '1');
        location.reload();
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
