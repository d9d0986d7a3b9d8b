import { Interrupted } from '../errors.js';

const controller = new AbortController();
let heeded = false;

function stop(): void {
  // Nothing waits for the signal yet, or it was asked again: what runs at exit still tidies up.
  if (!heeded || controller.signal.aborted) process.exit(new Interrupted().exitCode);
  controller.abort(new Interrupted());
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);

/**
 * A signal that the first Ctrl-C aborts; a second one ends the process at once, as does any before this is called.
 */
export function interruption(): AbortSignal {
  heeded = true;
  return controller.signal;
}
