import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

// Few and larger files: the server speaks HTTP/1.1, six connections at a time. The service
// worker is an entry of its own at the root; the crypto worker has a name that the server
// knows, because its policy is another one.
const OWN = /\/(Desk|Slips|Cohorts|Settings|People|Library|AgendaPage|PlanWorkshop|Run|Stage|Pair|Readers|Compare|Mentor|Pairing|Me)-/;

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
      // These pages find what they need by themselves, from the service worker's store after the first visit:
      // each name here costs the first page bytes. Their styles are named apart, and `parts` is there already.
      resolveDependencies: (file, needs) => (OWN.test(file) ? [] : needs.filter((n) => !/\/parts-/.test(n))),
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
        chunkFileNames: 'assets/[name]-[hash:7].js',
        assetFileNames: 'assets/[name]-[hash][extname]',
        // What nearly every page needs is one file; so is what a phone keeps after a
        // meeting, and small parts that the room needs all of: each name of a file costs the first page bytes.
        codeSplitting: {
          groups: [
            // Two style sheets. One for each page would be thirty more names for the first page (0.4 kB) and as many
            // small requests; one for all would be the staff's screens on everybody's phone (a third of the bytes).
            { name: 'house', test: /areas\/(admin|agenda|counselor|desk|run|stage)\/.*(\.css$|type=style)/, includeDependenciesRecursively: false },
            { name: 'look', test: /lib\/ui\/\w+\.css$|type=style/, includeDependenciesRecursively: false },
            { name: 'parts', test: /lib\/ui\/(Banner|Busy|Field|Icon|Topbar|icons|page)/ },
            { name: 'fields', test: /lib\/ui\/(Choice|Picks|Numbers)\.svelte/, includeDependenciesRecursively: false },
            { name: 'shapes', test: /lib\/ui\/(Circle|Progress|Track)\.svelte/, includeDependenciesRecursively: false },
            { name: 'staff', test: /lib\/(text\/(en\/|es\/)?(staff|hosting)|agenda\/drag)\.ts/, includeDependenciesRecursively: false },
            { name: 'answers', test: /lib\/sheet\/(answers|forms|keeping\.svelte|calm\.svelte)\.ts/, includeDependenciesRecursively: false },
            { name: 'enter', test: /lib\/(signin\/(enter|tidy)|vault\/leftovers)/, includeDependenciesRecursively: false },
            { name: 'say', test: /lib\/sheet\/(say|export)\.ts/, includeDependenciesRecursively: false },
            { name: 'who', test: /(lib\/sheet\/(whocan|saywho|readership|follow)|areas\/participant\/(RowWho|PageRow))/, includeDependenciesRecursively: false },
            { name: 'near', test: /(lib\/(pair|text|text\/en|text\/es)\/near|areas\/participant\/Near)/, includeDependenciesRecursively: false },
            { name: 'desk', test: /areas\/admin\/(CohortCards|Mentors|Schedule|ScheduleList|ScheduleForm|DeskShell|DeskNav)\.svelte/, includeDependenciesRecursively: false },
            { name: 'turns', test: /lib\/room\/(ids|rounds|handover)\.ts/, includeDependenciesRecursively: false },
            { name: 'beside', test: /areas\/(counselor\/Run(Advice|Pulse|Words)|stage\/Stage(Pulse|Words))\.svelte/, includeDependenciesRecursively: false },
            { name: 'pairing', test: /areas\/counselor\/(Pairs|Pairings)\.svelte/, includeDependenciesRecursively: false },
            { name: 'after', test: /areas\/participant\/Room(CatchUp|Talk)\.svelte/, includeDependenciesRecursively: false },
            { name: 'kept', test: /(lib\/guest\/(kept|wipe|store|tend)|areas\/guest\/save)/, includeDependenciesRecursively: false },
          ],
        },
      },
    },
  },
  worker: { format: 'es', rollupOptions: { output: { entryFileNames: 'assets/crypto-worker-[hash].js' } } },
});
