import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

/** See `docs/incremental.md`. */
export const incrementalSchema = z.strictObject({
  fullEvery: wholeNumber(1)
    .default(7)
    .describe(
      'Every so many nights everything is computed; in the nights between, recommendations are made anew for customers whose purchases changed, or for whom what recommenders say has moved by more than the tolerance, and kept for all others',
    ),
  most: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .describe('Greatest share of customers to recommend anew to; beyond it everything is computed'),
  tolerance: z
    .number()
    .min(0)
    .max(1)
    .default(0.05)
    .describe(
      'How far what recommenders say may have moved, as a share of it, while recommendations are kept: of what sums similarities of items, the share of the sum; of what is popular, the share of customers; of the factors of als, which are kept until the next full night, the share of purchases that came or went, beyond which everything is computed. With 0 the night is equal to a full one',
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

export type IncrementalConfig = z.output<typeof incrementalSchema>;
