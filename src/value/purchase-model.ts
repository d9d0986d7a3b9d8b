import { DataError, UsageError } from '../errors.js';
import { type Collapsed, collapse } from './collapse.js';
import { type Estimate, maximumLikelihood } from './maximum-likelihood.js';

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

export interface FittedJson {
  model: string;
  parameters: Record<string, number>;
  standardErrors: Record<string, number | null>;
  logLikelihood: number;
}

/** The distinct values of a column. */
interface Distinct {
  values: Float64Array;
  /** For each row the place of its value in `values`. */
  index: Int32Array;
}

/** Distinct customers, with the distinct values of each column, on which alone most terms of a likelihood depend. */
export interface Histories extends Collapsed {
  frequency: Distinct;
  recency: Distinct;
  T: Distinct;
}

function distinct(column: Float64Array): Distinct {
  const places = new Map<number, number>();
  const index = new Int32Array(column.length);
  for (let i = 0; i < index.length; i++) {
    let place = places.get(column[i]!);
    if (place === undefined) {
      place = places.size;
      places.set(column[i]!, place);
    }
    index[i] = place;
  }
  return { values: Float64Array.from(places.keys()), index };
}

/** Looks up the distinct values of the columns frequency, recency and T. */
export function historiesOf(rows: Collapsed): Histories {
  const [frequency, recency, T] = rows.columns.map(distinct) as [Distinct, Distinct, Distinct];
  return { ...rows, frequency, recency, T };
}

/** A model of how often customers buy again and when they leave for good, fitted by maximum likelihood. */
export abstract class PurchaseModel {
  abstract readonly name: string;
  /** Names of the parameters, in the order of the arrays below. */
  abstract readonly parameterNames: string[];

  #parameters?: Float64Array;
  #standardErrors = new Float64Array();
  logLikelihood = Number.NaN;
  iterations = 0;
  converged = false;

  /** Log-likelihood of distinct customers and its derivatives by the parameters, added to `gradient`. */
  protected abstract likelihood(rows: Histories, parameters: Float64Array, gradient: Float64Array): number;
  /** Parameters to start from; `rate` is purchases a unit of time, `time` the mean time observed. */
  protected abstract starts(rate: number, time: number): number[][];
  /** Chance that a customer still buys. */
  protected abstract alive(x: number, tx: number, T: number, parameters: Float64Array): number;
  /** Purchases that a customer who is known to be alive at T will make until T + t. */
  protected abstract purchasesIfAlive(t: number, x: number, T: number, parameters: Float64Array): number;

  /** @throws DataError for a customer that cannot be, or if nobody bought again. */
  fit(summary: PurchaseSummary): this {
    const rows = checkedRows(summary);
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
    const cache = new WeakMap<Collapsed, Histories>();
    const histories = (table: Collapsed) => {
      const known = cache.get(table) ?? historiesOf(table);
      cache.set(table, known);
      return known;
    };
    const estimate = maximumLikelihood(
      rows,
      (table, parameters, gradient) => this.likelihood(histories(table), parameters, gradient),
      this.starts(rate, time),
    );
    this.#take(estimate);
    return this;
  }

  #take({ parameters, standardErrors, logLikelihood, iterations, converged }: Estimate): void {
    this.#parameters = parameters;
    this.#standardErrors = Float64Array.from(standardErrors);
    this.logLikelihood = logLikelihood;
    this.iterations = iterations;
    this.converged = converged;
  }

  get parameters(): Record<string, number> {
    const parameters = this.fitted();
    return Object.fromEntries(this.parameterNames.map((name, i) => [name, parameters[i]!]));
  }

  get standardErrors(): Record<string, number> {
    return Object.fromEntries(
      this.parameterNames.map((name, i) => [name, this.#standardErrors[i] ?? Number.NaN]),
    );
  }

  protected fitted(): Float64Array {
    if (this.#parameters === undefined) {
      throw new UsageError({
        expected: `a fitted ${this.name} model`,
        found: 'one that has not seen customers yet',
      });
    }
    return this.#parameters;
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
    const { columns, index } = checkedRows(summary);
    const [x, tx, T] = columns as [Float64Array, Float64Array, Float64Array];
    const values = x.map((_, i) => value(x[i]!, tx[i]!, T[i]!));
    const result = new Float64Array(index.length);
    for (let i = 0; i < index.length; i++) result[i] = values[index[i]!]!;
    return result;
  }

  toJSON(): FittedJson {
    const errors = Object.entries(this.standardErrors).map(([name, error]) => [
      name,
      Number.isNaN(error) ? null : error,
    ]);
    return {
      model: this.name,
      parameters: this.parameters,
      standardErrors: Object.fromEntries(errors),
      logLikelihood: this.logLikelihood,
    };
  }

  /** Takes the parameters of a saved model; what `fromJSON` of each model is made of. */
  protected restore({ model, parameters, standardErrors, logLikelihood }: FittedJson): this {
    if (model !== this.name)
      throw new DataError({ expected: `a saved ${this.name} model`, found: `one of ${model}` });
    this.#parameters = Float64Array.from(this.parameterNames, name => parameters[name]!);
    this.#standardErrors = Float64Array.from(this.parameterNames, name => standardErrors[name] ?? Number.NaN);
    this.logLikelihood = logLikelihood;
    this.converged = true;
    return this;
  }
}

function checkedRows({ frequency, recency, T }: PurchaseSummary): Collapsed {
  for (const [column, { length }] of Object.entries({ recency, T })) {
    if (length === frequency.length) continue;
    throw new DataError({
      column,
      expected: `${frequency.length} values, as many as in frequency`,
      found: String(length),
    });
  }
  const rows = collapse([frequency, recency, T]);
  const [xs, txs, Ts] = rows.columns as [Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < xs.length; i++) {
    const [x, tx, end] = [xs[i]!, txs[i]!, Ts[i]!];
    const isHistory = Number.isInteger(x) && x >= 0 && tx >= 0 && tx <= end && end < Number.POSITIVE_INFINITY;
    if (isHistory && (x === 0) === (tx === 0)) continue;
    throw new DataError({
      line: rows.index.indexOf(i) + 1,
      expected:
        'whole repeat purchases, and their last one (0 if there is none) not after the end of the observation',
      found: `frequency ${x}, recency ${tx}, T ${end}`,
    });
  }
  return rows;
}
