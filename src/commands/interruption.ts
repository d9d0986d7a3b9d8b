import { Interrupted } from '../errors.js';

const controller = new AbortController();

function stop(): void {
  // Asked again: it is not waited for, what runs at exit still tidies up.
  if (controller.signal.aborted) process.exit(new Interrupted().exitCode);
  controller.abort(new Interrupted());
}

process.on('SIGINT', stop);
process.on('SIGTERM', stop);

/** Aborted by the first Ctrl-C; a second one ends the process at once. */
export const interruption: AbortSignal = controller.signal;
