import { z } from 'zod';
import { outputFormatSchema } from '../../data/index.js';
import { wholeNumber } from './whole-number.js';

export const outputSchema = z.strictObject({
  folder: z
    .string()
    .min(1)
    .default('out')
    .describe('Folder of the results, relative to the configuration file'),
  format: outputFormatSchema.default('parquet').describe('Format of the tables: parquet, csv or arrow'),
  keep: wholeNumber(1)
    .default(7)
    .describe('Nights that are kept, the published one included, to roll back to'),
});
