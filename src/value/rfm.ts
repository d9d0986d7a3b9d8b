import { DataError, UsageError } from '../errors.js';
import { quantileScores, quantileThresholds, scoresAmong } from './quantile-scores.js';
import { boundariesProblem, type RfmBoundaries, scoresOf } from './rfm-boundaries.js';
import { NO_RFM_SEGMENT, RFM_SEGMENTS, type RfmSegment } from './rfm-segments.js';

/** Values, or what reads them, for one column at a time to be in memory. */
export type RfmValues = ArrayLike<number> | (() => ArrayLike<number>);

/** One value a customer in each column; NaN for a customer who never bought. */
export interface RfmColumns {
  /** Days since the last purchase. */
  recency: RfmValues;
  /** Purchases. */
  frequency: RfmValues;
  /** What all purchases came to. */
  monetary: RfmValues;
}

/** Where each score of a column begins. */
type Thresholds = Record<keyof RfmColumns, Float64Array>;

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
  thresholds: Record<keyof RfmColumns, (number | null)[]>;
}

export const rfmColumns = ['recency', 'frequency', 'monetary'] as const;

/** The values of a column. */
export function rfmValues(values: RfmValues): ArrayLike<number> {
  return typeof values === 'function' ? values() : values;
}

/** A small recency is good: its scale is turned round. */
function isBestSmall(column: keyof RfmColumns): boolean {
  return column === 'recency';
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
    this.#thresholds = eachColumn(
      columns,
      (values, column) =>
        this.#given(column) ?? quantileThresholds(values, this.quantiles, isBestSmall(column)),
    );
    return this;
  }

  /** Scores customers, those of `fit` or others. */
  score(columns: RfmColumns): RfmScores {
    const thresholds = this.#fitted();
    return this.named(
      eachColumn(columns, (values, column) =>
        quantileScores(values, thresholds[column], isBestSmall(column)),
      ),
    );
  }

  /** Scores of customers among themselves in one column, as `fit` and `score` would give them. */
  scoreAmong(column: keyof RfmColumns, values: ArrayLike<number>): Uint8Array {
    const given = this.#given(column);
    return given
      ? quantileScores(values, given, isBestSmall(column))
      : scoresAmong(values, this.quantiles, isBestSmall(column));
  }

  /** Where the scores of a column begin by its boundaries: on the scale turned round where small is best. */
  #given(column: keyof RfmColumns): Float64Array | undefined {
    const boundaries = this.boundaries[column];
    if (!boundaries) return undefined;
    const thresholds = Float64Array.from(boundaries, value => (isBestSmall(column) ? -value : value));
    return isBestSmall(column) ? thresholds.reverse() : thresholds;
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
    const thresholds = this.#fitted();
    const finite = (values: Float64Array) =>
      Array.from(values, value => (Number.isFinite(value) ? value : null));
    return {
      quantiles: this.quantiles,
      segments: this.segments,
      thresholds: {
        recency: finite(thresholds.recency),
        frequency: finite(thresholds.frequency),
        monetary: finite(thresholds.monetary),
      },
    };
  }

  static fromJSON({ quantiles, segments, thresholds }: RfmJson): Rfm {
    const model = new Rfm({ quantiles, segments });
    const infinite = (values: (number | null)[]) =>
      Float64Array.from(values, value => value ?? Number.POSITIVE_INFINITY);
    model.#thresholds = {
      recency: infinite(thresholds.recency),
      frequency: infinite(thresholds.frequency),
      monetary: infinite(thresholds.monetary),
    };
    return model;
  }
}

/** What `work` makes of each column. @throws DataError for columns of different lengths */
function eachColumn<T>(
  columns: RfmColumns,
  work: (values: ArrayLike<number>, column: keyof RfmColumns) => T,
): Record<keyof RfmColumns, T> {
  const found: Partial<Record<keyof RfmColumns, T>> = {};
  let customers: number | undefined;
  for (const column of rfmColumns) {
    const values = rfmValues(columns[column]);
    customers ??= values.length;
    if (values.length !== customers) {
      throw new DataError({
        column,
        expected: `${customers} values, as many as in recency`,
        found: `${values.length}`,
      });
    }
    found[column] = work(values, column);
  }
  return found as Record<keyof RfmColumns, T>;
}
