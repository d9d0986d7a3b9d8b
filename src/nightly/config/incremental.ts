import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

export const incrementalSchema = z.strictObject({
  fullEvery: wholeNumber(1)
    .default(7)
    .describe(
      'Every so many nights everything is computed; in the nights between, recommendations are made anew for customers whose purchases, or the neighbours of whose items, have changed, and kept for the others',
    ),
  most: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('Greatest share of customers to recommend anew to; beyond it everything is computed'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe(
      'Greatest error of a similarity of two items that is kept from an earlier night. With 0 the night is equal to a full one; above it more is kept, and ranks are the first to differ',
    ),
  drift: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'Greatest share of purchases by which what is bought may have moved to other items since the last full night; beyond it everything is computed',
    ),
});
