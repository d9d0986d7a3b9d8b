import { z } from 'zod';
import { interactionWeightSchema } from '../../data/index.js';
import { wholeNumber } from './whole-number.js';

export const recommendationsSchema = z.strictObject({
  count: wholeNumber(1).default(10).describe('Recommendations for each customer'),
  neighbours: wholeNumber(1).default(100).describe('Similar items kept for each item'),
  excludeOwned: z.boolean().default(true).describe('Leave out what the customer already has'),
  weight: interactionWeightSchema.optional(),
  similarItems: z.boolean().default(false).describe('Write the neighbours of every item, with their cosine'),
});
