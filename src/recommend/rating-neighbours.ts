import { DataError, UsageError } from '../errors.js';
import { type Csr, transpose } from '../ops/index.js';
import { TopK } from '../ops/top-k.js';
import { takeTurns } from '../turns.js';
import { type RatingBaselines, ratingBaselines } from './rating-baselines.js';
import { atLeastOne, notFitted, type RunOptions } from './recommender.js';
import { checkSimilarity, RowComparison, type SimilarityOptions } from './similarity.js';
import { rowMeans } from './weightings.js';

/**
 * What a rating is measured from before neighbours' ratings are averaged: 0, the mean of the customer (or
 * item) who gave it, or the baseline of customer and item.
 */
export type Centring = 'none' | 'mean' | 'baseline';

export interface RatingNeighboursOptions extends SimilarityOptions {
  /** Whether customers who rated the item are the neighbours, or items that the customer rated. customers */
  of?: 'customers' | 'items';
  /** Neighbours that a prediction is made of, at most. 40 */
  neighbours?: number;
  /** mean: people differ in how kindly they rate. */
  centring?: Centring;
  /** Lowest and highest possible rating; predictions stay within. Default: those in the fit. */
  scale?: readonly [lowest: number, highest: number];
}

/** Whose rating of what is to be predicted: one entry of each a pair. */
export interface RatingPairs {
  customers: ArrayLike<number>;
  items: ArrayLike<number>;
}

interface FittedRatings {
  /** `[things, others]`, where things are the neighbours and others what they are neighbours by. */
  ratings: Csr;
  /** `[others, things]` */
  transposed: Csr;
  means: Float64Array;
  baselines: RatingBaselines;
  scale: readonly [number, number];
}

/** Counts added in the baselines. */
const damping = { customers: 15, items: 10 };

/**
 * Predicts ratings by the k nearest neighbours: what a rating is centred on, plus the mean of the neighbours'
 * deviations weighted by their similarity, where only neighbours with a rating and a similarity above 0 count.
 * (P. Resnick et al., "GroupLens", CSCW 1994; with baselines Y. Koren, ACM TKDD 4, 2010.)
 * Similarities are computed when they are asked for, so memory grows with the ratings only.
 *
 * @example
 * const model = await new RatingNeighbours({ of: 'items' }).fit(ratings);
 * const [stars] = await model.predict({ customers: [0], items: [7] });
 */
export class RatingNeighbours {
  readonly options: Required<Omit<RatingNeighboursOptions, 'scale'>> & Pick<RatingNeighboursOptions, 'scale'>;
  #fitted?: FittedRatings;

  constructor({
    of = 'customers',
    neighbours = 40,
    centring = 'mean',
    scale,
    similarity = 'mean-squared-difference',
    ...rest
  }: RatingNeighboursOptions = {}) {
    const measure = checkSimilarity({ similarity, ...rest });
    this.options = { of, neighbours: atLeastOne('neighbours', neighbours), centring, scale, ...measure };
  }

  /**
   * Keeps the ratings, `[customers, items]`.
   *
   * @throws DataError for a rating outside the scale that was declared.
   */
  async fit(ratings: Csr): Promise<this> {
    const { of, scale } = this.options;
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const value of ratings.values) {
      if (scale && !(value >= scale[0] && value <= scale[1])) {
        throw new DataError({
          expected: `ratings of ${scale[0]} … ${scale[1]}`,
          found: String(value),
          hint: 'Declare the true scale, or clean the ratings.',
        });
      }
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    const byOther = transpose(ratings);
    const [things, others] = of === 'customers' ? [ratings, byOther] : [byOther, ratings];
    const [rowDamping, columnDamping] =
      of === 'customers' ? [damping.customers, damping.items] : [damping.items, damping.customers];
    const baselines = ratingBaselines(things, { rowDamping, columnDamping });
    this.#fitted = {
      ratings: things,
      transposed: others,
      means: rowMeans(things, baselines.mean),
      baselines,
      scale: scale ?? [lowest, highest],
    };
    return this;
  }

  /**
   * The expected ratings of pairs of the fit's customers and items. Without a neighbour that has a rating a
   * prediction is what ratings are centred on (the mean of all ratings for centring `none`).
   */
  async predict(pairs: RatingPairs, { onProgress, signal }: RunOptions = {}): Promise<Float32Array> {
    const { ratings, transposed, scale } = this.#fitted ?? notFitted();
    const { of, neighbours, similarity, shrinkage, significance } = this.options;
    const [things, others] =
      of === 'customers' ? [pairs.customers, pairs.items] : [pairs.items, pairs.customers];
    if (things.length !== others.length) {
      throw new UsageError({
        expected: `as many items as customers`,
        found: `${pairs.items.length} and ${pairs.customers.length}`,
      });
    }
    const order = Int32Array.from({ length: things.length }, (_, i) => i).sort(
      (a, b) => things[a] - things[b],
    );
    const comparison = new RowComparison(transposed, { similarity, shrinkage, significance });
    const similarities = new Float64Array(ratings.rows);
    const best = new TopK(neighbours);
    const [nearest, scores] = [new Int32Array(neighbours), new Float32Array(neighbours)];
    const given = new Float64Array(ratings.rows);
    const predicted = new Float32Array(things.length);
    const turn = takeTurns(signal);
    let thing = -1;
    for (const [done, pair] of order.entries()) {
      if (things[pair] !== thing) {
        await turn();
        onProgress?.(done, order.length);
        thing = within(things[pair], ratings.rows);
        similarities.fill(0);
        comparison.compare(ratings, thing, (other, found) => {
          similarities[other] = found;
        });
      }
      const other = within(others[pair], ratings.columns);
      for (let p = transposed.indptr[other]; p < transposed.indptr[other + 1]; p++) {
        const neighbour = transposed.indices[p];
        given[neighbour] = transposed.values[p];
        if (neighbour !== thing && similarities[neighbour] > 0)
          best.offer(neighbour, similarities[neighbour]);
      }
      best.flush(nearest, scores, 0);
      let [weights, deviations] = [0, 0];
      for (let place = 0; place < neighbours && nearest[place] >= 0; place++) {
        const weight = similarities[nearest[place]];
        weights += weight;
        deviations += weight * (given[nearest[place]] - this.#centre(nearest[place], other));
      }
      const found =
        weights > 0 ? this.#centre(thing, other) + deviations / weights : this.#otherwise(thing, other);
      predicted[pair] = Math.min(Math.max(found, scale[0]), scale[1]);
    }
    onProgress?.(order.length, order.length);
    return predicted;
  }

  /** What the rating of a thing is measured from. */
  #centre(thing: number, other: number): number {
    const { means, baselines } = this.#fitted!;
    if (this.options.centring === 'none') return 0;
    if (this.options.centring === 'mean') return means[thing];
    return baselines.mean + baselines.ofRow[thing] + baselines.ofColumn[other];
  }

  #otherwise(thing: number, other: number): number {
    return this.options.centring === 'none' ? this.#fitted!.baselines.mean : this.#centre(thing, other);
  }
}

function within(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new UsageError({
    expected: `customers and items of the fit, here one of 0 … ${length - 1}`,
    found: String(index),
  });
}
