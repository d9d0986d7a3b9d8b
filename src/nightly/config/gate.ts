import { z } from 'zod';
import { wholeNumber } from './whole-number.js';

const share = z.number().min(0).max(1);
const fall = (what: string, usual: number) =>
  share.default(usual).describe(`Greatest share of ${what} that may be lost against the published night`);

export const gateSchema = z.strictObject({
  rows: fall('the rows of a source', 0.5),
  customers: fall('the customers', 0.5),
  hitRate: fall('the hit rate of recommendations on held-out purchases', 0.5),
  ndcg: fall('the NDCG of recommendations on held-out purchases', 0.5),
  coverage: fall('the share of items that are recommended to anyone', 0.5),
  churn: share
    .default(1)
    .describe('Greatest share of recommendations that may be others than in the published night'),
  segments: share
    .default(1)
    .describe('Greatest share of customers by which the sizes of segments may have shifted'),
  least: z
    .strictObject({
      hitRate: share.optional().describe('Least hit rate'),
      ndcg: share.optional().describe('Least NDCG'),
      coverage: share.optional().describe('Least share of items that are recommended to anyone'),
      customers: wholeNumber(0).optional().describe('Least customers'),
    })
    .optional()
    .describe('What has to be reached whatever the published night was'),
  sample: wholeNumber(0)
    .default(20_000)
    .describe('Customers whose last new item is held out to test recommendations; 0 for no such test'),
  at: wholeNumber(1).default(10).describe('Places of a list that the test looks at'),
});
