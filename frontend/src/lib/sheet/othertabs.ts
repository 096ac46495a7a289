// Tells the other tabs of this browser that the readers of a page may have changed, so that none
// keeps showing an outdated list. The message has no content: each tab fetches for itself which
// page, which readers and whose pages.

const CHANNEL = 'readers';

export function tellTabs(): void {
  if (!('BroadcastChannel' in globalThis)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** Registers a listener for messages of other tabs, for the life of the app. */
export function hearTabs(what: () => void): void {
  if ('BroadcastChannel' in globalThis) new BroadcastChannel(CHANNEL).onmessage = what;
}
