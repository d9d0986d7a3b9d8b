import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

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
