import { resolve } from 'node:path';
import { rollBack } from '../nightly/nights.js';
import { shortPath } from './print/closing.js';
import type { RunArguments } from './run-options.js';
import { configOf } from './run-stages.js';
import type { Terminal } from './terminal.js';

/** Publishes an earlier night of the output folder again; nothing is computed. */
export function rollBackNight(args: RunArguments & { to?: string }, terminal: Terminal): void {
  const { config, baseFolder } = configOf({ args });
  const output = resolve(baseFolder, config.output.folder);
  const night = rollBack(output, args.to);
  const from = night.from === undefined ? '' : ` in the place of ${night.from}`;
  terminal.result(
    { ...night, folder: output },
    `Published the night ${night.to} again${from}, in ${shortPath(output)}.`,
  );
}
