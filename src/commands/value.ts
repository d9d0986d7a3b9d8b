import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { item: _, rating: __, ...columns } = transactionOptions;

export const value = defineCommand({
  usage: 'value [inputs..]',
  describe: 'Score customers by recency, frequency and monetary value',
  positionals: {
    inputs: { type: 'string' as const, array: true as const, describe: 'Tables of transactions' },
  },
  options: {
    ...inGroup('Values:', {
      snapshot: { type: 'string', requiresArg: true, describe: 'The moment that recency is counted to' },
      quantiles: { type: 'number', requiresArg: true, describe: 'Number of scores, 5 unless told' },
    } as const),
    ...columns,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred value datasets/sample-shop/transactions.csv --customer customer_id --basket order_id --time ordered_at --price unit_price --out out/value',
      'RFM scores of the sample shop, as CSV',
    ],
    ['kindred value --config datasets/sample-shop/kindred.yaml', 'The same by its configuration'],
  ],
  async run(args, terminal) {
    const { inputs = [], snapshot, quantiles } = args;
    const source = sourceOf(inputs, args);
    const { runStages } = await import('./run-stages.js');
    const { valueSummary } = await import('./print/value.js');
    await runStages({
      args,
      terminal,
      stages: ['load', 'clean', 'value', 'publish'],
      changes: given({
        sources: inputs.length > 0 ? { transactions: source } : undefined,
        snapshot,
        value: given({ quantiles }),
      }),
      summary: valueSummary,
    });
  },
});
