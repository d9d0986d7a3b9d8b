import { setImmediate } from 'node:timers/promises';

const longestTurn = 50;

/** When others last had their turn, whoever gave it: many short computations one after another are a long one. */
let last = performance.now();

/**
 * Returns a function to await now and then in a long computation: about every 50 ms it lets timers, progress
 * bars and Ctrl-C have their turn, and it throws the signal's reason once that is aborted.
 */
export function takeTurns(signal?: AbortSignal): () => Promise<void> {
  return async () => {
    if (performance.now() - last > longestTurn) {
      await setImmediate();
      last = performance.now();
    }
    signal?.throwIfAborted();
  };
}
