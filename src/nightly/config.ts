import { z } from 'zod';
import {
  featureSchema,
  interactionWeightSchema,
  outputFormatSchema,
  scalesSchema,
  sourceSchema,
} from '../data/index.js';
import { deviceNames } from '../device/device.js';
import { purchaseModelNames } from '../value/purchase-models.js';
import { timeUnits } from '../value/time-unit.js';

const wholeNumber = (least: number) => z.number().int().min(least);

export const outputSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('out')
    .describe('Folder of the results, relative to the configuration file'),
  format: outputFormatSchema.default('parquet').describe('Format of the tables: parquet, csv or arrow'),
});

export const segmentsSchema = z.strictObject({
  k: wholeNumber(1).default(5).describe('Number of segments'),
  init: z
    .enum(['k-means++', 'random'])
    .optional()
    .describe(
      'How the first centroids are chosen; k-means++, which finds better segments than random, unless told',
    ),
  starts: wholeNumber(1)
    .optional()
    .describe('Runs from different first centroids, of which the best is kept; 10 unless told'),
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
});

const share = z.number().min(0).max(1);

const loyaltyTierSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the tier'),
  purchases: wholeNumber(1).optional().describe('Least purchases on different days, the first one included'),
  tenure: z.number().min(0).optional().describe('Least days since the first purchase'),
  alive: share.optional().describe('Least chance to be a customer still'),
});

/** The lowest and the highest score of a segment. */
const scoresSchema = z.tuple([z.number().int().min(1).max(5), z.number().int().min(1).max(5)]);

const rfmSegmentSchema = z.strictObject({
  name: z.string().min(1).describe('Name of the segment'),
  recency: scoresSchema.describe('Lowest and highest score of recency, from 1 to 5; 5 is the most recent'),
  frequency: scoresSchema.describe('Lowest and highest score of frequency'),
  monetary: scoresSchema.optional().describe('Lowest and highest score of monetary value; any unless told'),
});

const valueObject = z.strictObject({
  quantiles: wholeNumber(2)
    .max(100)
    .optional()
    .describe('Number of scores of recency, frequency and monetary value; 5 unless told'),
  segments: z
    .array(rfmSegmentSchema)
    .min(1)
    .max(200)
    .optional()
    .describe(
      'Names of the fields of scores, the first that fits is taken; the eleven usual ones unless told',
    ),
  groups: z
    .union([
      z.string().min(1),
      z.strictObject({
        firstPurchase: z.enum(['year', 'quarter', 'month']).describe('The period of the first purchase'),
      }),
    ])
    .optional()
    .describe(
      'Score customers only among those of the same group: a column such as Country, or the period of the first purchase',
    ),
  model: z
    .enum(['historical', ...purchaseModelNames])
    .optional()
    .describe(
      'How lifetime value is found: by a model of purchases with Gamma-Gamma spend, or historical: going on as before. None unless told',
    ),
  unit: z.enum(timeUnits).optional().describe('Unit of time of the model and its horizon; week unless told'),
  horizon: z.number().positive().optional().describe('Time looked ahead, in units; a year unless told'),
  discountRate: z
    .number()
    .min(0)
    .optional()
    .describe('Interest of a year by which money to come counts less; 0.1 unless told'),
  margin: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('Share of the spend that is kept; 1 unless told: values are revenue'),
  holdout: z
    .string()
    .min(1)
    .optional()
    .describe('Test the model on purchases from this date on, after a fit to those before it'),
  loyalty: z
    .array(loyaltyTierSchema)
    .min(1)
    .optional()
    .describe('Tiers of loyalty from the highest; a customer has the first that they reach'),
  atRisk: z
    .strictObject({
      least: share.optional().describe('Who is alive less surely is taken for gone; 0.1 unless told'),
      most: share.optional().describe('Who is alive more surely is not at risk; 0.7 unless told'),
    })
    .optional()
    .describe('Chances to be a customer still between which customers are at risk'),
});

/** Settings of a model without one would be silently of no use. */
export const valueSchema = valueObject.superRefine(
  ({ model, quantiles: _, segments: __, groups: ___, ...settings }, context) => {
    const [name] = Object.keys(settings);
    if (model === undefined && name !== undefined) {
      context.addIssue({
        code: 'custom',
        path: [name],
        message: `expected a value.model of ${['historical', ...purchaseModelNames].join(', ')}`,
      });
    }
    if (model === 'historical' && settings.holdout !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['holdout'],
        message: `expected a value.model of ${purchaseModelNames.join(', ')}`,
      });
    }
  },
);

export const recommendationsSchema = z.strictObject({
  count: wholeNumber(1).default(10).describe('Recommendations for each customer'),
  neighbours: wholeNumber(1).default(100).describe('Similar items kept for each item'),
  excludeOwned: z.boolean().default(true).describe('Leave out what the customer already has'),
  weight: interactionWeightSchema.optional(),
  similarItems: z.boolean().default(false).describe('Write the neighbours of every item, with their cosine'),
});

/** Everything a nightly run needs to know; `kindred nightly --schema` prints it as JSON Schema. */
export const configSchema = z
  .strictObject({
    name: z.string().min(1).default('Kindred').describe('Name of the shop, for headings'),
    seed: wholeNumber(0)
      .default(0)
      .describe('Start of all chance: the same seed and data give the same results'),
    device: z
      .enum(['auto', ...deviceNames])
      .default('auto')
      .describe('Where to compute'),
    threads: wholeNumber(1).optional().describe('Processor threads; all cores unless told'),
    memory: z
      .union([
        z.string().regex(/^\d+(\.\d+)?\s*([KMGT]i?)?B$/i, 'expected a size such as 4GB or 512MB'),
        wholeNumber(1),
      ])
      .default('1GB')
      .describe('Memory that the data engine may use before it spills to disk, such as 4GB'),
    snapshot: z
      .string()
      .min(1)
      .optional()
      .describe('The moment that recency is counted to; the day after the last transaction unless told'),
    output: outputSchema.prefault({}).describe('Where the results go'),
    sources: z
      .record(z.string().regex(/^[A-Za-z_]\w*$/, 'expected a name of letters, digits and _'), sourceSchema)
      .describe('The data by name: transactions, customers, items, browsing, feedback or a name of your own'),
    features: z
      .array(featureSchema)
      .optional()
      .describe('What segments are made of; recency, frequency and monetary of the transactions unless told'),
    scale: scalesSchema.default('standard').describe('Scaling of every feature that does not say its own'),
    segments: z
      .union([segmentsSchema, z.literal(false)])
      .prefault({})
      .describe('K-means segments, or false'),
    value: z
      .union([valueSchema, z.literal(false)])
      .prefault({})
      .describe('RFM scores and lifetime values, or false'),
    recommendations: z
      .union([recommendationsSchema, z.literal(false)])
      .prefault({})
      .describe('Item-based recommendations, or false'),
  })
  .describe('A nightly run of Kindred');

/** A checked configuration, defaults filled in. */
export type Config = z.output<typeof configSchema>;
/** A configuration as it is written. */
export type ConfigInput = z.input<typeof configSchema>;

/** The JSON Schema of kindred.yaml, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}
