import { UsageError } from '../../errors.js';
import type { Csr } from '../../ops/index.js';
import type { RankedLists } from './lists.js';

export interface LearnOptions {
  /** Places of the blended list that count. 10 */
  k?: number;
  /** Ranks by which the first places are softened, as the blend does it. */
  softening: number;
}

export interface LearntWeights {
  /** One for each voice, the strongest 1; 0 for one that does not help. */
  weights: number[];
  /** NDCG@k of each voice alone on what was held out. */
  alone: number[];
  /** NDCG@k of the blend with the weights found. */
  ndcg: number;
}

/** Weights that are tried for each voice, in parts of the strongest. */
const tried = [0, 0.1, 0.2, 0.35, 0.5, 0.7, 1, 1.5];

const rounds = 3;

/** The parts by which the weights are drawn back towards the best voice alone. */
const steps = 10;

interface Candidate {
  item: number;
  /** What each voice adds to its score at a weight of 1. */
  parts: Float64Array;
  isWanted: boolean;
}

/**
 * Learns how much each of several recommenders should count in a blend by ranks, from their lists for customers of
 * whom something is held out: by coordinate ascent on NDCG@k from the best voice alone. What comes next is never quite
 * like what was held out, so of the weights between that voice alone and those found, the nearest to it are taken
 * whose loss is within its standard error. (The one-standard-error rule: L. Breiman et al., "Classification and
 * Regression Trees", 1984.) Without a gain it is that voice alone.
 *
 * @param voices lists of the same customers, longer than `k`.
 * @param heldOut `[customers, items]`
 */
export function learnWeights(
  voices: readonly RankedLists[],
  heldOut: Csr,
  { k = 10, softening }: LearnOptions,
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
  const candidates = Array.from(customers, c => candidatesOf(voices, heldOut, c, softening));
  const wanted = customers.map(c => heldOut.indptr[c + 1] - heldOut.indptr[c]);
  const gains = (weights: readonly number[]) =>
    Float64Array.from(candidates, (some, i) => ndcgOf(some, weights, wanted[i], k));
  const single = (voice: number) => voices.map((_, other) => Number(other === voice));
  const alone = voices.map((_, voice) => mean(gains(single(voice))));
  const strongest = alone.indexOf(Math.max(...alone));
  let best = single(strongest);
  let most = alone[strongest];
  for (let round = 0; round < rounds; round++) {
    const before = most;
    for (let voice = 0; voice < voices.length; voice++) {
      for (const weight of tried) {
        const weights = best.with(voice, weight);
        if (weights.every(value => value === 0)) continue;
        const found = mean(gains(weights));
        if (found > most) [best, most] = [weights, found];
      }
    }
    if (most === before) break;
  }
  return { ...nearTo(single(strongest), best, gains), alone };
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

function candidatesOf(
  voices: readonly RankedLists[],
  { indptr, indices }: Csr,
  customer: number,
  softening: number,
): Candidate[] {
  const wanted = new Set(indices.subarray(indptr[customer], indptr[customer + 1]));
  const found = new Map<number, Candidate>();
  voices.forEach(({ count, items }, voice) => {
    for (let rank = 1; rank <= count; rank++) {
      const item = items[customer * count + rank - 1];
      if (item < 0) break;
      const known = found.get(item) ?? {
        item,
        parts: new Float64Array(voices.length),
        isWanted: wanted.has(item),
      };
      known.parts[voice] = 1 / (softening + rank);
      found.set(item, known);
    }
  });
  return [...found.values()];
}

function ndcgOf(candidates: Candidate[], weights: readonly number[], wanted: number, k: number): number {
  const ranked = candidates
    .map(({ item, parts, isWanted }) => {
      const score = weights.reduce((sum, weight, voice) => sum + weight * parts[voice], 0);
      return { item, score, isWanted };
    })
    .sort((a, b) => b.score - a.score || a.item - b.item);
  let [gain, ideal] = [0, 0];
  for (let place = 0; place < k; place++) {
    if (ranked[place]?.isWanted) gain += 1 / Math.log2(2 + place);
    if (place < wanted) ideal += 1 / Math.log2(2 + place);
  }
  return gain / ideal;
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
