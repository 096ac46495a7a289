// What a failed request means, in the language of this device. Pages that the first load needs do not
// import this: they have words of their own.

import { ApiFault } from '../net/api';
import { faultText } from '../text/sections/faults';
import { fill, text } from '../text/text.svelte';

/** Words for anything that was thrown; `otherwise` is for a fault without words of its own. */
export function faultWords(e: unknown, otherwise = text.t.shared.broken): string {
  if (!(e instanceof ApiFault)) return otherwise;
  if (e.offline) return text.t.shared.offline;
  if (e.code === 'too_many') return fill(text.t.shared.tooMany, { n: e.retryAfter });
  return faultText()[e.code] ?? otherwise;
}
