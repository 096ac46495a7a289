// A camera that sees a code: `writeFakeVideo(text: string): Promise<string>` writes a short film
// of the QR code of a text and gives its path; `fakeVideoArgs(path)` are the flags that make
// Chromium show it as its only camera and say yes for the person:
//
//   const path = await writeFakeVideo('wsx1:v:…');
//   const browser = await chromium.launch({ executablePath, args: [...args, ...fakeVideoArgs(path)] });
//
// The flags belong to a browser, not to a page. Where the text is known only after the browser was
// started, write a first film for the flags and pass its path again later: the file is opened anew
// each time a page opens the camera. The files are gone when the process ends.
//
// Y4M because it needs no encoder: a line of text, then for each frame one byte of brightness per
// dot and two quarter-size planes of colour, which are grey here.

import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'uqr';

const WIDTH = 640;
const HEIGHT = 480;
const FRAMES = 4;

let folder = '';
let films = 0;

function freshPath(): string {
  if (!folder) {
    const made = mkdtempSync(join(tmpdir(), 'amends-film-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return join(folder, `${++films}.y4m`);
}

/** The code upright in the middle, as large as whole pixels allow, drawn as Qr.svelte draws it. */
function brightness(text: string): Buffer {
  const code = encode(text, { ecc: 'M', border: 4 });
  const dots = Math.floor(HEIGHT / code.size);
  if (dots < 2) throw new Error('this text is too long for a small picture');
  const left = Math.floor((WIDTH - code.size * dots) / 2);
  const top = Math.floor((HEIGHT - code.size * dots) / 2);
  const plane = Buffer.alloc(WIDTH * HEIGHT, 235);
  for (let y = 0; y < code.size * dots; y++) {
    for (let x = 0; x < code.size * dots; x++) {
      if (code.data[Math.floor(y / dots)]?.[Math.floor(x / dots)]) plane[(top + y) * WIDTH + left + x] = 16;
    }
  }
  return plane;
}

export async function writeFakeVideo(text: string, path = freshPath()): Promise<string> {
  const frame = Buffer.concat([Buffer.from('FRAME\n'), brightness(text), Buffer.alloc((WIDTH * HEIGHT) / 2, 128)]);
  const head = Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420\n`);
  await writeFile(path, Buffer.concat([head, ...Array<Buffer>(FRAMES).fill(frame)]));
  return path;
}

export const fakeVideoArgs = (path: string): string[] => ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${path}`];
