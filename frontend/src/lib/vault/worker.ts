// The crypto worker: the keeper behind messages. Requests are { id, verb, args }; replies are { id,
// value } or { id, error } with an error code only; { id, progress } may come before. {} says that the
// store was lost.

import { SealError } from './error';
import { Keeper } from './keeper';
import { onLost } from './lost';

interface Request {
  id: number;
  verb: string;
  args: unknown[];
}

const keeper = new Keeper();
onLost(() => self.postMessage({}));

self.onmessage = async (event: MessageEvent<Request>) => {
  const { id, verb, args } = event.data;
  const progress = (part: number) => self.postMessage({ id, progress: part });
  try {
    const all = verb === 'newAccount' ? [...args, progress] : args;
    const method = (keeper as unknown as Record<string, (...a: unknown[]) => unknown>)[verb];
    if (!method) throw new SealError('E_BROKEN');
    self.postMessage({ id, value: await method.apply(keeper, all) });
  } catch (e) {
    self.postMessage({ id, error: e instanceof SealError ? e.code : 'E_BROKEN' });
  }
};
