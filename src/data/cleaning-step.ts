import { z } from 'zod';

const column = z
  .string()
  .min(1)
  .describe('Column the step works on: a role such as amount, or a column of the source');
const because = z.string().min(1).optional().describe('Why, in words for the data quality report');

const dropDuplicates = z
  .strictObject({
    dropDuplicates: z
      .union([z.literal(true), z.array(z.string().min(1)).min(1)])
      .describe('true: drop rows that repeat an earlier row in every column; a list: in these columns'),
    because,
  })
  .describe('Drops rows that repeat an earlier row; the first is kept');

const missing = z
  .strictObject({
    missing: z
      .strictObject({
        column,
        action: z
          .enum(['drop', 'mean', 'median', 'mode', 'constant'])
          .describe(
            'Drop rows without a value, or fill it with the mean, the median, the most frequent value or a constant',
          ),
        value: z
          .union([z.string(), z.number(), z.boolean()])
          .optional()
          .describe('The constant to fill with, for action: constant'),
      })
      .refine(({ action, value }) => (action === 'constant') === (value !== undefined), {
        error: 'expected `value` with action: constant, and only with it',
        path: ['value'],
      })
      .describe('The column, and what to do where it has no value'),
    because,
  })
  .describe('Treats missing values of a column; NaN counts as missing');

const types = z
  .strictObject({
    types: z
      .strictObject({
        column,
        type: z
          .enum(['number', 'integer', 'text', 'boolean', 'timestamp'])
          .describe('Type the column is to have'),
        invalid: z
          .enum(['error', 'missing', 'drop'])
          .optional()
          .describe(
            'What to do with a value that is not of the type: stop, take it as missing, or drop its row. Default: error',
          ),
      })
      .describe('The column, its type, and what to do with values that are not of it'),
    because,
  })
  .describe('Converts a column to another type');

const outliers = z
  .strictObject({
    outliers: z
      .strictObject({
        column,
        method: z
          .enum(['iqr', 'zscore', 'winsorise'])
          .describe(
            'iqr: beyond factor × interquartile range from the quartiles; zscore: beyond factor standard deviations from the mean; winsorise: beyond the quantiles given by share',
          ),
        factor: z.number().positive().optional().describe('Default: 1.5 for iqr, 3 for zscore'),
        share: z
          .number()
          .gt(0)
          .lt(0.5)
          .optional()
          .describe('Share of the values at each end that winsorise pulls in. Default: 0.01'),
        action: z
          .enum(['drop', 'clip'])
          .optional()
          .describe(
            'Drop the rows, or pull their values to the bound. Default: drop; winsorise always clips',
          ),
      })
      .refine(({ method, action }) => method !== 'winsorise' || action !== 'drop', {
        error: 'expected action: clip, the only one of winsorise',
        path: ['action'],
      })
      .describe('The column, how to tell outliers, and what to do with them'),
    because,
  })
  .describe('Treats values far from the others');

const filter = z
  .strictObject({
    filter: z
      .strictObject({
        keep: z
          .string()
          .min(1)
          .describe("SQL condition of the rows to keep, such as quantity > 0 AND basket NOT LIKE 'C%'"),
        because,
      })
      .describe('The condition of the rows to keep'),
    because,
  })
  .describe('Keeps the rows that a condition in SQL holds for');

export const cleaningStepSchema = z
  .union([dropDuplicates, missing, types, outliers, filter])
  .describe('One cleaning step: dropDuplicates, missing, types, outliers or filter');

export type CleaningStep = z.infer<typeof cleaningStepSchema>;
export type MissingStep = z.infer<typeof missing>['missing'];
export type TypesStep = z.infer<typeof types>['types'];
export type OutlierStep = z.infer<typeof outliers>['outliers'];
export type FilterStep = z.infer<typeof filter>['filter'];
