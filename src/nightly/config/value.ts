import { z } from 'zod';
import { purchaseModelNames } from '../../value/purchase-models.js';
import { boundariesProblem, scoresOf } from '../../value/rfm-boundaries.js';
import { timeUnits } from '../../value/time-unit.js';
import { momentSchema } from './moment.js';
import { wholeNumber } from './whole-number.js';

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

const boundariesOf = (what: string) => z.array(z.number()).min(1).max(99).optional().describe(what);

const boundariesSchema = z.strictObject({
  recency: boundariesOf('Days, increasing: who bought up to the first has the highest score'),
  frequency: boundariesOf('Numbers of orders at which the scores 2, 3, … begin, increasing'),
  monetary: boundariesOf('Amounts spent at which the scores 2, 3, … begin, increasing'),
});

const valueObject = z.strictObject({
  quantiles: wholeNumber(2)
    .max(100)
    .optional()
    .describe('Number of scores of recency, frequency and monetary value; 5 unless told'),
  boundaries: boundariesSchema
    .optional()
    .describe('Where scores begin, one number fewer than there are scores; by quantiles where not told'),
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
  holdout: momentSchema
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
  ({ model, quantiles, boundaries = {}, segments: _, groups: __, ...settings }, context) => {
    const problem = boundariesProblem(boundaries, quantiles ?? scoresOf(boundaries) ?? 5);
    if (problem) {
      const { column, expected, found } = problem;
      const [code, path] = ['custom' as const, ['boundaries', column]];
      context.addIssue({ code, path, message: expected, params: { found } });
    }
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
