import { DataError, UsageError } from '../errors.js';
import { quantileScores, quantileThresholds } from './quantile-scores.js';
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

export const rfmColumns = ['recency', 'frequency', 'monetary'] as const;

/** The values of a column. */
export function rfmValues(values: RfmValues): ArrayLike<number> {
  return typeof values === 'function' ? values() : values;
}

/** Where the scores of a column begin. A small recency is good: its scale is turned round. */
export function columnThresholds(
  column: keyof RfmColumns,
  values: ArrayLike<number>,
  quantiles: number,
): Float64Array {
  return quantileThresholds(values, quantiles, column === 'recency');
}

/** The scores of a column. */
export function columnScores(
  column: keyof RfmColumns,
  values: ArrayLike<number>,
  thresholds: Float64Array,
): Uint8Array {
  return quantileScores(values, thresholds, column === 'recency');
}

function fits([low, high]: [number, number] = [1, 5], score: number): boolean {
  return score >= low && score <= high;
}

/** Recency, frequency and monetary scores by quantiles, and their named segments; fitted once, then scores any customers. */
export class Rfm {
  readonly quantiles: number;
  readonly segments: readonly RfmSegment[];
  #thresholds?: Thresholds;

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
    this.#thresholds = eachColumn(columns, (values, column) =>
      columnThresholds(column, values, this.quantiles),
    );
    return this;
  }

  /** Scores customers, those of `fit` or others. */
  score(columns: RfmColumns): RfmScores {
    const thresholds = this.#fitted();
    return this.named(
      eachColumn(columns, (values, column) => columnScores(column, values, thresholds[column])),
    );
  }

  /** The segments of customers with these scores. */
  named({ recency, frequency, monetary }: Record<keyof RfmColumns, Uint8Array>): RfmScores {
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
