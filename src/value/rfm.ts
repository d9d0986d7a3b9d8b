import { DataError, UsageError } from '../errors.js';
import { quantileScores, quantileThresholds } from './quantile-scores.js';
import { NO_RFM_SEGMENT, RFM_SEGMENTS, type RfmSegment } from './rfm-segments.js';

/** One value a customer in each column; NaN for a customer who never bought. */
export interface RfmColumns {
  /** Days since the last purchase. */
  recency: ArrayLike<number>;
  /** Purchases. */
  frequency: ArrayLike<number>;
  /** What all purchases came to. */
  monetary: ArrayLike<number>;
}

export interface RfmOptions {
  /** Number of scores, 2 to 100. 5, because the usual map of names is made for quintiles. */
  quantiles?: number;
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

const COLUMNS = ['recency', 'frequency', 'monetary'] as const;

function fits([low, high]: [number, number] = [1, 5], score: number): boolean {
  return score >= low && score <= high;
}

/** Recency, frequency and monetary scores by quantiles, and their named segments; fitted once, then scores any customers. */
export class Rfm {
  readonly quantiles: number;
  readonly segments: readonly RfmSegment[];
  #thresholds?: Record<keyof RfmColumns, Float64Array>;

  constructor({ quantiles = 5, segments = RFM_SEGMENTS }: RfmOptions = {}) {
    if (!Number.isInteger(quantiles) || quantiles < 2 || quantiles > 100) {
      throw new UsageError({
        key: 'quantiles',
        expected: 'a whole number from 2 to 100',
        found: String(quantiles),
      });
    }
    this.quantiles = quantiles;
    this.segments = segments;
  }

  /** Finds where each score begins; see `quantileThresholds` for ties. */
  fit(columns: RfmColumns): this {
    checkColumns(columns);
    this.#thresholds = {
      // A small recency is good: the scale is turned round.
      recency: quantileThresholds(negated(columns.recency), this.quantiles),
      frequency: quantileThresholds(columns.frequency, this.quantiles),
      monetary: quantileThresholds(columns.monetary, this.quantiles),
    };
    return this;
  }

  /** Scores customers, those of `fit` or others. */
  score(columns: RfmColumns): RfmScores {
    checkColumns(columns);
    const thresholds = this.#fitted();
    const recency = quantileScores(columns.recency, thresholds.recency, true);
    const frequency = quantileScores(columns.frequency, thresholds.frequency);
    const monetary = quantileScores(columns.monetary, thresholds.monetary);
    const map = this.#map();
    const base = this.quantiles + 1;
    const segment = recency.map((score, i) => map[(score * base + frequency[i]!) * base + monetary[i]!]!);
    return { recency, frequency, monetary, segment, names: this.names };
  }

  /** Names of the segments, with that of customers in none of them at the end. */
  get names(): string[] {
    return [...this.segments.map(segment => segment.name), NO_RFM_SEGMENT];
  }

  /** Segment of every combination of scores, 0 (never bought) included. */
  #map(): Uint8Array {
    const { quantiles, segments } = this;
    const base = quantiles + 1;
    const ofFive = (score: number) => Math.ceil((5 * score) / quantiles);
    return Uint8Array.from({ length: base ** 3 }, (_, code) => {
      const r = Math.floor(code / base ** 2);
      const f = Math.floor(code / base) % base;
      const m = code % base;
      if (r * f * m === 0) return segments.length;
      const index = segments.findIndex(
        ({ recency, frequency, monetary }) =>
          fits(recency, ofFive(r)) && fits(frequency, ofFive(f)) && fits(monetary, ofFive(m)),
      );
      return index < 0 ? segments.length : index;
    });
  }

  #fitted(): Record<keyof RfmColumns, Float64Array> {
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

function negated(values: ArrayLike<number>): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < result.length; i++) result[i] = -values[i]!;
  return result;
}

function checkColumns(columns: RfmColumns): void {
  const { length } = columns.recency;
  for (const column of COLUMNS) {
    if (columns[column].length !== length) {
      throw new DataError({
        column,
        expected: `${length} values, as many as in recency`,
        found: `${columns[column].length}`,
      });
    }
  }
}
