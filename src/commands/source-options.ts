import { resolve } from 'node:path';
import type { Options } from 'yargs';
import { UsageError } from '../errors.js';
import type { ConfigInput } from '../nightly/config/index.js';
import { inGroup } from './command.js';
import { given } from './given.js';

/** How to read an input file. */
export const fileOptions = inGroup('Reading:', {
  'input-format': {
    type: 'string',
    requiresArg: true,
    describe: 'Format of the input, where its extension does not tell',
  },
  encoding: { type: 'string', requiresArg: true, describe: 'utf-8, latin-1 or utf-16' },
  delimiter: {
    type: 'string',
    requiresArg: true,
    describe:
      'What stands between fields: a character, tab, or whitespace for aligned columns; detected unless told',
  },
  decimal: { choices: ['.', ','] as const, describe: 'Decimal separator; a point unless told' },
  header: { type: 'boolean', describe: 'Whether the first line has the names (--no-header when not)' },
  names: { type: 'string', array: true, describe: 'Names of the columns of a file without header' },
  table: { type: 'string', requiresArg: true, describe: 'Table of a database file' },
  where: { type: 'string', requiresArg: true, describe: 'Keep the rows for which this SQL is true' },
} as const satisfies Record<string, Options>);

const column = (describe: string) => ({ type: 'string', requiresArg: true, describe }) as const;

/** Which columns of transactions play which role. */
export const transactionOptions = inGroup('Columns:', {
  customer: column('Column of the customer'),
  basket: column('Column of the basket, the invoice or the order'),
  item: column('Column of the item'),
  time: column('Column of the time'),
  'time-format': column('How times are written, such as "%m/%d/%Y %H:%M"'),
  quantity: column('Column of the quantity'),
  price: column('Column of the price of one'),
  amount: column('Column of the amount, instead of quantity and price'),
  rating: column('Column of the rating'),
} as const satisfies Record<string, Options>);

type SourceInput = ConfigInput['sources'][string];

interface SourceArguments {
  config?: string;
  data?: string;
  'input-format'?: string;
  encoding?: string;
  delimiter?: string;
  decimal?: string;
  header?: boolean;
  names?: string[];
  table?: string;
  where?: string;
  customer?: string;
  basket?: string;
  item?: string;
  time?: string;
  'time-format'?: string;
  quantity?: string;
  price?: string;
  amount?: string;
  rating?: string;
}

/** Paths on the command line start from the current folder, also beside a configuration that lies elsewhere. */
function pathOf(path: string, { config, data }: SourceArguments): string {
  const isServer = /^\w{2,}:/.test(path);
  return config === undefined || data !== undefined || isServer ? path : resolve(path);
}

/** The cleaning step of `--where`. */
export const filterOf = (where: string) => ({ filter: { keep: where, because: '--where' } });

/**
 * The source that the options describe, as it would stand in kindred.yaml; what they leave out is not mentioned.
 *
 * @throws UsageError for options about an input where there is none
 */
export function sourceOf(inputs: string[], args: SourceArguments): SourceInput {
  if (inputs.length === 0) checkNothingSaid(args);
  const { customer, basket, item, time, quantity, price, amount, rating, where } = args;
  const format = args['time-format'];
  const paths = inputs.map(path => pathOf(path, args));
  return given({
    path: paths.length === 1 ? paths[0] : paths,
    format: args['input-format'],
    encoding: args.encoding,
    delimiter: args.delimiter,
    decimal: args.decimal,
    header: args.header,
    names: args.names,
    table: args.table,
    types: time !== undefined && format !== undefined ? { [time]: `timestamp ${format}` } : undefined,
    columns: given({ customer, basket, item, time, quantity, price, amount, rating }),
    clean: where === undefined ? undefined : [filterOf(where)],
  }) as SourceInput;
}

/** Of a configuration alone it is not known which source the options are about; `--where` finds its own. */
function checkNothingSaid(args: SourceArguments): void {
  const { where: _, ...options } = { ...fileOptions, ...transactionOptions };
  const said = Object.keys(options).find(option => args[option as keyof SourceArguments] !== undefined);
  if (said === undefined) return;
  throw new UsageError({
    expected: `an input that --${said} is about`,
    found: 'none',
    hint: 'Name the file too, or change the configuration, such as --set sources.transactions.columns.customer=client.',
  });
}
