// A text that somebody has signed, answered or written under never changes: new wording is a new
// file with a new version. The lock file holds the digest of every released file, and changing one
// fails here. Add a new file to the lock with `npx vitest run src/versions -u`.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const FOLDERS = ['./lib/sheet/forms/', './lib/sheet/safety/', './lib/pair/', './lib/room/cases/'];

it('no released wording, form or rule has changed', async () => {
  const digests = FOLDERS.flatMap((folder) => {
    const at = new URL(folder, import.meta.url);
    return readdirSync(at)
      .filter((name) => name.endsWith('.json'))
      .map(
        (name) =>
          `${createHash('sha256')
            .update(readFileSync(new URL(name, at)))
            .digest('hex')}  ${folder.slice(2)}${name}`,
      );
  });
  expect(digests.length).toBeGreaterThan(12);
  await expect(digests.sort((a, b) => a.slice(66).localeCompare(b.slice(66))).join('\n') + '\n').toMatchFileSnapshot('./versions.lock');
});
