// The worker that solves a puzzle, so that the page goes on meanwhile: one puzzle, one reply.

import { solve } from './solve';

self.onmessage = (event: MessageEvent<{ puzzle: string; most: number }>) => {
  self.postMessage(solve(event.data.puzzle, event.data.most));
};
