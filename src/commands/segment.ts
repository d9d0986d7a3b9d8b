import { resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { criteria } from '../segment/choose-k/criteria.js';
import { linkageMethods } from '../segment/hierarchical/linkage-methods.js';
import { namedInits } from '../segment/named-inits.js';
import { segmentAlgorithms } from '../segment/segment-algorithms.js';
import { defineCommand, inGroup } from './command.js';
import { given } from './given.js';
import { runOptions } from './run-options.js';
import { fileOptions, sourceOf, transactionOptions } from './source-options.js';

const { item: _, rating: __, ...columns } = transactionOptions;

/** `auto`, or the number that the text is. */
function numberOr(name: string, text: string | undefined): number | 'auto' | undefined {
  if (text === undefined || text === 'auto') return text;
  const number = Number(text);
  if (text.trim() !== '' && !Number.isNaN(number)) return number;
  throw new UsageError({
    expected: `a number or auto after --${name}`,
    found: `"${text}"`,
    hint: 'See kindred segment --help.',
  });
}

/** As it stands in kindred.yaml: a number, auto, or from where to where by which criterion. */
function numberOfSegments(text: string | undefined, criterion: (typeof criteria)[number] | undefined) {
  const range = /^(\d+)-(\d+)$/.exec(text ?? '');
  if (range) return given({ from: Number(range[1]), to: Number(range[2]), criterion });
  const k = numberOr('k', text);
  return criterion !== undefined && (k === 'auto' || k === undefined) ? { criterion } : k;
}

/** True or false, or a folder, which starts from the current one. */
function warmStartOf(text: string | undefined): boolean | string | undefined {
  if (text === undefined) return undefined;
  return text === 'true' || text === 'false' ? text === 'true' : resolve(text);
}

export const segment = defineCommand({
  usage: 'segment [inputs..]',
  describe: 'Divide customers into segments, describe them, compare them with earlier ones',
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
        describe: 'Columns to segment by, or recency, frequency and monetary of transactions; auto chooses',
      },
      algorithm: {
        choices: segmentAlgorithms,
        describe: 'kmeans unless told; dbscan and hdbscan leave sparse customers without a segment',
      },
      k: {
        type: 'string',
        requiresArg: true,
        describe: 'Number of segments; auto, or a range such as 3-8, to choose (kmeans, hierarchical)',
      },
      criterion: { choices: criteria, describe: 'By what auto chooses; the silhouette unless told' },
      scale: {
        type: 'string',
        array: true,
        describe: 'none, standard, minmax, robust, log or log1p; several in order',
      },
      init: {
        choices: namedInits,
        describe: 'How first centroids are chosen; k-means|| looks at all customers, however many',
      },
      oversampling: {
        type: 'number',
        requiresArg: true,
        describe: '--init k-means||: candidates for each segment of a round; 2 unless told',
      },
      rounds: { type: 'number', requiresArg: true, describe: '--init k-means||: rounds; 2 unless told' },
      'warm-start': {
        type: 'string',
        requiresArg: true,
        describe: 'Begin with the k-means segments in this folder of results; true for those in --out',
      },
      'batch-size': {
        type: 'number',
        requiresArg: true,
        describe: 'Customers that an iteration looks at: faster for millions, a little worse (kmeans)',
      },
      starts: { type: 'number', requiresArg: true, describe: 'Runs of which the best is kept' },
      'max-iterations': { type: 'number', requiresArg: true, describe: 'Iterations of a run at most' },
      tolerance: { type: 'number', requiresArg: true, describe: 'Movement of the centroids that ends a run' },
      exchange: {
        type: 'boolean',
        describe:
          'Improve on what Lloyd finds by exchanging single customers (--no-exchange for Lloyd alone)',
      },
      radius: {
        type: 'string',
        requiresArg: true,
        describe: 'dbscan: distance up to which customers are neighbours; auto unless told',
      },
      'minimum-points': {
        type: 'number',
        requiresArg: true,
        describe: 'dbscan, hdbscan: neighbours that make a place dense',
      },
      'minimum-size': {
        type: 'number',
        requiresArg: true,
        describe: 'hdbscan: customers that make a segment; a hundredth of all, at least 5, unless told',
      },
      metric: { choices: ['euclidean', 'cosine'] as const, describe: 'dbscan, hdbscan: what distance is' },
      linkage: {
        choices: linkageMethods,
        describe: 'hierarchical: how far apart segments are; ward unless told',
      },
      height: { type: 'number', requiresArg: true, describe: 'hierarchical: where to cut, instead of --k' },
      correlation: {
        choices: ['pearson', 'spearman'] as const,
        describe: 'Also how the features go together',
      },
      previous: {
        type: 'string',
        requiresArg: true,
        describe: 'Earlier results to keep the numbers of and to compare with; those in --out unless told',
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
    [
      'kindred segment --config datasets/sample-shop/kindred.yaml --features auto --k auto --out out/auto',
      'Features and the number of segments as the data suggest',
    ],
    [
      'kindred segment --config datasets/sample-shop/kindred.yaml --algorithm hierarchical --k 4 --out out/tree',
      'A tree of segments with its drawing',
    ],
  ],
  async run(args, terminal) {
    const { init, starts, maxIterations, tolerance, exchange, scale, features, inputs = [] } = args;
    const { oversampling, rounds, batchSize } = args;
    const { algorithm, minimumPoints, minimumSize, metric, linkage, height, correlation, previous } = args;
    const transactions = args.time !== undefined || args.basket !== undefined;
    const name = transactions ? 'transactions' : 'customers';
    const source = sourceOf(inputs, { ...args, customer: args.id ?? args.customer });
    const columns = features?.map(column => (transactions ? column : { name: column, source: name, column }));
    const isAuto = features?.length === 1 && features[0] === 'auto';
    const k = numberOfSegments(args.k, args.criterion);
    const { settingsOfOthers } = await import('../nightly/config/segments.js');
    const { runStages } = await import('./run-stages.js');
    const { segmentSummary } = await import('./print/segments.js');
    await runStages({
      args,
      terminal,
      stages: ['load', 'clean', 'features', 'segments', 'publish'],
      without: algorithm && settingsOfOthers(algorithm).map(key => ['segments', key]),
      changes: given({
        sources: inputs.length > 0 ? { [name]: source } : undefined,
        features: isAuto ? 'auto' : columns,
        scale: scale?.length === 1 ? scale[0] : scale,
        segments: given({
          ...given({ algorithm, k, init, starts, maxIterations, tolerance, exchange }),
          ...given({ oversampling, rounds, batchSize, warmStart: warmStartOf(args.warmStart) }),
          ...given({ radius: numberOr('radius', args.radius), minimumPoints, minimumSize, metric }),
          ...given({ linkage, height, correlation }),
        }),
        drift: previous === undefined ? undefined : { previous: resolve(previous) },
      }),
      summary: segmentSummary,
    });
  },
});
