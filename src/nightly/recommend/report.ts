import type { ItemNeighbours } from '../../recommend/index.js';
import { type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { FittedNight } from '../incremental/fit-night.js';
import type { Findings, Run } from '../stage.js';
import { type Learners, sampleReport } from './learners.js';
import type { Shop } from './shop.js';
import type { Written } from './write-recommendations.js';

/** What the reader should know of these recommendations. */
function remarks(
  { count }: RecommendationsConfig,
  { purchases: { items, pairs } }: Shop,
  { short }: Written,
  { model, candidates }: { model?: ItemNeighbours; candidates: number },
): string[] {
  const found: string[] = [];
  if (count > items.length) {
    found.push(
      `The catalogue has ${items.length} ${items.length === 1 ? 'item' : 'items'}: nobody can be recommended ${count}.`,
    );
  }
  if (model && pairs > 0 && model.similar.indices.length === 0) {
    found.push(
      'No two items have a customer in common, so none are similar: check which columns are the customer and the item.',
    );
  }
  if (short > 0 && count <= items.length) {
    const left =
      candidates < items.length ? `${candidates} of ${items.length} items` : `${items.length} items`;
    const customers = short === 1 ? '1 customer gets' : `${short.toLocaleString('en')} customers get`;
    found.push(`${customers} fewer than ${count}: what they have and the rules leave too few of ${left}.`);
  }
  return found;
}

/**
 * What is told of the recommendations of a night.
 *
 * @param model neighbours of items, where some were fitted
 */
export function recommendationsReport(
  run: Run,
  wanted: RecommendationsConfig,
  shop: Shop,
  { blend, rules, plan, fullBecause }: FittedNight,
  { learners, written, model }: { learners: Learners; written: Written; model?: ItemNeighbours },
): NonNullable<Findings['recommendations']> {
  const { purchases } = shop;
  const { items, pairs } = purchases;
  const voices = voicesOf(wanted);
  const samples = sampleReport(run, wanted, purchases, learners, plan !== undefined);
  return {
    items: items.length,
    pairs,
    rows: written.rows,
    examples: written.examples,
    weights:
      voices.length > 0
        ? Object.fromEntries(voices.map(({ name }, voice) => [name, blend.weights[voice]]))
        : undefined,
    softening: blend.softening,
    fitted: samples.fitted,
    incremental: plan?.report,
    fullBecause,
    remarks: [
      ...samples.remarks,
      ...remarks(wanted, shop, written, { model, candidates: rules?.candidates ?? items.length }),
    ],
  };
}
