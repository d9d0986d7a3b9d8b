import { UsageError } from '../errors.js';
import type { Config } from '../nightly/config/index.js';
import type { StageName } from '../nightly/stage.js';
import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

/** Segments are found only where a recommender asks for them. */
function stagesFor(needsSegments: boolean): StageName[] {
  return [
    'load',
    'clean',
    ...(needsSegments ? (['features', 'segments'] as const) : []),
    'recommendations',
    'publish',
  ];
}

/** How recommenders learn, and what else they find: a saved model has that from its night. */
const ofLearning = [
  'algorithm',
  'chain',
  'blend',
  'neighbours',
  'weight',
  'similarItems',
  'similarCustomers',
] as const;

/** @throws UsageError for an option that would be silently of no use beside --model */
function checkNothingLearnt(args: Partial<Record<(typeof ofLearning)[number], unknown>>): void {
  const said = ofLearning.find(option => args[option] !== undefined && args[option] !== false);
  if (said === undefined) return;
  throw new UsageError({
    expected: 'no option of learning beside --model',
    found: `--${said.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
    hint: 'The model says how: leave the option out, or recommend without --model.',
  });
}

export const recommend = defineCommand({
  usage: 'recommend [inputs..]',
  describe: 'Recommend items to every customer, each with its reason',
  positionals: {
    inputs: { type: 'string' as const, array: true as const, describe: 'Tables of purchases or ratings' },
  },
  options: {
    ...inGroup('Recommending:', {
      model: {
        type: 'string',
        requiresArg: true,
        describe: 'Folder of a saved model: recommend by it, without learning anew',
      },
      count: { type: 'number', requiresArg: true, describe: 'Recommendations for each customer' },
      algorithm: {
        type: 'string',
        requiresArg: true,
        describe: 'als, item, customer, content, segment, popular or popular-in-COLUMN, then popular',
      },
      chain: {
        type: 'string',
        array: true,
        describe: 'Several of them: each fills what those before it leave empty',
      },
      blend: {
        type: 'string',
        array: true,
        describe: 'Several of them together, their weights learnt from the latest purchases',
      },
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
      'similar-customers': {
        type: 'boolean',
        default: false,
        describe: 'Write the customers most like each customer',
      },
    } as const),
    ...transactionOptions,
    ...fileOptions,
    ...runOptions,
  },
  examples: [
    [
      'kindred recommend datasets/sample-shop/transactions.csv --customer customer_id --item sku --count 5 --out out/recommend',
      'Five items for every customer of the sample shop',
    ],
    [
      'kindred recommend datasets/sample-shop/transactions.csv --customer customer_id --item sku --similar-items --similar-customers --out out/alike',
      'Also which items and which customers are alike',
    ],
    [
      'kindred recommend datasets/sample-shop/transactions.csv --customer customer_id --item sku --model out/sample-shop/model --out out/new',
      'Recommend to customers who bought since the night, by its recommenders',
    ],
    [
      'kindred recommend --config datasets/sample-shop/kindred.yaml --chain als segment popular-in-country',
      'Matrix factorisation first; who is new gets what their segment and their country like',
    ],
  ],
  notes: ['What the recommenders are, and how good they are on your data: kindred evaluate --help.'],
  async run(args, terminal) {
    const {
      inputs = [],
      count,
      neighbours,
      weight,
      includeOwned,
      similarItems,
      similarCustomers,
      rating,
    } = args;
    const { algorithm, blend, model } = args;
    const chain = args.chain ?? (algorithm === undefined ? undefined : [algorithm]);
    const isSetElsewhere = args.config !== undefined || args.set !== undefined;
    if (chain?.includes('blend') && blend === undefined && !isSetElsewhere) {
      throw new UsageError({
        expected: '--blend to say of what the blend is',
        found: `${args.chain ? '--chain' : '--algorithm'} ${chain.join(' ')}`,
        hint: 'Name its recommenders: --blend als item.',
      });
    }
    const source = sourceOf(inputs, args);
    const { runStages } = await import('./run-stages.js');
    if (model !== undefined) {
      checkNothingLearnt(args);
      const { loadRecommenderModel } = await import('../nightly/recommend/recommender-model.js');
      const { replaceInput, sourcesOf, stagesOf } = await import('../nightly/scoring.js');
      const { recommendationSummary } = await import('./print/recommendations.js');
      const saved = await loadRecommenderModel(model);
      const wanted = given({ count, excludeOwned: includeOwned === undefined ? undefined : !includeOwned });
      const recommenderModel = { ...saved, config: { ...saved.config, ...wanted } };
      const { transactions } = saved.sources;
      return runStages({
        args,
        terminal,
        recommenderModel,
        stages: ['load', 'clean', ...stagesOf({ recommenderModel }), 'publish'],
        changes: {
          sources:
            inputs.length > 0
              ? replaceInput({ transactions }, source)
              : sourcesOf({ recommenderModel }, false),
        },
        summary: recommendationSummary,
      });
    }
    const { partsOf } = await import('../nightly/config/recommendations.js');
    const { recommendationSummary } = await import('./print/recommendations.js');
    await runStages({
      args,
      terminal,
      stages: ({ recommendations }: Config) =>
        stagesFor(recommendations !== false && partsOf(recommendations).includes('segment')),
      changes: given({
        sources: inputs.length > 0 ? { transactions: source } : undefined,
        recommendations: given({
          count,
          neighbours,
          weight: weight ?? (rating === undefined ? undefined : 'rating'),
          excludeOwned: includeOwned === undefined ? undefined : !includeOwned,
          similarItems: similarItems || undefined,
          similarCustomers: similarCustomers || undefined,
          chain,
          blend,
        }),
      }),
      summary: recommendationSummary,
    });
  },
});
