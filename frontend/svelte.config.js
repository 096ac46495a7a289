import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  // The class that a component's styles are bound to stands in its script, at each of its elements: a short one.
  compilerOptions: { runes: true, discloseVersion: false, cssHash: ({ hash, css }) => 's-' + hash(css).slice(0, 4) },
};
