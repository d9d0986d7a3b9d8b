import { z } from 'zod';
import { featureSchema } from '../../data/index.js';
import { wholeNumber } from './whole-number.js';

const choiceSchema = z.strictObject({
  among: z
    .array(featureSchema)
    .min(2)
    .optional()
    .describe(
      'Features to choose from; unless told recency, frequency and monetary of the transactions and the columns of the customers that are numbers or few categories',
    ),
  maxCorrelation: z
    .number()
    .positive()
    .max(1)
    .optional()
    .describe('Of two features that correlate more, one is left out; 0.95 unless told'),
  minVariance: z
    .number()
    .min(0)
    .optional()
    .describe('Scaled features with no more variance are left out; 0.01 unless told'),
  count: wholeNumber(1).optional().describe('Features at most; all that are left unless told'),
  target: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Column of the customers, such as churn: features that tell more about it are preferred, and it is no feature itself',
    ),
});

/** The features: a list of them, or how to choose them. */
export const featuresSchema = z.union([z.array(featureSchema), z.literal('auto'), choiceSchema]);

export type FeatureChoice = z.output<typeof choiceSchema>;
