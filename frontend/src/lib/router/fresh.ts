// Registers the service worker, and activates a new version only when nothing would be interrupted:
// no open room, nothing unsaved, and pages locked or nobody signed in.

import { trustedScript } from '../trusted';

export function keepFresh(busy: () => boolean): () => void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return () => undefined;
  let timer = 0;
  const apply = (waiting: ServiceWorker | null) => {
    if (waiting && !busy()) waiting.postMessage('apply');
  };
  void navigator.serviceWorker.register(trustedScript('/sw.js')).then(
    (registration) => {
      apply(registration.waiting);
      timer = window.setInterval(() => apply(registration.waiting), 60_000);
    },
    () => undefined, // a browser that refuses it still has the app itself
  );
  return () => clearInterval(timer);
}
