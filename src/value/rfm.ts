import type { CustomerNumbers } from '../customer-column.js';
import { DataError, UsageError } from '../errors.js';
import type { Groups } from '../values-at-ranks.js';
import { quantileScore, quantileThresholds } from './quantile-scores.js';
import { boundariesProblem, type RfmBoundaries, scoresOf } from './rfm-boundaries.js';
import { NO_RFM_SEGMENT, RFM_SEGMENTS, type RfmSegment } from './rfm-segments.js';

/** One value a customer in each column; NaN for a customer who never bought. */
export interface RfmColumns {
  /** Days since the last purchase. */
  recency: CustomerNumbers;
  /** Purchases. */
  frequency: CustomerNumbers;
  /** What all purchases came to. */
  monetary: CustomerNumbers;
}

/** The same of customers who are all in memory. */
export type RfmValues = Record<keyof RfmColumns, ArrayLike<number>>;

/** Where each score of a column begins. */
export type Thresholds = Record<keyof RfmColumns, Float64Array>;

export interface RfmOptions {
  /** Number of scores, 2 to 100. 5 unless `boundaries` say it, because the usual map of names is made for quintiles. */
  quantiles?: number;
  /** Where the scores of a column begin, where it is not scored by quantiles. */
  boundaries?: RfmBoundaries;
  /** Names of the segments, in their ranges of 1 to 5 whatever `quantiles` is; the first that fits is taken. */
  segments?: readonly RfmSegment[];
}

export interface RfmScores {
  /** Scores from 1 to `quantiles`, the best is highest; 0 for a customer who never bought. */
  recency: Uint8Array;
  frequency: Uint8Array;
  monetary: Uint8Array;
  /** Index into `names`. */
  segment: Uint8Array;
  names: string[];
}

/** A fitted `Rfm` as JSON; an infinite threshold, of a score that nobody has, is null. */
export interface RfmJson {
  quantiles: number;
  segments: readonly RfmSegment[];
  thresholds: ThresholdsJson;
}

export type ThresholdsJson = Record<keyof RfmColumns, (number | null)[]>;

export const rfmColumns = ['recency', 'frequency', 'monetary'] as const;

/**
 * Where the scores of each column begin, by group: by its boundaries, which are the same for all, or else by the quantiles of
 * each group by itself.
 */
export function rfmThresholds(
  columns: RfmColumns,
  { quantiles, boundaries }: Pick<Rfm, 'quantiles' | 'boundaries'>,
  groups?: Groups,
): Thresholds[] {
  checkLengths(columns);
  const found = ofColumns(column => {
    const given = thresholdsOf(boundaries, column);
    return given
      ? Array.from({ length: groups?.count ?? 1 }, () => given)
      : quantileThresholds(columns[column], quantiles, { reversed: isReversed(column), groups });
  });
  return found.recency.map((_, group) => ofColumns(column => found[column][group]!));
}

/** Where the scores of a column begin by its boundaries: on the scale turned round where small is best. */
function thresholdsOf(boundaries: RfmBoundaries, column: keyof RfmColumns): Float64Array | undefined {
  const given = boundaries[column] && Float64Array.from(boundaries[column]);
  return given && isReversed(column) ? given.map(value => -value).reverse() : given;
}

/** The scores of customers; `thresholdsOf` tells by what a customer is scored, undefined for one who is not. */
export function rfmScores(
  columns: RfmValues,
  thresholdsOf: (customer: number) => Thresholds | undefined,
): Record<keyof RfmColumns, Uint8Array> {
  checkLengths(columns);
  return ofColumns(column => {
    const [values, reversed] = [columns[column], isReversed(column)];
    const scores = new Uint8Array(values.length);
    for (let i = 0; i < scores.length; i++) {
      const thresholds = thresholdsOf(i);
      if (thresholds) scores[i] = quantileScore(values[i]!, thresholds[column], reversed);
    }
    return scores;
  });
}

/** A small recency is good: its scale is turned round. */
function isReversed(column: keyof RfmColumns): boolean {
  return column === 'recency';
}

function ofColumns<T>(work: (column: keyof RfmColumns) => T): Record<keyof RfmColumns, T> {
  return { recency: work('recency'), frequency: work('frequency'), monetary: work('monetary') };
}

/** @throws DataError for columns of different lengths */
function checkLengths(columns: RfmColumns): void {
  const customers = columns.recency.length;
  const column = rfmColumns.find(name => columns[name].length !== customers);
  if (column === undefined) return;
  throw new DataError({
    column,
    expected: `${customers} values, as many as in recency`,
    found: `${columns[column].length}`,
  });
}

export function thresholdsJson(thresholds: Thresholds): ThresholdsJson {
  return ofColumns(column =>
    Array.from(thresholds[column], value => (Number.isFinite(value) ? value : null)),
  );
}

export function thresholdsOfJson(json: ThresholdsJson): Thresholds {
  return ofColumns(column => Float64Array.from(json[column], value => value ?? Number.POSITIVE_INFINITY));
}

function fits([low, high]: [number, number] = [1, 5], score: number): boolean {
  return score >= low && score <= high;
}

/** Recency, frequency and monetary scores by quantiles, and their named segments; fitted once, then scores any customers. */
export class Rfm {
  readonly quantiles: number;
  readonly segments: readonly RfmSegment[];
  readonly boundaries: RfmBoundaries;
  #thresholds?: Thresholds;

  constructor({ boundaries = {}, quantiles = scoresOf(boundaries) ?? 5, segments }: RfmOptions = {}) {
    if (!Number.isInteger(quantiles) || quantiles < 2 || quantiles > 100) {
      throw new UsageError({
        key: 'quantiles',
        expected: 'a whole number from 2 to 100',
        found: String(quantiles),
      });
    }
    const problem = boundariesProblem(boundaries, quantiles);
    if (problem) {
      const { column: _, ...complaint } = problem;
      throw new UsageError({ key: 'boundaries', ...complaint });
    }
    this.quantiles = quantiles;
    this.segments = segments ?? RFM_SEGMENTS;
    this.boundaries = boundaries;
  }

  /** Finds where each score begins that `boundaries` do not say; see `quantileThresholds` for ties. */
  fit(columns: RfmColumns): this {
    [this.#thresholds] = rfmThresholds(columns, this);
    return this;
  }

  /** Scores customers, those of `fit` or others. */
  score(columns: RfmValues): RfmScores {
    const thresholds = this.#fitted();
    return this.named(rfmScores(columns, () => thresholds));
  }

  /** The segments of customers with these scores. */
  named({ recency, frequency, monetary }: Record<keyof RfmColumns, Uint8Array>): RfmScores {
    const map = this.#map();
    const { quantiles } = this;
    // The fifth in which the middle of a score's share lies, so that the lowest of 3 scores is as low as the highest is high.
    const ofFive = Uint8Array.from({ length: quantiles + 1 }, (_, score) =>
      score === 0 ? 0 : Math.ceil((5 * (score - 0.5)) / quantiles),
    );
    const segment = recency.map(
      (score, i) => map[(ofFive[score]! * 6 + ofFive[frequency[i]!]!) * 6 + ofFive[monetary[i]!]!]!,
    );
    return { recency, frequency, monetary, segment, names: this.names };
  }

  /** Names of the segments, with that of customers in none of them at the end. */
  get names(): string[] {
    return [...this.segments.map(segment => segment.name), NO_RFM_SEGMENT];
  }

  /** Segment of every combination of scores in their ranges of 1 to 5, 0 (never bought) included. */
  #map(): Uint8Array {
    const { segments } = this;
    return Uint8Array.from({ length: 6 ** 3 }, (_, code) => {
      const r = Math.floor(code / 36);
      const f = Math.floor(code / 6) % 6;
      const m = code % 6;
      if (r * f * m === 0) return segments.length;
      const index = segments.findIndex(
        ({ recency, frequency, monetary }) => fits(recency, r) && fits(frequency, f) && fits(monetary, m),
      );
      return index < 0 ? segments.length : index;
    });
  }

  #fitted(): Thresholds {
    if (this.#thresholds === undefined) {
      throw new UsageError({ expected: 'a fitted RFM model', found: 'one that has not seen customers yet' });
    }
    return this.#thresholds;
  }

  toJSON(): RfmJson {
    const { quantiles, segments } = this;
    return { quantiles, segments, thresholds: thresholdsJson(this.#fitted()) };
  }

  static fromJSON({ quantiles, segments, thresholds }: RfmJson): Rfm {
    const model = new Rfm({ quantiles, segments });
    model.#thresholds = thresholdsOfJson(thresholds);
    return model;
  }
}
