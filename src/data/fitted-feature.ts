import { z } from 'zod';
import { builtIns } from './feature.js';
import { fittedScaleSchema } from './scaler.js';

/** A feature with everything learnt from the customers it was fitted on. */
export const fittedFeatureSchema = z.strictObject({
  name: z.string(),
  source: z.string(),
  kind: z.enum([...builtIns, 'sql', 'column']),
  from: z.string().optional(),
  /** The categories of a one-hot feature, sorted. */
  categories: z.array(z.string()).optional(),
  /** What a missing value is taken as; null: it is an error. */
  missing: z.union([z.number(), z.string()]).nullable(),
  /** The columns of the matrix that the feature makes, with the scalings of each. */
  columns: z.array(z.strictObject({ name: z.string(), scales: z.array(fittedScaleSchema) })),
});

export type FittedFeature = z.infer<typeof fittedFeatureSchema>;
