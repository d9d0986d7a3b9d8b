import { DataError } from '../errors.js';
import { type Collapsed, Collapser } from './collapse.js';
import { FittedModel } from './fitted-model.js';
import { type Histories, historiesOf } from './histories.js';
import { maximumLikelihood, type Sample, trialRows } from './maximum-likelihood.js';

/** What the models of repeat buying know of each customer, all in one unit of time, from their first purchase on. */
export interface PurchaseSummary {
  /** Repeat purchases: all but the first. */
  frequency: ArrayLike<number>;
  /** Time of the last purchase since the first; 0 without repeat purchases. */
  recency: ArrayLike<number>;
  /** Time observed since the first purchase. */
  T: ArrayLike<number>;
}

export interface Discounting {
  /** Time looked ahead, in the unit of the summary. */
  horizon: number;
  /** Equal parts of the horizon, at whose ends money is counted. */
  periods: number;
  /** Interest of one period: 0.01 for one per cent. */
  discountRate: number;
}

/** A model of how often customers buy again and when they leave for good, fitted by maximum likelihood. */
export abstract class PurchaseModel extends FittedModel {
  /**
   * Log-likelihood of distinct customers; its derivatives by the parameters are added to `gradient`, the second ones to the
   * upper triangle of `hessian`, `[4, 4]`.
   */
  protected abstract likelihood(
    rows: Histories,
    parameters: Float64Array,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number;
  /** Parameters to start from; `rate` is purchases a unit of time, `time` the mean time observed. */
  protected abstract starts(rate: number, time: number): number[][];
  /** Chance that a customer still buys. */
  protected abstract alive(x: number, tx: number, T: number, parameters: Float64Array): number;
  /** Purchases that a customer who is known to be alive at T will make until T + t. */
  protected abstract purchasesIfAlive(t: number, x: number, T: number, parameters: Float64Array): number;

  /**
   * Fits the model to customers, who may come in pieces: memory grows with the distinct ones alone.
   *
   * @throws DataError for a customer that cannot be, or if nobody bought again.
   */
  fit(summary: PurchaseSummary | Iterable<PurchaseSummary>): this {
    const collapser = new Collapser(3);
    for (const part of Symbol.iterator in summary ? summary : [summary]) collapser.add(columnsOf(part));
    const rows = checked(collapser.finish());
    const [x, , T] = rows.columns as [Float64Array, Float64Array, Float64Array];
    const sum = (values: Float64Array) =>
      values.reduce((total, value, i) => total + value * rows.counts[i]!, 0);
    const rate = sum(x) / sum(T);
    if (!(rate > 0)) {
      const hint = 'There is nothing to learn from customers who all bought once.';
      throw new DataError({
        column: 'frequency',
        expected: 'customers who bought again',
        found: 'none',
        hint,
      });
    }
    const time = sum(T) / sum(rows.counts.map(() => 1));
    const sampleOf = (table: Collapsed): Sample => {
      const histories = historiesOf(table);
      return {
        weight: histories.weight,
        logLikelihood: (...point) => this.likelihood(histories, ...point),
      };
    };
    const all = sampleOf(rows);
    const some = trialRows(rows);
    const trial = some === rows ? all : sampleOf(some);
    return this.take(maximumLikelihood(all, trial, this.starts(rate, time)));
  }

  /** Chance of each customer to be still a customer at the end of their observation. */
  probabilityAlive(summary: PurchaseSummary): Float64Array {
    const parameters = this.fitted();
    return this.#each(summary, (x, tx, T) => this.alive(x, tx, T, parameters));
  }

  /** Purchases to expect of each customer in the time `t` after their observation. */
  predict(summary: PurchaseSummary, t: number): Float64Array {
    const parameters = this.fitted();
    return this.#each(
      summary,
      (x, tx, T) => this.alive(x, tx, T, parameters) * this.purchasesIfAlive(t, x, T, parameters),
    );
  }

  /** Repeat purchases to expect of a new customer, of whom nothing is known, in the time `t` after the first. */
  expectedPurchases(t: number): number {
    const parameters = this.fitted();
    return this.alive(0, 0, 0, parameters) * this.purchasesIfAlive(t, 0, 0, parameters);
  }

  /**
   * Purchases to expect of each customer in the time `horizon` after their observation, those of each of its equal `periods`
   * divided by 1 + `discountRate` once for each period gone by.
   */
  discountedPurchases(
    summary: PurchaseSummary,
    { horizon, periods, discountRate }: Discounting,
  ): Float64Array {
    const parameters = this.fitted();
    return this.#each(summary, (x, tx, T) => {
      let sum = 0;
      let before = 0;
      for (let period = 1; period <= periods; period++) {
        const until = this.purchasesIfAlive((horizon * period) / periods, x, T, parameters);
        sum += (until - before) * (1 + discountRate) ** -period;
        before = until;
      }
      return this.alive(x, tx, T, parameters) * sum;
    });
  }

  /** A value for each customer, computed once for all who are alike. */
  #each(summary: PurchaseSummary, value: (x: number, tx: number, T: number) => number): Float64Array {
    const index = new Int32Array(summary.frequency.length);
    const rows = new Collapser(3).add(columnsOf(summary), index).finish();
    const [x, tx, T] = checked(rows).columns as [Float64Array, Float64Array, Float64Array];
    const values = x.map((_, i) => value(x[i]!, tx[i]!, T[i]!));
    const result = new Float64Array(index.length);
    for (let i = 0; i < index.length; i++) result[i] = values[index[i]!]!;
    return result;
  }
}

function columnsOf({ frequency, recency, T }: PurchaseSummary): ArrayLike<number>[] {
  for (const [column, { length }] of Object.entries({ recency, T })) {
    if (length === frequency.length) continue;
    throw new DataError({
      column,
      expected: `${frequency.length} values, as many as in frequency`,
      found: String(length),
    });
  }
  return [frequency, recency, T];
}

function checked(rows: Collapsed): Collapsed {
  const [xs, txs, Ts] = rows.columns as [Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < xs.length; i++) {
    const [x, tx, end] = [xs[i]!, txs[i]!, Ts[i]!];
    const isHistory = Number.isInteger(x) && x >= 0 && tx >= 0 && tx <= end && end < Number.POSITIVE_INFINITY;
    if (isHistory && (x === 0) === (tx === 0)) continue;
    throw new DataError({
      line: rows.first[i]! + 1,
      expected:
        'whole repeat purchases, and their last one (0 if there is none) not after the end of the observation',
      found: `frequency ${x}, recency ${tx}, T ${end}`,
    });
  }
  return rows;
}
