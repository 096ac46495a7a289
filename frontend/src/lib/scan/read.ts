// One picture in, the text of the code in it out. Written in plain JavaScript all the way down,
// because browsers on Linux have no reader of their own. What was read is never logged.

import decodeQR from 'qr/decode.js';

/** A picture of four bytes per dot, as a canvas gives it. */
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
    // the decoder's way to say that there is no code, or only a part of one
    return null;
  }
}
