import type { CustomerNumbers } from '../customer-column.js';
import { DataError, UsageError } from '../errors.js';
import type { Groups } from '../values-at-ranks.js';
import { quantileScore, quantileThresholds } from './quantile-scores.js';
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
  thresholds: ThresholdsJson;
}

export type ThresholdsJson = Record<keyof RfmColumns, (number | null)[]>;

export const rfmColumns = ['recency', 'frequency', 'monetary'] as const;

/** Where the scores of each column begin, of each group by itself where there are groups; by group. */
export function rfmThresholds(columns: RfmColumns, quantiles: number, groups?: Groups): Thresholds[] {
  checkLengths(columns);
  const found = ofColumns(column =>
    quantileThresholds(columns[column], quantiles, { reversed: isReversed(column), groups }),
  );
  return found.recency.map((_, group) => ofColumns(column => found[column][group]!));
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
    [this.#thresholds] = rfmThresholds(columns, this.quantiles);
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
    const { quantiles, segments } = this;
    return { quantiles, segments, thresholds: thresholdsJson(this.#fitted()) };
  }

  static fromJSON({ quantiles, segments, thresholds }: RfmJson): Rfm {
    const model = new Rfm({ quantiles, segments });
    model.#thresholds = thresholdsOfJson(thresholds);
    return model;
  }
}
