import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// Few and larger files: the server speaks HTTP/1.1, six connections at a time. The service
// worker is an entry of its own at the root; the crypto worker has a name that the server
// knows, because its policy is another one.
// What a phone opens first has its files loaded ahead. Other pages find what they need by themselves, from the
// service worker's store after the first visit: each name that is loaded ahead costs the first page bytes.
const AHEAD = /\/areas\/(public\/(Join|SignIn)|home\/(Today|Meeting)|room\/RoomPage)\./;
const ahead = new Set<string>();
/** As long as the end of a file's name after the name of its page. */
const HASHED = '-1234567.js'.length;

/** The first page links `look` itself: it is there when another page comes, and its name in that page's list would cost bytes. */
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

export default defineConfig({
  plugins: [svelte(), lookOnce],
  build: {
    outDir: 'build',
    emptyOutDir: true,
    target: ['chrome99', 'safari15.4', 'firefox97'],
    assetsInlineLimit: 0,
    modulePreload: {
      polyfill: false,
      // Styles are not among the needs: Vite loads those of every page. `parts` is there already.
      resolveDependencies: (file, needs) => (ahead.has(file.slice(0, -HASHED)) ? needs.filter((n) => !/\/parts-/.test(n)) : []),
    },
    rollupOptions: {
      // The router needs one of Svelte's reactive built-ins; the others have no side effects either.
      treeshake: { moduleSideEffects: [{ test: /svelte\/src\/reactivity\//, sideEffects: false }] },
      // Where an operation is asked stands in the page that asks it, not in one list of them all.
      optimization: { inlineConst: { mode: 'all', pass: 2 } },
      input: { index: 'index.html', sw: 'src/sw/sw.ts' },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // The first page knows every file by its name: 42 bits of hash are enough beside the name.
        chunkFileNames: (chunk) => {
          if (AHEAD.test(chunk.facadeModuleId ?? '')) ahead.add(`assets/${chunk.name}`);
          return 'assets/[name]-[hash:7].js';
        },
        assetFileNames: 'assets/[name]-[hash][extname]',
        // What nearly every page needs is one file; so is what a phone keeps after a
        // meeting, and small parts that the room needs all of: each name of a file costs the first page bytes.
        codeSplitting: {
          groups: [
            // Two style sheets. One for each page would be thirty more names for the first page (0.4 kB) and as many
            // small requests; one for all would be the staff's screens on everybody's phone (a third of the bytes).
            { name: 'house', test: /(areas\/(agenda|desk|run|stage)\/|lib\/frame\/DeskNav\.).*(\.css$|type=style)/, includeDependenciesRecursively: false },
            { name: 'look', test: /lib\/ui\/\w+\.css$|type=style/, includeDependenciesRecursively: false },
            { name: 'parts', test: /lib\/(ui\/(Banner|Busy|Field|Icon|icons|page)|frame\/Topbar)/ },
            { name: 'fields', test: /lib\/ui\/(Choice|Picks|Numbers)\.svelte/, includeDependenciesRecursively: false },
            { name: 'shapes', test: /lib\/ui\/(Circle|Progress|Track)\.svelte/, includeDependenciesRecursively: false },
            { name: 'staff', test: /lib\/(text\/\w+\/(staff|hosting)|agenda\/drag)\.ts/, includeDependenciesRecursively: false },
            { name: 'answers', test: /lib\/sheet\/(answers|forms|keeping\.svelte|calm\.svelte)\.ts/, includeDependenciesRecursively: false },
            { name: 'enter', test: /lib\/(signin\/(enter|tidy)|vault\/leftovers)/, includeDependenciesRecursively: false },
            { name: 'say', test: /lib\/sheet\/(say|export)\.ts/, includeDependenciesRecursively: false },
            { name: 'who', test: /(lib\/sheet\/(whocan|saywho|readership|follow|view\/RowWho)|areas\/page\/PageRow)/, includeDependenciesRecursively: false },
            { name: 'near', test: /lib\/((pair|text\/\w+)\/near|pair\/view\/Near)/, includeDependenciesRecursively: false },
            {
              name: 'desk',
              test: /(areas\/desk\/(CohortCards|Mentors|Schedule|ScheduleList|ScheduleForm|DeskShell)|lib\/frame\/DeskNav)\.svelte/,
              includeDependenciesRecursively: false,
            },
            { name: 'turns', test: /lib\/room\/(ids|rounds|handover)\.ts/, includeDependenciesRecursively: false },
            { name: 'beside', test: /areas\/(run\/(agenda\/Advice|RunPulse|RunWords)|stage\/Stage(Pulse|Words))\.svelte/, includeDependenciesRecursively: false },
            { name: 'pairs', test: /areas\/desk\/(Pairs|Pairings)\.svelte/, includeDependenciesRecursively: false },
            { name: 'after', test: /areas\/room\/Room(CatchUp|Talk)\.svelte/, includeDependenciesRecursively: false },
            { name: 'kept', test: /(lib\/guest\/(kept|wipe|store|tend)|areas\/meeting\/save)/, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  worker: { format: 'es', rollupOptions: { output: { entryFileNames: 'assets/crypto-worker-[hash].js' } } },
});
