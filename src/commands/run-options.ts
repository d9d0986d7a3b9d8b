import type { Options } from 'yargs';
import type { Config } from '../nightly/config/index.js';
import { deviceOptions, inGroup } from './command.js';

/** What every command that runs stages of the pipeline can be told. */
export const runOptions = inGroup('Running:', {
  ...deviceOptions,
  config: { type: 'string', requiresArg: true, describe: 'A kindred.yaml; options given beside it win' },
  out: { type: 'string', requiresArg: true, describe: 'Folder of the results' },
  format: {
    choices: ['parquet', 'csv', 'arrow'] as const,
    describe: 'Format of the tables that are written',
  },
  seed: { type: 'number', requiresArg: true, describe: 'Start of all chance' },
  memory: {
    type: 'string',
    requiresArg: true,
    describe:
      'Memory the process may take, such as 2GB (4GB unless told): what is larger goes to disk, see memory in the configuration',
  },
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    describe: 'Change one key of the configuration, such as segments.k=7; repeatable',
  },
  data: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of the inputs, instead of that of the configuration',
  },
  'dry-run': { type: 'boolean', default: false, describe: 'Print what would be done, and touch nothing' },
} as const satisfies Record<string, Options>);

export interface RunArguments {
  config?: string;
  device?: Config['device'];
  threads?: number;
  out?: string;
  format?: Config['output']['format'];
  seed?: number;
  memory?: string;
  set?: string[];
  data?: string;
}
