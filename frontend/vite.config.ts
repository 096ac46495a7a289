import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// Few and larger files: the server speaks HTTP/1.1, which means six connections at a time. The
// service worker is an entry of its own at the root; the crypto worker has a fixed name, because
// the server sends it a policy of its own. The first pages of a phone have their files preloaded.
// Other pages are served from the service worker cache after the first visit, and each preloaded
// name costs the first page bytes.
const AHEAD = /\/areas\/(public\/(Join|SignIn)|home\/(Today|Meeting)|room\/RoomPage)\./;
const ahead = new Set<string>();
/** The length of the hash in a page's file name. */
const HASHED = '-1234567.js'.length;

/** The first page links `look` itself, so it is loaded before any other page, and listing it again
 * would cost bytes. */
const lookOnce: Plugin = {
  name: 'look-once',
  enforce: 'post',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      const styles = file.type === 'chunk' && !file.isEntry && file.viteMetadata?.importedCss;
      if (styles) for (const name of styles) if (/\/look-/.test(name)) styles.delete(name);
    }
  },
};

/** The router can load a page while a finger is over its link. No link asks for that (`data-preload`),
 * and the code would be in the first page: half a kilobyte. */
const noPreload: Plugin = {
  name: 'no-preload',
  load: (id) => (/\/sv-router\/src\/helpers\/preload\.js$/.test(id) ? 'export const preload = () => Promise.resolve(), preloadOnHover = () => {};' : undefined),
};

/** Files of the sealing format have no passphrases: the library's key derivation for those would be a
 * kilobyte of the crypto worker. */
const noScrypt: Plugin = {
  name: 'no-scrypt',
  load: (id) => (/\/@noble\/hashes\/scrypt\.js$/.test(id) ? "export const scrypt = () => { throw new Error('no passphrases'); };" : undefined),
};

export default defineConfig({
  plugins: [svelte(), lookOnce, noPreload],
  build: {
    outDir: 'build',
    emptyOutDir: true,
    target: ['chrome99', 'safari15.4', 'firefox97'],
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // Styles are not listed here: Vite loads those of every page. `parts` is loaded already.
      resolveDependencies: (file, needs) => (ahead.has(file.slice(0, -HASHED)) ? needs.filter((n) => !/\/parts-/.test(n)) : []),
    },
    rollupOptions: {
      // The router needs one of Svelte's reactive built-ins; the others have no side effects
      // either.
      treeshake: { moduleSideEffects: [{ test: /svelte\/src\/reactivity\//, sideEffects: false }] },
      // The path of an operation is inlined into the page that calls it, instead of one list of
      // all.
      optimization: { inlineConst: { mode: 'all', pass: 2 } },
      input: { index: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // The first page contains every file name: a 42-bit hash beside the name is enough.
        chunkFileNames: (chunk) => {
          if (AHEAD.test(chunk.facadeModuleId ?? '')) ahead.add(`assets/${chunk.name}`);
          return 'assets/[name]-[hash:7].js';
        },
        assetFileNames: 'assets/[name]-[hash][extname]',
        // One chunk for what nearly every page needs, one for what a phone keeps after a meeting,
        // and one for small parts that the room always needs: each file name costs the first page
        // bytes.
        codeSplitting: {
          groups: [
            // Two style sheets. One per page would add thirty names to the first page (0.4 kB) and
            // as many small requests; a single one would put the staff's screens on everybody's
            // phone (a third of the bytes).
            { name: 'house', test: /(areas\/(agenda|desk|run|stage)\/|lib\/frame\/DeskNav\.).*(\.css$|type=style)/, includeDependenciesRecursively: false },
            { name: 'look', test: /lib\/ui\/\w+\.css$|type=style/, includeDependenciesRecursively: false },
            { name: 'parts', test: /lib\/(ui\/(Banner|Busy|Field|Icon|icons|page)|frame\/Topbar)/ },
            { name: 'fields', test: /lib\/ui\/(Choice|Picks|Numbers)\.svelte/, includeDependenciesRecursively: false },
            { name: 'shapes', test: /lib\/ui\/(Circle|Progress|Track)\.svelte/, includeDependenciesRecursively: false },
            { name: 'staff', test: /lib\/(text\/\w+\/(staff|hosting)|agenda\/drag)\.ts/, includeDependenciesRecursively: false },
            { name: 'answers', test: /lib\/sheet\/(answers|forms|keeping\.svelte|calm\.svelte|tabdrafts)\.ts/, includeDependenciesRecursively: false },
            { name: 'enter', test: /lib\/(signin\/(enter|tidy)|vault\/leftovers)/, includeDependenciesRecursively: false },
            { name: 'say', test: /lib\/sheet\/(say|export)\.ts/, includeDependenciesRecursively: false },
            { name: 'who', test: /(lib\/sheet\/(whocan|saywho|readership|follow|view\/RowWho)|areas\/page\/PageRow)/, includeDependenciesRecursively: false },
            { name: 'near', test: /lib\/((pair|text\/\w+)\/near|pair\/view\/Near)/, includeDependenciesRecursively: false },
            {
              name: 'desk',
              test: /(areas\/desk\/(CohortCards|Mentors|Schedule|ScheduleList|ScheduleForm|DeskShell)|lib\/frame\/DeskNav)\.svelte|\/deskpages\.ts/,
              includeDependenciesRecursively: false,
            },
            { name: 'turns', test: /lib\/room\/(ids|rounds|handover)\.ts/, includeDependenciesRecursively: false },
            { name: 'beside', test: /areas\/(run\/(agenda\/Advice|RunPulse|RunWords)|stage\/Stage(Pulse|Words))\.svelte/, includeDependenciesRecursively: false },
            { name: 'pairs', test: /areas\/desk\/(Pairs|Pairings)\.svelte/, includeDependenciesRecursively: false },
            { name: 'after', test: /areas\/room\/Room(CatchUp|Talk)\.svelte/, includeDependenciesRecursively: false },
            { name: 'kept', test: /(lib\/guest\/(kept|wipe|store|tend)|lib\/work\/|areas\/meeting\/save)/, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  worker: {
    format: 'es',
    plugins: () => [noScrypt],
    rollupOptions: {
      optimization: { inlineConst: { mode: 'all', pass: 2 } },
      output: { entryFileNames: ({ name }) => `assets/${name === 'worker' ? 'crypto-worker' : name}-[hash].js` },
    },
  },
});
