import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { item: _, rating: __, ...columns } = transactionOptions;

export const segment = defineCommand({
  usage: 'segment [inputs..]',
  describe: 'Divide customers into segments by k-means',
  positionals: {
    inputs: {
      type: 'string' as const,
      array: true as const,
      describe: 'A table of customers, or of transactions when --time is given',
    },
  },
  options: {
    ...inGroup('Segments:', {
      id: {
        type: 'string',
        requiresArg: true,
        describe: 'Column of the customer; the row number unless told',
      },
      features: {
        type: 'string',
        array: true,
        describe: 'Columns to segment by, or recency, frequency and monetary of transactions',
      },
      k: { type: 'number', requiresArg: true, describe: 'Number of segments' },
      scale: {
        type: 'string',
        array: true,
        describe: 'none, standard, minmax, robust, log or log1p; several in order',
      },
      init: { choices: ['k-means++', 'random'] as const, describe: 'How first centroids are chosen' },
      starts: { type: 'number', requiresArg: true, describe: 'Runs of which the best is kept' },
      'max-iterations': { type: 'number', requiresArg: true, describe: 'Iterations of a run at most' },
      tolerance: { type: 'number', requiresArg: true, describe: 'Movement of the centroids that ends a run' },
      exchange: {
        type: 'boolean',
        describe:
          'Improve on what Lloyd finds by exchanging single customers (--no-exchange for Lloyd alone)',
      },
    } as const),
    ...columns,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred segment datasets/sample-shop/transactions.csv --customer customer_id --basket order_id --time ordered_at --price unit_price --where "quantity > 0" --features recency frequency monetary --scale log1p standard --k 4',
      'Four segments of the sample shop by what was bought',
    ],
    [
      'kindred segment --config datasets/sample-shop/kindred.yaml --k 4',
      'The same number by its configuration',
    ],
  ],
  async run(args, terminal) {
    const { k, init, starts, maxIterations, tolerance, exchange, scale, features, inputs = [] } = args;
    const transactions = args.time !== undefined || args.basket !== undefined;
    const name = transactions ? 'transactions' : 'customers';
    const source = sourceOf(inputs, { ...args, customer: args.id ?? args.customer });
    const columns = features?.map(column => (transactions ? column : { name: column, source: name, column }));
    const { runStages } = await import('./run-stages.js');
    const { segmentSummary } = await import('./print/segments.js');
    await runStages({
      args,
      terminal,
      stages: ['load', 'clean', 'features', 'segments', 'publish'],
      changes: given({
        sources: inputs.length > 0 ? { [name]: source } : undefined,
        features: columns,
        scale: scale?.length === 1 ? scale[0] : scale,
        segments: given({ k, init, starts, maxIterations, tolerance, exchange }),
      }),
      summary: segmentSummary,
    });
  },
});
