import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  // The scope class of a component's styles is repeated in its script for each element, so keep it
  // short.
  compilerOptions: { runes: true, discloseVersion: false, cssHash: ({ hash, css }) => 's-' + hash(css).slice(0, 4) },
};
