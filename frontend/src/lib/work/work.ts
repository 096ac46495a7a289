// A typed code while many wrong ones are being tried: the server asks for a solved puzzle instead of
// refusing everybody (decision 0025).

import { trustedScript } from '../trusted';
import * as op from '../wire/operations';
import { ApiFault, call } from '../net/api';
import solverUrl from './solver.ts?worker&url';

/** A puzzle expires after two minutes: a phone that slept meanwhile gets another one. */
const TRIES = 3;

/** How long the slowest phone may take over a puzzle, in ms. */
const PATIENCE = 60_000;

const asksWork = (e: unknown): e is ApiFault => e instanceof ApiFault && e.code === 'door.work';

/** Sends what may need work: first without, and when the server asks for it, with a solved puzzle. The
 * server's refusal is thrown when this device cannot solve one. */
export async function withWork<T>(send: (work?: { work: string }) => Promise<T>, onWork: () => void): Promise<T> {
  let work: { work: string } | undefined;
  for (let tries = 0; ; tries++) {
    try {
      return await send(work);
    } catch (e) {
      if (!asksWork(e) || tries === TRIES) throw e;
      onWork();
      const { puzzle, most } = await call(op.readPuzzle);
      const answer = await solved(puzzle, most);
      if (answer === null) throw e;
      work = { work: answer };
    }
  }
}

/** null when this browser runs no such worker, or takes too long. */
function solved(puzzle: string, most: number): Promise<string | null> {
  const worker = new Worker(trustedScript(solverUrl), { type: 'module' });
  const answer = new Promise<string | null>((done) => {
    setTimeout(() => done(null), PATIENCE);
    worker.onerror = () => done(null);
    worker.onmessage = (e: MessageEvent<string | null>) => done(e.data);
    worker.postMessage({ puzzle, most });
  });
  return answer.finally(() => worker.terminate());
}
