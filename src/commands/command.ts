import type {
  ArgumentsCamelCase,
  CommandModule,
  InferredOptionTypes,
  Options,
  PositionalOptions,
} from 'yargs';
import { deviceNames } from '../device/device.js';
import { UsageError } from '../errors.js';
import { examplesText } from './print/example.js';
import { openTerminal, type PrintArguments, type Terminal } from './terminal.js';

type Table = Record<string, Options>;

/** Characters of a line of --help. */
export function helpWidth(): number {
  return Math.min(110, process.stdout.columns ?? 110);
}

/** Options under a heading of their own in --help. */
export function inGroup<O extends Table>(group: string, options: O): O {
  return Object.fromEntries(
    Object.entries(options).map(([name, option]) => [name, { ...option, group }]),
  ) as O;
}

/** Options that every command has. */
export const printOptions = inGroup('Printing:', {
  json: { type: 'boolean', default: false, describe: 'Print one JSON object on stdout and nothing else' },
  quiet: {
    type: 'boolean',
    default: false,
    describe: 'Print no progress and no remarks, and of results only those that no file has',
  },
  verbose: { type: 'boolean', default: false, describe: 'Print the stack of an error' },
} as const satisfies Table);

/** Where to compute. */
export const deviceOptions = {
  device: {
    choices: ['auto', ...deviceNames] as const,
    describe: 'Where to compute; auto takes the first that opens and pays',
  },
  threads: { type: 'number', requiresArg: true, describe: 'Processor threads; all cores unless told' },
} as const satisfies Table;

type Positionals = Record<string, PositionalOptions>;

export interface CommandDefinition<P extends Positionals, O extends Table> {
  /** The verb and its positional arguments as yargs writes them: `segment [table..]`. */
  usage: string;
  describe: string;
  positionals: P;
  options: O;
  /** Command lines that run as they stand, and what each does. */
  examples: [string, string][];
  /** What else the reader of --help should know, a line each. */
  notes?: string[];
  run(
    args: ArgumentsCamelCase<InferredOptionTypes<P & O & Omit<typeof printOptions, keyof O>>>,
    terminal: Terminal,
  ): Promise<void>;
}

/** yargs makes NaN of text where a number belongs. */
function checkNumbers(verb: string, args: Record<string, unknown>, options: Table): void {
  for (const [name, { type }] of Object.entries(options)) {
    if (type === 'number' && [args[name]].flat().some(Number.isNaN)) {
      throw new UsageError({
        expected: `a number after --${name}`,
        found: 'text',
        hint: `See kindred ${verb} --help.`,
      });
    }
  }
}

/** yargs makes a list of what is said twice. */
function checkSaidOnce(verb: string, args: Record<string, unknown>, options: Table): void {
  for (const [name, { array = false }] of Object.entries(options)) {
    const value = args[name];
    if (array || !Array.isArray(value)) continue;
    throw new UsageError({
      expected: `--${name} once`,
      found: value.join(' and '),
      hint: `See kindred ${verb} --help.`,
    });
  }
}

/** A verb of the command line. */
export interface Verb extends CommandModule {
  name: string;
  /** Names of its options, for suggestions. */
  optionNames: string[];
  /** Command lines that run as they stand, from the folder of the package. */
  examples: string[];
}

/** Makes a verb; its `run` parses, calls one function of the engine and prints. */
export function defineCommand<P extends Positionals, O extends Table>(
  definition: CommandDefinition<P, O>,
): Verb {
  const { usage, describe, positionals, options, examples, notes = [], run } = definition;
  const [name] = usage.split(' ');
  return {
    name,
    examples: examples.map(([line]) => line),
    optionNames: [...Object.keys(options), ...Object.keys(printOptions), 'help'],
    command: usage,
    describe,
    builder(yargs) {
      for (const [name, positional] of Object.entries(positionals)) yargs.positional(name, positional);
      // A command's own options come first in --help, and win over the common ones of the same name.
      return yargs
        .options({ ...options, ...printOptions, ...options })
        .epilogue([examplesText(examples, helpWidth()), ...notes].join('\n\n'));
    },
    async handler(args) {
      checkSaidOnce(name, args, { ...printOptions, ...options });
      checkNumbers(name, args, options);
      await run(args as unknown as Parameters<typeof run>[0], openTerminal(args as PrintArguments));
    },
  };
}
