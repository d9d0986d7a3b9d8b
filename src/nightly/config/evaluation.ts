import { z } from 'zod';
import { recommenderSchema } from './recommendations.js';
import { wholeNumber } from './whole-number.js';

/** Recommenders whose settings can be searched. */
export const tunableNames = ['als', 'item', 'customer', 'content', 'trending'] as const;

export type TunableName = (typeof tunableNames)[number];

export const evaluationSchema = z.strictObject({
  recommenders: z
    .array(recommenderSchema)
    .min(1)
    .optional()
    .describe('What is compared; all that the data allow unless told'),
  split: z
    .enum(['time', 'last', 'random'])
    .optional()
    .describe(
      'What is held out: time: the latest share of all transactions; last: the last of each customer; random: a share by chance. time unless told, random where there are no times',
    ),
  share: z.number().gt(0).lt(1).default(0.2).describe('Share of the transactions that is held out'),
  leave: wholeNumber(1)
    .default(1)
    .describe('Transactions of each customer that are held out by the split last'),
  k: wholeNumber(1).optional().describe('Places of a list that count; recommendations.count unless told'),
  customers: wholeNumber(1).default(20_000).describe('Customers that are tested at most, evenly picked'),
  tune: z
    .array(z.enum(tunableNames))
    .optional()
    .describe('Recommenders whose settings are searched, on a part of what is not held out'),
  trials: wholeNumber(1)
    .optional()
    .describe('Settings tried for each of them; 20 unless told or there is a budget'),
  budget: z
    .string()
    .regex(/^\d+(\.\d+)?\s*(s|m|min|h)$/, 'expected a time such as 90s, 5m or 1h')
    .optional()
    .describe('Time that the search may take, such as 5m'),
});

export type EvaluationConfig = z.output<typeof evaluationSchema>;

const secondsIn = { s: 1, m: 60, min: 60, h: 3600 };

/** Seconds of `5m`. */
export function secondsOf(budget: string): number {
  const [, number, unit] = /^([\d.]+)\s*(\w+)$/.exec(budget) ?? [];
  return Number(number) * secondsIn[unit as keyof typeof secondsIn];
}
