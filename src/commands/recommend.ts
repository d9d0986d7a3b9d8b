import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { basket: _, time: __, 'time-format': ___, ...columns } = transactionOptions;

export const recommend = defineCommand({
  usage: 'recommend [inputs..]',
  describe: 'Recommend items to every customer by what is bought together',
  positionals: {
    inputs: { type: 'string' as const, array: true as const, describe: 'Tables of purchases or ratings' },
  },
  options: {
    ...inGroup('Recommending:', {
      count: { type: 'number', requiresArg: true, describe: 'Recommendations for each customer' },
      neighbours: { type: 'number', requiresArg: true, describe: 'Similar items kept for each item' },
      weight: {
        choices: ['binary', 'quantity', 'amount', 'rating', 'log'] as const,
        describe: 'What a purchase counts',
      },
      'include-owned': { type: 'boolean', describe: 'Recommend also what the customer already has' },
      'similar-items': {
        type: 'boolean',
        default: false,
        describe: 'Write the neighbours of every item with their cosine',
      },
    } as const),
    ...columns,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred recommend datasets/sample-shop/transactions.csv --customer customer_id --item sku --count 5 --out out/recommend',
      'Five items for every customer of the sample shop',
    ],
    [
      'kindred recommend datasets/sample-shop/transactions.csv --customer customer_id --item sku --similar-items',
      'Also which items are alike',
    ],
  ],
  async run(args, terminal) {
    const { inputs = [], count, neighbours, weight, includeOwned, similarItems, rating } = args;
    const source = sourceOf(inputs, args);
    const { runStages } = await import('./run-stages.js');
    const { recommendationSummary } = await import('./print/recommendations.js');
    await runStages({
      args,
      terminal,
      stages: ['load', 'clean', 'recommendations', 'publish'],
      changes: given({
        sources: inputs.length > 0 ? { transactions: source } : undefined,
        recommendations: given({
          count,
          neighbours,
          weight: weight ?? (rating === undefined ? undefined : 'rating'),
          excludeOwned: includeOwned === undefined ? undefined : !includeOwned,
          similarItems: similarItems || undefined,
        }),
      }),
      summary: recommendationSummary,
    });
  },
});
