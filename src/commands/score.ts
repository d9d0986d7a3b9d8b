import { UsageError } from '../errors.js';
import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { config: _, ...options } = runOptions;
const { item: __, rating: ___, ...columns } = transactionOptions;

export const score = defineCommand({
  usage: 'score [inputs..]',
  describe: 'Give customers the segments, the values and the recommendations of a saved model',
  positionals: {
    inputs: {
      type: 'string' as const,
      array: true as const,
      describe: 'Customers laid out as those of the model',
    },
  },
  options: {
    ...inGroup('Scoring:', {
      model: { type: 'string', requiresArg: true, demandOption: true, describe: 'Folder of the model' },
      id: { type: 'string', requiresArg: true, describe: 'Column of the customer' },
      snapshot: { type: 'string', requiresArg: true, describe: 'The moment that recency is counted to' },
    } as const),
    ...columns,
    ...fileOptions,
    ...options,
  },
  examples: [
    [
      'kindred score --model out/sample-shop/model --data datasets/sample-shop --out out/scores',
      'Score the sample shop by the model of its last night',
    ],
  ],
  async run(args, terminal) {
    const { inputs = [], data, set, id, snapshot } = args;
    if (inputs.length === 0 && data === undefined && set === undefined) {
      throw new UsageError({
        expected: 'customers to score',
        found: 'none',
        hint: 'Give a table, or the folder of the data with --data.',
      });
    }
    const { loadScoringModels, replaceInput, stagesOf, sourcesOf } = await import('../nightly/scoring.js');
    const { runStages } = await import('./run-stages.js');
    const { scoreSummary } = await import('./print/scores.js');
    const models = await loadScoringModels(args.model, inputs.length > 0);
    const sources = sourcesOf(models, inputs.length > 0);
    const source = sourceOf(inputs, { ...args, customer: id ?? args.customer });
    await runStages({
      args,
      terminal,
      ...models,
      stages: ['load', 'clean', ...stagesOf(models), 'publish'],
      changes: given({ sources: inputs.length > 0 ? replaceInput(sources, source) : sources, snapshot }),
      summary: scoreSummary,
    });
  },
});
