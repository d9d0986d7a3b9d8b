import { z } from 'zod';
import { featureSchema, interactionWeightSchema } from '../../data/index.js';
import { similarityMeasures } from '../../recommend/similarity.js';
import { weightings } from '../../recommend/weightings.js';
import { wholeNumber } from './whole-number.js';

/** Recommenders that a chain, a blend or an evaluation may name, beside `popular-in-COLUMN`. */
export const recommenderNames = [
  'als',
  'item',
  'customer',
  'content',
  'attributes',
  'segment',
  'trending',
  'blend',
  'popular',
] as const;

export const recommenderSchema = z
  .string()
  .refine(
    text => (recommenderNames as readonly string[]).includes(text) || /^popular-in-.+/.test(text),
    `expected ${recommenderNames.join(', ')} or popular-in-COLUMN`,
  );

const voice = recommenderSchema.refine(
  text => text !== 'blend',
  'expected recommenders other than blend itself',
);

const similarity = {
  similarity: z.enum(similarityMeasures).optional().describe('How alike two of them are: cosine unless told'),
  weighting: z
    .enum(weightings)
    .optional()
    .describe('What is done to purchases before they are compared; none unless told'),
  shrinkage: z
    .number()
    .min(0)
    .optional()
    .describe('Holds back similarities that rest on few in common: n / (n + shrinkage); 0 unless told'),
  significance: z
    .number()
    .min(0)
    .optional()
    .describe('As shrinkage, by min(n, significance) / significance; 0 unless told'),
};

const sqlOnItems =
  'Columns are those of the items, and customers, sold, revenue, price, firstSold, lastSold as far as the transactions tell them';

const ids = z.array(z.union([z.string(), z.number()])).min(1);

const rulesSchema = z.strictObject({
  outOfStock: z.string().min(1).optional().describe(`SQL that is true of items out of stock. ${sqlOnItems}`),
  deny: z
    .union([ids, z.string().min(1)])
    .optional()
    .describe('Ids of items that are never recommended, or SQL that is true of them'),
  allow: z
    .union([ids, z.string().min(1)])
    .optional()
    .describe('Ids of the only items that may be recommended, or SQL that is true of them'),
  perCategory: z
    .strictObject({
      column: z.string().min(1).describe('Column of the items, such as category'),
      atMost: wholeNumber(1).describe('Items of one category in a list, at most'),
    })
    .optional()
    .describe('Caps how many items of one category a customer gets'),
  priceRange: z
    .strictObject({
      column: z.string().min(1).optional().describe('Column of the price; price unless told'),
      lowest: z
        .number()
        .min(0)
        .optional()
        .describe('Least price, in parts of the mean price of what they have'),
      highest: z.number().positive().optional().describe('Greatest price, likewise'),
    })
    .optional()
    .describe('Keeps to prices that a customer is used to'),
  recency: z
    .strictObject({
      column: z.string().min(1).optional().describe('Column of a date; lastSold unless told'),
      halfLife: z.number().positive().describe('Days after which an item counts half'),
    })
    .optional()
    .describe('Lets items count less the older they are'),
  boost: z
    .union([z.string().min(1), z.number().min(0)])
    .optional()
    .describe(`SQL of a number that an item's relevance is multiplied by. ${sqlOnItems}`),
  diversity: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe(
      'How much being unlike the items before it counts beside relevance (1 - λ of MMR); 0 unless told',
    ),
});

const recommendationsObject = z.strictObject({
  count: wholeNumber(1).default(10).describe('Recommendations for each customer'),
  chain: z
    .array(recommenderSchema)
    .min(1)
    .optional()
    .describe(
      'Recommenders, each of which fills the places that those before it leave empty; popular, which ends every chain, need not be named. [item], or [blend] where there is one, unless told',
    ),
  blend: z
    .union([z.array(voice).min(2), z.record(voice, z.number().positive())])
    .optional()
    .describe(
      'Recommenders together: a list whose weights are learnt from the latest purchases, or a weight for each',
    ),
  neighbours: wholeNumber(1).default(100).describe('Similar items kept for each item'),
  excludeOwned: z.boolean().default(true).describe('Leave out what the customer already has'),
  weight: interactionWeightSchema.optional(),
  scale: z
    .tuple([z.number(), z.number()])
    .refine(([lowest, highest]) => lowest < highest, 'expected the lowest rating before the highest')
    .optional()
    .describe('Lowest and highest possible rating; others are refused'),
  similarItems: z.boolean().default(false).describe('Write the neighbours of every item, with their cosine'),
  similarCustomers: z
    .boolean()
    .default(false)
    .describe('Write the customers most like each customer, with their similarity'),
  item: z.strictObject(similarity).optional().describe('By similar items'),
  customer: z
    .strictObject({
      neighbours: wholeNumber(1).optional().describe('Similar customers of each customer; 100 unless told'),
      ...similarity,
    })
    .optional()
    .describe('By similar customers'),
  als: z
    .strictObject({
      factors: wholeNumber(1)
        .optional()
        .describe('Numbers that describe each customer and item; 64 unless told'),
      regularisation: z
        .number()
        .positive()
        .optional()
        .describe('Holds back those with few purchases; 20 unless told'),
      confidence: z
        .number()
        .positive()
        .optional()
        .describe('How much more a purchase counts than none; 1 unless told'),
      iterations: wholeNumber(1).optional().describe('Rounds of the fit; 15 unless told'),
    })
    .optional()
    .describe('By matrix factorisation (alternating least squares)'),
  content: z
    .strictObject({
      texts: z
        .array(z.string().min(1))
        .optional()
        .describe('Columns of the items with texts; name and description unless told'),
      categories: z
        .array(z.string().min(1))
        .optional()
        .describe('Columns with groups, colours, brands; category unless told'),
      numbers: z.array(z.string().min(1)).optional().describe('Columns with numbers; none unless told'),
      weights: z
        .record(z.string(), z.number().min(0))
        .optional()
        .describe('How much each column counts; 1 unless told'),
    })
    .optional()
    .describe('By the descriptions of items'),
  attributes: z
    .strictObject({
      features: z
        .array(featureSchema)
        .min(1)
        .optional()
        .describe(
          'What customers are compared by, as under features; all columns of the customers that are numbers or have few categories unless told',
        ),
      neighbours: wholeNumber(1).optional().describe('Customers that each is compared with; 100 unless told'),
    })
    .optional()
    .describe('By customers with attributes such as theirs, for those who have bought nothing yet'),
  trending: z
    .strictObject({
      halfLife: z
        .number()
        .positive()
        .optional()
        .describe('Days after which a sale counts half; 7 unless told'),
    })
    .optional()
    .describe('By what sells lately'),
  segment: z
    .strictObject({
      prior: z
        .number()
        .min(0)
        .optional()
        .describe('Customers of the whole shop counted into each segment or group; 10 unless told'),
    })
    .optional()
    .describe('By what is liked in the segment, or in the group of popular-in-COLUMN'),
  rules: rulesSchema.optional().describe('What the shop wants of every list, whatever the recommender'),
});

/** A blend that no chain names, and one that is named but not declared, would silently be of no use. */
export const recommendationsSchema = recommendationsObject.superRefine(
  ({ chain, blend, weight, scale }, context) => {
    const complain = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (chain?.includes('blend') && blend === undefined) {
      complain('chain', 'expected recommendations.blend to say of what the blend is');
    }
    if (chain && blend && !chain.includes('blend'))
      complain('chain', 'expected the blend to be part of the chain');
    if (chain && new Set(chain).size < chain.length) complain('chain', 'expected each recommender once');
    if (scale && weight !== 'rating') complain('scale', 'expected recommendations.weight: rating');
  },
);

export type RecommendationsConfig = z.output<typeof recommendationsSchema>;
export type RulesConfig = z.output<typeof rulesSchema>;

/** The recommenders of a chain in their order: always ends with what is popular, which fills every place. */
export function chainOf({ chain, blend }: RecommendationsConfig): string[] {
  const named = chain ?? [blend ? 'blend' : 'item'];
  return named.includes('popular') ? named : [...named, 'popular'];
}

/** The recommenders that a blend is made of, with their weights where they are given. */
export function voicesOf({ blend = [] }: RecommendationsConfig): { name: string; weight?: number }[] {
  return Array.isArray(blend)
    ? blend.map(name => ({ name }))
    : Object.entries(blend).map(([name, weight]) => ({ name, weight }));
}

/** Every recommender that has to be fitted, each once. */
export function partsOf(config: RecommendationsConfig): string[] {
  const parts = chainOf(config).flatMap(part =>
    part === 'blend' ? voicesOf(config).map(({ name }) => name) : [part],
  );
  return [...new Set(parts)];
}
