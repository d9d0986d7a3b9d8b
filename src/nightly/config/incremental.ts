import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

export const incrementalSchema = z.strictObject({
  fullEvery: wholeNumber(1)
    .default(7)
    .describe(
      'Every so many nights everything is computed; in the nights between, with the neighbours of items of the last such night, recommendations are made anew for customers whose purchases have changed and kept for the others',
    ),
  most: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('Greatest share of customers with changed purchases; beyond it everything is computed'),
});
