import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const APP_WORKER = '\0app-worker';

/** The demo seals in the app's own crypto worker, which is built first and has its own policy. */
const appWorker: Plugin = {
  name: 'app-worker',
  enforce: 'pre',
  resolveId: (id) => (id.endsWith('/vault/worker.ts?worker&url') ? APP_WORKER : null),
  load(id) {
    if (id !== APP_WORKER) return null;
    const name = readdirSync(at('build/assets')).find((n) => /^crypto-worker-.*\.js$/.test(n));
    if (!name) throw new Error('the app is built before the demo');
    return `export default ${JSON.stringify('/assets/' + name)};`;
  },
};

// The demo's pages are a separate build, in a folder that only `amends demo` serves: the app
// contains no route, text or file of them, and its service worker does not know them.
export default defineConfig({
  root: at('src/demo'),
  base: '/demo/',
  plugins: [appWorker, svelte({ configFile: at('svelte.config.js') })],
  build: {
    outDir: at('build-demo'),
    emptyOutDir: true,
    target: ['chrome99', 'safari15.4', 'firefox97'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
