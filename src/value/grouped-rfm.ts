import { type CustomerColumn, type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import {
  Rfm,
  type RfmColumns,
  type RfmOptions,
  type RfmScores,
  type RfmValues,
  rfmScores,
  rfmThresholds,
  type Thresholds,
  type ThresholdsJson,
  thresholdsJson,
  thresholdsOfJson,
} from './rfm.js';

/** A fitted `GroupedRfm` as JSON. */
export interface GroupedRfmJson {
  options: RfmOptions;
  /** By group, that of who is in none first. */
  thresholds: ThresholdsJson[];
}

/** Groups by numbers from 0 on, that of who is in none being the first. */
function fromZero(groups: CustomerNumbers): CustomerColumn<Int32Array> {
  const column = columnOf(groups);
  return {
    length: column.length,
    part: (from, to) => Int32Array.from(column.part(from, to), group => Math.max(-1, group) + 1),
  };
}

/**
 * Scores customers among their like only: quantiles are those of their own group, such as a country or the year of the first
 * purchase, so that a good customer of a poor market scores as high as one of a rich market. Boundaries are the same for all. Groups are numbers; those of -1,
 * of whom it is not known, are a group too.
 */
export class GroupedRfm {
  readonly #rfm: Rfm;
  #thresholds: Thresholds[] = [];

  constructor(options: RfmOptions = {}) {
    this.#rfm = new Rfm(options);
  }

  /** Finds where each score begins in each group; `groups [customers]` is the group of each customer. */
  fit(columns: RfmColumns, groups: CustomerNumbers): this {
    const of = fromZero(groups);
    let count = 0;
    for (const { from, to } of ranges(of.length)) {
      for (const group of of.part(from, to)) if (group >= count) count = group + 1;
    }
    this.#thresholds = rfmThresholds(columns, this.#rfm, { of, count });
    return this;
  }

  /** Scores customers, those of `fit` or others; 0 for those of a group that was not there. */
  score(columns: RfmValues, groups: ArrayLike<number>): RfmScores {
    const own = fromZero(groups).part(0, groups.length);
    return this.#rfm.named(rfmScores(columns, customer => this.#thresholds[own[customer]!]));
  }

  /** Names of the segments, with that of customers in none of them at the end. */
  get names(): string[] {
    return this.#rfm.names;
  }

  toJSON(): GroupedRfmJson {
    const { quantiles, segments } = this.#rfm;
    return { options: { quantiles, segments }, thresholds: this.#thresholds.map(thresholdsJson) };
  }

  static fromJSON({ options, thresholds }: GroupedRfmJson): GroupedRfm {
    const model = new GroupedRfm(options);
    model.#thresholds = thresholds.map(thresholdsOfJson);
    return model;
  }
}
