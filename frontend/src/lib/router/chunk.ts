// A page whose file is gone after an update loads the whole app anew, once; if that does not
// help, it says so instead of staying white.

import type { Component } from 'svelte';
import Gone from '../ui/Gone.svelte';

const TRIED = 'reloaded';

export function chunk<T extends { default: Component }>(load: () => Promise<T>): () => Promise<{ default: Component }> {
  return async () => {
    try {
      const page = await load();
      sessionStorage.removeItem(TRIED);
      return page;
    } catch (e) {
      if (navigator.onLine && sessionStorage.getItem(TRIED) === null) {
        sessionStorage.setItem(TRIED, '1');
        location.reload();
        await new Promise(() => undefined);
      }
      if (e instanceof Error) return { default: Gone as Component };
      throw e;
    }
  };
}
