// Tells the other tabs of this browser that who can read a page may have changed, so that none of
// them says an old truth until it looks again. Nothing is told but that: which page, who, and whose
// pages these are, each tab asks for itself.

const CHANNEL = 'readers';

export function tellTabs(): void {
  if (!('BroadcastChannel' in globalThis)) return;
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(null);
  channel.close();
}

/** Calls this whenever another tab tells; for the life of the app. */
export function hearTabs(what: () => void): void {
  if ('BroadcastChannel' in globalThis) new BroadcastChannel(CHANNEL).onmessage = what;
}
