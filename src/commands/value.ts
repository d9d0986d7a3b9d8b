import { purchaseModelNames } from '../value/purchase-models.js';
import { timeUnits } from '../value/time-unit.js';
import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { item: _, rating: __, ...columns } = transactionOptions;

export const value = defineCommand({
  usage: 'value [inputs..]',
  describe: 'Score customers by recency, frequency and monetary value, and find their lifetime values',
  notes: [
    'recency, frequency and monetary are as marketers have them: days since the last order, orders, what they came to.',
    'repeats, lastRepeat, observed and meanRepeat are x, t_x, T and the mean value of purchase models: days with a purchase after the first, and times since that.',
  ],
  positionals: {
    inputs: { type: 'string' as const, array: true as const, describe: 'Tables of transactions' },
  },
  options: {
    ...inGroup('Values:', {
      snapshot: { type: 'string', requiresArg: true, describe: 'The moment that recency is counted to' },
      groups: {
        type: 'string',
        requiresArg: true,
        describe: 'Score customers only among those with the same value of this column, such as Country',
      },
      quantiles: { type: 'number', requiresArg: true, describe: 'Number of scores, 5 unless told' },
      'recency-boundaries': {
        type: 'number',
        array: true,
        requiresArg: true,
        describe: 'Days that part the scores, instead of quantiles: up to the first is best',
      },
      'frequency-boundaries': {
        type: 'number',
        array: true,
        requiresArg: true,
        describe: 'Orders at which the scores 2, 3, … begin',
      },
      'monetary-boundaries': {
        type: 'number',
        array: true,
        requiresArg: true,
        describe: 'Amounts spent at which the scores 2, 3, … begin',
      },
    } as const),
    ...inGroup('Lifetime value:', {
      model: {
        choices: ['historical', ...purchaseModelNames] as const,
        describe: 'bg-nbd: may leave after a repeat purchase; mbg-nbd: after any; pareto-nbd: at any time',
      },
      unit: { choices: timeUnits, describe: 'Unit of time of the model and the horizon, week unless told' },
      horizon: { type: 'number', requiresArg: true, describe: 'Units to look ahead, a year unless told' },
      discount: { type: 'number', requiresArg: true, describe: 'Interest of a year, 0.1 unless told' },
      margin: {
        type: 'number',
        requiresArg: true,
        describe: 'Share of the spend that is kept, 1 unless told',
      },
      holdout: {
        type: 'string',
        requiresArg: true,
        describe: 'Test the model: learn before this date, predict from it on',
      },
    } as const),
    ...columns,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred value datasets/sample-shop/transactions.csv --customer customer_id --basket order_id --time ordered_at --price unit_price --out out/value',
      'RFM scores of the sample shop',
    ],
    [
      'kindred value datasets/sample-shop/transactions.csv --customer customer_id --basket order_id --time ordered_at --price unit_price --recency-boundaries 30 90 180 365 --frequency-boundaries 2 3 5 10',
      'Recency and frequency scored by boundaries of your own, money by quantiles',
    ],
    [
      'kindred value datasets/sample-shop/transactions.csv --customer customer_id --basket order_id --time ordered_at --price unit_price --model bg-nbd --horizon 26 --holdout 2025-07-01 --out out/value',
      'What each customer will bring in within 26 weeks, who may be leaving, and a test of that',
    ],
    ['kindred value --config datasets/sample-shop/kindred.yaml', 'The same by its configuration'],
  ],
  async run(args, terminal) {
    const {
      inputs = [],
      snapshot,
      groups,
      quantiles,
      model,
      unit,
      horizon,
      discount,
      margin,
      holdout,
      recencyBoundaries,
      frequencyBoundaries,
      monetaryBoundaries,
    } = args;
    const boundaries = given({
      recency: recencyBoundaries,
      frequency: frequencyBoundaries,
      monetary: monetaryBoundaries,
    });
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
        value: given({
          ...given({ groups, quantiles, boundaries }),
          ...given({ model, unit, horizon, discountRate: discount, margin, holdout }),
        }),
      }),
      summary: valueSummary,
    });
  },
});
