import { setImmediate } from 'node:timers/promises';

const longestTurn = 50;

/**
 * Returns a function to await now and then in a long computation: about every 50 ms it lets timers, progress
 * bars and Ctrl-C have their turn, and it throws the signal's reason once that is aborted.
 */
export function takeTurns(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last > longestTurn) {
      await setImmediate();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
