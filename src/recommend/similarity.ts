import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { PairSums } from './pair-sums.js';

/** How two rows of a matrix can be compared. */
export const similarityMeasures = [
  'cosine',
  'dot',
  'pearson',
  'jaccard',
  'damped-cosine',
  'euclidean',
  'mean-squared-difference',
] as const;

/**
 * With x and y the values of two rows, Σ over the columns that both have, n their number, |a| and |b| the
 * numbers of columns of each and ‖a‖ and ‖b‖ their norms over all columns (missing is 0):
 *
 * - `cosine`: Σxy / (‖a‖ ‖b‖).
 * - `dot`: Σxy.
 * - `pearson`: the correlation over the columns that both have; 0 where one of them does not vary there.
 * - `jaccard`: n / (|a| + |b| - n), whatever the values.
 * - `damped-cosine`: cosine / (1 + ‖a‖ + ‖b‖).
 * - `euclidean`: 1 / (1 + √(‖a‖² + ‖b‖² - 2 Σxy)).
 * - `mean-squared-difference`: 1 / (1 + Σ(x - y)² / n), as in the package Surprise.
 */
export type SimilarityMeasure = (typeof similarityMeasures)[number];

export interface SimilarityOptions {
  /** cosine */
  similarity?: SimilarityMeasure;
  /**
   * λ of the factor n / (n + λ), n the columns that both have, which holds back similarities that rest on few
   * of them (R. Bell and Y. Koren, KDD Cup workshop 2007). 0: none.
   */
  shrinkage?: number;
  /**
   * γ of the factor min(n, γ) / γ to the same end (J. Herlocker et al., "An algorithmic framework for
   * performing collaborative filtering", SIGIR 1999, with γ = 50). 0: none.
   */
  significance?: number;
}

/** The options with their defaults. @throws UsageError for an unknown measure or a factor below 0. */
export function checkSimilarity({
  similarity = 'cosine',
  shrinkage = 0,
  significance = 0,
}: SimilarityOptions): Required<SimilarityOptions> {
  if (!similarityMeasures.includes(similarity)) {
    throw new UsageError({
      expected: `similarity to be one of ${similarityMeasures.join(', ')}`,
      found: similarity,
    });
  }
  for (const [name, value] of Object.entries({ shrinkage, significance })) {
    if (!(value >= 0)) throw new UsageError({ expected: `${name} of at least 0`, found: String(value) });
  }
  return { similarity, shrinkage, significance };
}

/** The metric of the kernel for sparse products that finds the most similar rows by itself, if there is one. */
export function productOf({
  similarity,
  shrinkage,
  significance,
}: Required<SimilarityOptions>): 'cosine' | 'dot' | undefined {
  const isProduct =
    (similarity === 'cosine' || similarity === 'dot') && shrinkage === 0 && significance === 0;
  return isProduct ? similarity : undefined;
}

/** Compares rows with those of a fixed matrix by any measure, one row at a time. */
export class RowComparison {
  readonly #sums: PairSums;
  readonly #options: Required<SimilarityOptions>;
  readonly #sizes: Float64Array;
  readonly #squaredNorms: Float64Array;

  /** @param transposed the fixed matrix, `[columns, rows]`. */
  constructor(transposed: Csr, options: Required<SimilarityOptions>) {
    this.#sums = new PairSums(transposed);
    this.#options = options;
    this.#sizes = new Float64Array(transposed.columns);
    this.#squaredNorms = new Float64Array(transposed.columns);
    transposed.indices.forEach((row, p) => {
      this.#sizes[row]++;
      this.#squaredNorms[row] += transposed.values[p] ** 2;
    });
  }

  /** Tells the similarity of a row to every row that shares a column with it, in no order. */
  compare(matrix: Csr, row: number, tell: (other: number, similarity: number) => void): void {
    const { similarity, shrinkage, significance } = this.#options;
    const { count, xy, x, y, xx, yy } = this.#sums;
    const [from, to] = [matrix.indptr[row], matrix.indptr[row + 1]];
    let squaredNorm = 0;
    for (let p = from; p < to; p++) squaredNorm += matrix.values[p] ** 2;
    const reached = this.#sums.gather(matrix, row);
    for (const other of reached) {
      const n = count[other];
      const otherSquaredNorm = this.#squaredNorms[other];
      let found = 0;
      if (similarity === 'dot') found = xy[other];
      else if (similarity === 'jaccard') found = n / (to - from + this.#sizes[other] - n);
      else if (similarity === 'mean-squared-difference') {
        found = n / (n + Math.max(0, xx[other] + yy[other] - 2 * xy[other]));
      } else if (similarity === 'euclidean') {
        found = 1 / (1 + Math.sqrt(Math.max(0, squaredNorm + otherSquaredNorm - 2 * xy[other])));
      } else if (similarity === 'pearson') {
        const spread = (n * xx[other] - x[other] ** 2) * (n * yy[other] - y[other] ** 2);
        // Below this a spread is nothing but rounding.
        const least = 1e-12 * (n * xx[other]) * (n * yy[other]);
        found = spread > least ? (n * xy[other] - x[other] * y[other]) / Math.sqrt(spread) : 0;
      } else {
        const length = Math.sqrt(squaredNorm * otherSquaredNorm);
        found = length > 0 ? xy[other] / length : 0;
        if (similarity === 'damped-cosine') {
          found /= 1 + Math.sqrt(squaredNorm) + Math.sqrt(otherSquaredNorm);
        }
      }
      if (shrinkage > 0) found *= n / (n + shrinkage);
      if (significance > 0) found *= Math.min(n, significance) / significance;
      tell(other, found);
    }
    this.#sums.clear(reached);
  }
}
