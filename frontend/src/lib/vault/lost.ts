// The store of this device was closed underneath the app: what it had may be deleted. Whoever has
// words on the screen stores them again. In the worker this becomes a message to the page.

const heard: (() => void)[] = [];

/** Calls `what` whenever a store was lost, for the life of the app. */
export const onLost = (what: () => void): void => void heard.push(what);

export const lost = (): void => heard.forEach((what) => what());
