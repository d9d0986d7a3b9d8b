import { UsageError } from '../../errors.js';
import type { Csr } from '../../ops/index.js';
import type { RankedLists } from './lists.js';

export interface LearnOptions {
  /** Places of the blended list that count. 10 */
  k?: number;
  /** Ranks by which the blend may soften the first places: the best of them is learnt too. 3, 10, 30 or 60 */
  softenings?: readonly number[];
}

export interface LearntWeights {
  /** One for each voice, the strongest 1; 0 for one that does not help. */
  weights: number[];
  /** Ranks by which the first places are softened. */
  softening: number;
  /** NDCG@k of each voice alone on what was held out. */
  alone: number[];
  /** NDCG@k of the blend with the weights found. */
  ndcg: number;
}

/** Weights that are tried for each voice, in parts of the strongest. */
const tried = [0, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.5];

const rounds = 3;

/** Of the first places alone, to those of search engines. */
const usualSoftenings = [3, 10, 30, 60];

/** The parts by which the weights are drawn back towards the best voice alone. */
const steps = 10;

/** What the voices name for one customer, the items ascending. */
interface Named {
  /** `[items, voices]`, the rank of each item with each voice; Infinity where it is not named. */
  ranks: Float64Array;
  /** `[items]` */
  isWanted: Uint8Array;
  /** Items held out of the customer. */
  wanted: number;
}

/**
 * Learns how much each of several recommenders should count in a blend by ranks, from their lists for customers of
 * whom something is held out: by coordinate ascent on NDCG@k from the best voice alone. What comes next is never quite
 * like what was held out, so of the weights between that voice alone and those found, the nearest to it are taken
 * whose loss is within its standard error. (The one-standard-error rule: L. Breiman et al., "Classification and
 * Regression Trees", 1984.) Without a gain it is that voice alone. This is done for several softenings, and the best of
 * them taken.
 *
 * @param voices lists of the same customers, longer than `k`.
 * @param heldOut `[customers, items]`
 */
export function learnWeights(
  voices: readonly RankedLists[],
  heldOut: Csr,
  { k = 10, softenings = usualSoftenings }: LearnOptions = {},
): LearntWeights {
  if (voices.length === 0) throw new UsageError({ expected: 'at least one voice to weigh', found: 'none' });
  const customers = Int32Array.from({ length: heldOut.rows }, (_, c) => c).filter(
    c => heldOut.indptr[c + 1] > heldOut.indptr[c],
  );
  if (customers.length === 0) {
    throw new UsageError({
      expected: 'customers with something held out, to learn weights from',
      found: 'none',
      hint: 'Give the weights of the blend, or more data.',
    });
  }
  const named = Array.from(customers, c => namedBy(voices, heldOut, c));
  const single = (voice: number) => voices.map((_, other) => Number(other === voice));
  const found = softenings.map(softening => {
    const gains = (weights: readonly number[]) =>
      Float64Array.from(named, some => ndcgOf(some, weights, softening, k));
    const alone = voices.map((_, voice) => mean(gains(single(voice))));
    const strongest = alone.indexOf(Math.max(...alone));
    const best = climb(single(strongest), gains);
    return { ...nearTo(single(strongest), best, gains), softening, alone };
  });
  return found.reduce((best, other) => (other.ndcg > best.ndcg ? other : best));
}

/** Coordinate ascent on the mean of the gains. */
function climb(start: number[], gains: (weights: readonly number[]) => Float64Array): number[] {
  let best = start;
  let most = mean(gains(start));
  for (let round = 0; round < rounds; round++) {
    const before = most;
    for (let voice = 0; voice < start.length; voice++) {
      for (const weight of tried) {
        const weights = best.with(voice, weight);
        if (weights.every(value => value === 0)) continue;
        const found = mean(gains(weights));
        if (found > most) [best, most] = [weights, found];
      }
    }
    if (most === before) break;
  }
  return best;
}

/** Of the weights on the way from one voice to the best, the first that are not clearly worse than those. */
function nearTo(
  from: readonly number[],
  best: readonly number[],
  gains: (weights: readonly number[]) => Float64Array,
): { weights: number[]; ndcg: number } {
  const scale = best[from.indexOf(1)] || 1;
  const goal = gains(best);
  for (let step = 0; step < steps; step++) {
    const weights = from.map((weight, voice) => weight + (step / steps) * (best[voice] / scale - weight));
    const found = gains(weights);
    const losses = goal.map((value, i) => value - found[i]);
    const loss = mean(losses);
    const variance = mean(losses.map(value => (value - loss) ** 2));
    if (loss <= Math.sqrt(variance / losses.length)) return { weights, ndcg: mean(found) };
  }
  return { weights: best.map(weight => weight / scale), ndcg: mean(goal) };
}

function namedBy(voices: readonly RankedLists[], { indptr, indices }: Csr, customer: number): Named {
  const held = new Set(indices.subarray(indptr[customer], indptr[customer + 1]));
  const places = voices.map(({ count, items }) => {
    const list = items.subarray(customer * count, (customer + 1) * count);
    const end = list.findIndex(item => item < 0);
    return end < 0 ? list : list.subarray(0, end);
  });
  const items = [...new Set(places.flatMap(list => [...list]))].sort((a, b) => a - b);
  const numberOf = new Map(items.map((item, number) => [item, number]));
  const ranks = new Float64Array(items.length * voices.length).fill(Number.POSITIVE_INFINITY);
  places.forEach((list, voice) => {
    list.forEach((item, place) => {
      ranks[numberOf.get(item)! * voices.length + voice] = 1 + place;
    });
  });
  return { ranks, isWanted: Uint8Array.from(items, item => (held.has(item) ? 1 : 0)), wanted: held.size };
}

/** NDCG@k of the blend of one customer: of equal scores the lower item comes first, as in the blend. */
function ndcgOf(
  { ranks, isWanted, wanted }: Named,
  weights: readonly number[],
  softening: number,
  k: number,
): number {
  const voices = weights.length;
  const scores = new Float64Array(k);
  const wantedAt = new Uint8Array(k);
  let filled = 0;
  for (let item = 0; item < isWanted.length; item++) {
    let score = 0;
    for (let voice = 0; voice < voices; voice++) {
      if (weights[voice] > 0) score += weights[voice] / (softening + ranks[item * voices + voice]);
    }
    if (score === 0 || (filled === k && score <= scores[k - 1])) continue;
    let place = filled < k ? filled++ : k - 1;
    for (; place > 0 && scores[place - 1] < score; place--) {
      scores[place] = scores[place - 1];
      wantedAt[place] = wantedAt[place - 1];
    }
    scores[place] = score;
    wantedAt[place] = isWanted[item];
  }
  let [gain, ideal] = [0, 0];
  for (let place = 0; place < k; place++) {
    if (wantedAt[place] === 1) gain += 1 / Math.log2(2 + place);
    if (place < wanted) ideal += 1 / Math.log2(2 + place);
  }
  return gain / ideal;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
