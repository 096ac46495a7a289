// The QR codes we draw (uqr) and the ones we read (qr) come from two packages; this tests them
// together.

import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { readCode, type Picture } from './read';

const SIDE = 480;

/** Draws a code as a camera would see it: rotated, scaled, on a grey background, each pixel the
 * average of nine. */
function photo(text: string, degrees: number, moduleSize: number): Picture {
  const code = encode(text, { ecc: 'M', border: 4 });
  const data = new Uint8ClampedArray(SIDE * SIDE * 4);
  const sin = Math.sin((degrees * Math.PI) / 180) / moduleSize;
  const cos = Math.cos((degrees * Math.PI) / 180) / moduleSize;
  const light = (x: number, y: number) => {
    const row = code.data[Math.floor(x * -sin + y * cos + code.size / 2)];
    const dark = row?.[Math.floor(x * cos + y * sin + code.size / 2)];
    return dark === undefined ? 150 : dark ? 20 : 235;
  };
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      let sum = 0;
      for (const dy of [1, 3, 5]) for (const dx of [1, 3, 5]) sum += light(x + dx / 6 - SIDE / 2, y + dy / 6 - SIDE / 2);
      data.fill(sum / 9, (y * SIDE + x) * 4, (y * SIDE + x) * 4 + 3);
      data[(y * SIDE + x) * 4 + 3] = 255;
    }
  }
  return { width: SIDE, height: SIDE, data };
}

const compare = 'wsx1:v:oaGhoaGhoaGhoaGhoaGhoQ:1:' + 'Zm9vYmFyLWJhel8wMTIzNDU2Nzg5QUJDREVGR0hJSktM'.slice(0, 43);

test.each([0, 7, 33, 90, 135, 180, 270])('reads the code that people compare, turned by %d degrees', (degrees) => {
  expect(readCode(photo(compare, degrees, 7))).toBe(compare);
});

test.each([3, 4.5, 9.3])('reads it with modules of %d dots', (size) => {
  expect(readCode(photo(compare, 4, size))).toBe(compare);
});

test.each(['A', 'http://north.localhost:9301/join#WXYZ-2345', 'añejo ✓'])('reads %s', (text) => {
  expect(readCode(photo(text, 12, 6))).toBe(text);
});

test('returns null when there is no code', () => {
  expect(readCode({ width: SIDE, height: SIDE, data: new Uint8ClampedArray(SIDE * SIDE * 4).fill(200) })).toBeNull();
});
