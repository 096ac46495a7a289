// Decodes the QR code in a picture. Plain JavaScript, because browsers on Linux have no built-in
// reader. What was read is never logged.

import decodeQR from 'qr/decode.js';

/** A picture with four bytes per pixel, as a canvas returns it. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8ClampedArray;
}

/** The text of a code in the picture, or null. */
export function readCode(picture: Picture): string | null {
  try {
    return decodeQR(picture, { format: 'RGBA' });
  } catch {
    // the decoder throws when there is no code, or only a part of one
    return null;
  }
}
