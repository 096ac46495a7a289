// Runs after the build: gives the service worker its list of files, and compresses every text file
// once, so that the server only has to send bytes.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const root = new URL('../build/', import.meta.url).pathname;
const walk = (dir) => readdirSync(dir).flatMap((n) => (statSync(join(dir, n)).isDirectory() ? walk(join(dir, n)) : [join(dir, n)]));
const files = walk(root)
  .map((f) => '/' + f.slice(root.length))
  .sort();

const kept = files.filter((f) => !/^\/(sw\.js|placeholder\.txt)$/.test(f) && !/\.(br|gz)$/.test(f));
const hash = createHash('sha256');
for (const f of kept) hash.update(f).update(readFileSync(join(root, f)));
const list = { version: hash.digest('hex').slice(0, 12), files: kept };
const sw = join(root, 'sw.js');
const text = readFileSync(sw, 'utf8');
if (!text.includes('__PRECACHE__')) throw new Error('sw.js has no place for the list of files');
writeFileSync(sw, `const __PRECACHE__=${JSON.stringify(list)};\n${text}`);

for (const f of files.filter((f) => /\.(js|css|html|svg|webmanifest)$/.test(f))) {
  const raw = readFileSync(join(root, f));
  writeFileSync(join(root, f + '.br'), brotliCompressSync(raw, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(root, f + '.gz'), gzipSync(raw, { level: 9 }));
}
for (const folder of ['build', 'build-demo']) {
  writeFileSync(new URL(`../${folder}/placeholder.txt`, import.meta.url), 'The built front end goes here; this file keeps the folder so that Go builds before it.\n');
}
console.log(`build ${list.version}: ${kept.length} files`);
