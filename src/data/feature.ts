import { z } from 'zod';

/** The features that every table of transactions gives. */
export const builtIns = ['recency', 'frequency', 'monetary'] as const;

export type BuiltIn = (typeof builtIns)[number];

export const scaleSchema = z
  .enum(['none', 'standard', 'minmax', 'robust', 'log', 'log1p'])
  .describe(
    'none; standard: (x - mean) / population standard deviation; minmax: 0 to 1; robust: (x - median) / interquartile range; log: natural logarithm; log1p: logarithm of 1 + x',
  );

export type Scale = z.infer<typeof scaleSchema>;

export const scalesSchema = z
  .union([scaleSchema, z.array(scaleSchema).min(1)])
  .describe('One scaling, or a list applied in order, such as [log1p, standard]');

/** One scaling or a list applied in order. */
export type Scales = z.infer<typeof scalesSchema>;

const featureObject = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .describe(
        'Name of the feature: recency, frequency, monetary, or a name of your own with sql or column',
      ),
    source: z
      .string()
      .min(1)
      .optional()
      .describe('Source the feature comes from. Default: transactions for sql, customers for column'),
    sql: z
      .string()
      .min(1)
      .optional()
      .describe('Aggregate in SQL over the rows of one customer, such as count(*) or avg(price)'),
    column: z.string().min(1).optional().describe('Column of a source that has one row per customer'),
    encode: z
      .enum(['number', 'one-hot'])
      .optional()
      .describe('number: as it is; one-hot: one column of 0 and 1 for each category. Default: number'),
    scale: scalesSchema
      .optional()
      .describe('Scaling of this feature. Default: the one of all features; none for one-hot'),
    missing: z
      .union([z.number(), z.string()])
      .optional()
      .describe(
        'What to take where a customer has no value: a number, mean, median, mode, error, or for one-hot a category. Default: 0 for sql; for recency the age of the data; error for columns',
      ),
    maxCategories: z
      .int()
      .positive()
      .optional()
      .describe('Most categories that one-hot makes columns of. Default: 50'),
  })
  .refine(
    ({ name, sql, column }) =>
      sql === undefined && column === undefined
        ? (builtIns as readonly string[]).includes(name)
        : sql === undefined || column === undefined,
    { error: 'expected one of `sql` and `column`, or the name recency, frequency or monetary' },
  );

export const featureSchema = z
  .union([z.enum(builtIns), featureObject])
  .describe('A feature of each customer: recency, frequency, monetary, an SQL aggregate or a column');

export type Feature = z.infer<typeof featureSchema>;
export type FeatureObject = z.infer<typeof featureObject>;
