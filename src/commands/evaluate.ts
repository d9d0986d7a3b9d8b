import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

export const evaluate = defineCommand({
  usage: 'evaluate [inputs..]',
  describe: 'Compare recommenders on purchases that they have not seen',
  positionals: {
    inputs: { type: 'string' as const, array: true as const, describe: 'Tables of purchases or ratings' },
  },
  options: {
    ...inGroup('Comparing:', {
      recommenders: {
        type: 'string',
        array: true,
        describe:
          'als, item, customer, content, segment, blend, popular-in-COLUMN; all that the data allow unless told',
      },
      split: {
        choices: ['time', 'last', 'random'] as const,
        describe: 'Hold out the latest transactions, the last of each customer, or some by chance',
      },
      share: { type: 'number', requiresArg: true, describe: 'Share that is held out; 0.2 unless told' },
      leave: {
        type: 'number',
        requiresArg: true,
        describe: 'Transactions of each customer held out by last',
      },
      k: { type: 'number', requiresArg: true, describe: 'Places of a list that count; 10 unless told' },
      weight: {
        choices: ['binary', 'quantity', 'amount', 'rating', 'log'] as const,
        describe: 'What a purchase counts',
      },
      tune: {
        type: 'string',
        array: true,
        describe: 'Search better settings of als, item, customer or content',
      },
      trials: { type: 'number', requiresArg: true, describe: 'Settings tried for each; 20 unless told' },
      budget: { type: 'string', requiresArg: true, describe: 'Time for the search, such as 5m' },
    } as const),
    ...transactionOptions,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred evaluate --config datasets/sample-shop/kindred.yaml',
      'All recommenders, on the latest fifth of the sales',
    ],
    [
      'kindred evaluate --config datasets/sample-shop/kindred.yaml --recommenders item --tune item --trials 10',
      'Better settings for similar items',
    ],
  ],
  notes: ['What the metrics are: docs/metrics.md.'],
  async run(args, terminal) {
    const { inputs = [], recommenders, split, share, leave, k, weight, tune, trials, budget, rating } = args;
    const source = sourceOf(inputs, args);
    const { runStages } = await import('./run-stages.js');
    const { evaluationSummary } = await import('./print/evaluation.js');
    await runStages({
      args,
      terminal,
      stages: ['load', 'clean', 'evaluation', 'publish'],
      changes: given({
        sources: inputs.length > 0 ? { transactions: source } : undefined,
        recommendations: given({
          weight: weight ?? (rating === undefined ? undefined : ('rating' as const)),
        }),
        evaluation: given({ recommenders, split, share, leave, k, tune, trials, budget }),
      }),
      summary: evaluationSummary,
    });
  },
});
