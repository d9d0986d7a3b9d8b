import { z } from 'zod';
import { criteria } from '../../segment/choose-k/criteria.js';
import { linkageMethods } from '../../segment/hierarchical/linkage-methods.js';
import { namedInits } from '../../segment/named-inits.js';
import { wrongCondition } from '../../segment/segment-actions.js';
import { type SegmentAlgorithm, segmentAlgorithms } from '../../segment/segment-algorithms.js';
import { wholeNumber } from './whole-number.js';

const choiceSchema = z.strictObject({
  from: wholeNumber(2).optional().describe('The fewest segments to try; 2 unless told'),
  to: wholeNumber(2).optional().describe('The most segments to try; 10 unless told'),
  criterion: z.enum(criteria).optional().describe('What decides; the silhouette unless told'),
});

const actionSchema = z.strictObject({
  when: z
    .record(z.string().min(1), z.union([z.string(), z.number()]))
    .superRefine((conditions, context) => {
      for (const [name, condition] of Object.entries(conditions)) {
        const expected = wrongCondition(name, condition);
        if (expected) context.addIssue({ code: 'custom', path: [name], message: `expected ${expected}` });
      }
    })
    .optional()
    .describe(
      'What the segment is like, by feature: very low, low, average, high or very high beside all customers, or a comparison of its median such as "> 90"; also size, share and revenueShare. Any segment unless told',
    ),
  action: z.string().min(1).describe('What to do with such a segment'),
});

const segmentsObject = z.strictObject({
  algorithm: z
    .enum(segmentAlgorithms)
    .default('kmeans')
    .describe(
      'kmeans: compact segments; hierarchical: a tree of segments; dbscan and hdbscan: dense segments of any shape, the rest is noise',
    ),
  k: z
    .union([wholeNumber(1), z.literal('auto'), choiceSchema])
    .optional()
    .describe(
      'Number of segments (kmeans, hierarchical), or auto, or from, to and criterion of the choice; 5 unless told',
    ),
  init: z
    .enum(namedInits)
    .optional()
    .describe(
      'How the first centroids are chosen; k-means++, which finds better segments than random, unless told; k-means|| looks at all customers, however many, in few rounds',
    ),
  oversampling: z
    .number()
    .positive()
    .optional()
    .describe('init k-means||: candidates for each segment that a round chooses; 2 unless told'),
  rounds: wholeNumber(1).optional().describe('init k-means||: rounds of choosing; 2 unless told'),
  warmStart: z
    .union([z.boolean(), z.string().min(1)])
    .optional()
    .describe(
      'kmeans: begin with the segments of the night before (true), where they are as many and by the same features, or with those in a folder of results; one start is then enough and the only one; false unless told',
    ),
  batchSize: wholeNumber(1)
    .optional()
    .describe(
      'kmeans: customers that an iteration looks at (mini-batches): faster for millions of customers, and a little worse; all unless told',
    ),
  starts: wholeNumber(1)
    .optional()
    .describe(
      'Runs from different first centroids, of which the best is kept; 10 unless told, 3 with batchSize',
    ),
  maxIterations: wholeNumber(1).optional().describe('Iterations of a run at most; 300 unless told'),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe(
      'A run ends when centroids move less than this, relative to the spread of the features; 1e-4 unless told',
    ),
  exchange: z
    .boolean()
    .optional()
    .describe(
      'Improve on what Lloyd finds by exchanging single customers, as long as there are not too many; true unless told',
    ),
  radius: z
    .union([z.number().positive(), z.literal('auto')])
    .optional()
    .describe(
      'dbscan: distance, in scaled features, up to which customers are neighbours; auto, the knee of the distances, unless told',
    ),
  minimumPoints: wholeNumber(1)
    .optional()
    .describe(
      'dbscan: neighbours, the customer included, that make a place dense, 5 unless told; hdbscan: as many as minimumSize unless told',
    ),
  metric: z
    .enum(['euclidean', 'cosine'])
    .optional()
    .describe('dbscan, hdbscan: what distance is; euclidean unless told'),
  minimumSize: wholeNumber(2)
    .optional()
    .describe('hdbscan: customers that make a segment; a hundredth of all, at least 5, unless told'),
  linkage: z
    .enum(linkageMethods)
    .optional()
    .describe('hierarchical: how far apart two segments are; ward, which makes even segments, unless told'),
  height: z
    .number()
    .min(0)
    .optional()
    .describe('hierarchical: height of the tree at which it is cut, instead of k'),
  depth: wholeNumber(1)
    .max(6)
    .optional()
    .describe('Conditions at most in the description of a segment; 3 unless told'),
  actions: z
    .array(actionSchema)
    .optional()
    .describe(
      'What to do with segments: the first that fits is suggested; what shops usually do unless told',
    ),
  correlation: z
    .enum(['pearson', 'spearman'])
    .optional()
    .describe('Write how the scaled features go together, as a table; not unless told'),
});

const keysOf: Record<SegmentAlgorithm, readonly string[]> = {
  kmeans: [
    ...['k', 'init', 'oversampling', 'rounds', 'warmStart', 'batchSize'],
    ...['starts', 'maxIterations', 'tolerance', 'exchange'],
  ],
  dbscan: ['radius', 'minimumPoints', 'metric'],
  hdbscan: ['minimumSize', 'minimumPoints', 'metric'],
  hierarchical: ['linkage', 'k', 'height'],
};

/** Settings that an algorithm has no use for. */
export function settingsOfOthers(algorithm: SegmentAlgorithm): string[] {
  return [...new Set(Object.values(keysOf).flat())].filter(key => !keysOf[algorithm].includes(key));
}

/** Settings of another algorithm would be silently of no use. */
export const segmentsSchema = segmentsObject.superRefine((segments, context) => {
  const { algorithm, k, height, linkage: _ } = segments;
  const refuse = (key: string, expected: string, found: string) =>
    context.addIssue({ code: 'custom', path: [key], message: expected, params: { found } });
  for (const key of settingsOfOthers(algorithm)) {
    if (Reflect.get(segments, key) === undefined) continue;
    const owners = segmentAlgorithms.filter(each => keysOf[each].includes(key));
    refuse(
      key,
      `segments.${key} with the algorithm ${owners.join(' or ')} only`,
      `the algorithm ${algorithm}`,
    );
  }
  if (algorithm === 'hierarchical' && k !== undefined && height !== undefined) {
    refuse('height', 'either segments.k or segments.height', 'both');
  }
  if (algorithm === 'hierarchical' && typeof k === 'object' && k.criterion === 'gap') {
    refuse('k', 'a criterion other than gap for the algorithm hierarchical', 'gap');
  }
  if (typeof k === 'object' && (k.from ?? 2) > (k.to ?? 10)) {
    refuse('k', 'segments.k.from to be at most segments.k.to', `${k.from ?? 2} and ${k.to ?? 10}`);
  }
  if (algorithm !== 'kmeans') return;
  const { init = 'k-means++', warmStart = false, batchSize, exchange } = segments;
  for (const key of ['oversampling', 'rounds'] as const) {
    if (segments[key] === undefined || init === 'k-means||') continue;
    refuse(key, `segments.${key} with the init k-means|| only`, `the init ${init}`);
  }
  if (warmStart !== false && k !== undefined && typeof k !== 'number') {
    refuse('k', 'a number of segments with segments.warmStart', JSON.stringify(k));
  }
  if (batchSize !== undefined && exchange === true) {
    refuse('exchange', 'segments.exchange without segments.batchSize', 'both');
  }
});

/** Checked settings of the segments. */
export type SegmentsConfig = z.output<typeof segmentsSchema>;

export const driftSchema = z.strictObject({
  warn: z
    .number()
    .positive()
    .default(0.2)
    .describe('Population stability index of a feature from which on a warning is given'),
  previous: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of the earlier results to compare with and to take the numbers of the segments from; the output folder unless told',
    ),
});
