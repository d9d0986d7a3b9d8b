import { describe, expect, it } from 'vitest';
import { DataError } from '../../src/errors.js';
import { CustomerValue } from '../../src/value/customer-value.js';
import { purchaseModelNames } from '../../src/value/purchase-models.js';
import type { SummaryColumns } from '../../src/value/purchase-summary.js';
import { cdnow } from './cdnow.js';

const summary = cdnow();

function columnsOf(rows: number[][]): SummaryColumns {
  const column = (at: number) => Float64Array.from(rows, row => row[at]!);
  return { frequency: column(0), recency: column(1), T: column(2), monetary: column(3) };
}

const none = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];
/** Twelve who bought again, of whom one for nothing and one for less; three who did not; one who never bought. */
const few = columnsOf([
  ...Array.from({ length: 10 }, (_, i) => [1 + (i % 4), 5 + i, 30, 10 + ((7 * i) % 13)]),
  [2, 8, 30, 0],
  [1, 3, 30, -4],
  [0, 0, 30, 0],
  [0, 0, 5, 0],
  [0, 0, 0, 0],
  none,
]);

describe.skipIf(!summary)('the value of the CDNOW sample', () => {
  const { frequency = [], recency = [], T = [], monetary = [] } = summary ?? {};
  const columns = columnsOf(frequency.map((x, i) => [x, recency[i]!, T[i]!, monetary[i]!]));

  it('has the published fits and expectations', () => {
    const model = new CustomerValue({ horizon: 39 }).fit(columns);
    expect(model.purchases.logLikelihood).toBeCloseTo(-9582.4256, 3);
    expect(model.spend.logLikelihood).toBeCloseTo(-4055.9232, 3);
    expect([model.customers, model.repeatBuyers]).toEqual([2357, 946]);
    expect(model.leftOut).toMatchObject([{ customers: 1411, from: 'Gamma-Gamma' }]);
    // As NumPy computes it.
    expect(model.correlation).toBeCloseTo(0.11388391, 7);
    const { expectedPurchases, probabilityAlive, lifetimeValue, expectedSpend } = model.predict(columns);
    expect(expectedPurchases.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1653.4234, 3);
    expect(Math.min(...probabilityAlive)).toBeGreaterThanOrEqual(0);
    lifetimeValue.forEach((value, i) => {
      expect(value).toBeLessThan(expectedPurchases[i]! * expectedSpend[i]!);
    });
  });

  it('does not depend on the unit of time', () => {
    const days = { ...columns, recency: columns.recency.map(t => t * 7), T: columns.T.map(t => t * 7) };
    const byWeek = new CustomerValue({ unit: 'week', horizon: 26 }).fit(columns).predict(columns);
    const byDay = new CustomerValue({ unit: 'day', horizon: 182 }).fit(days).predict(days);
    byWeek.lifetimeValue.forEach((value, i) => {
      expect(byDay.lifetimeValue[i]! / value).toBeCloseTo(1, 3);
    });
  });
});

describe('the value of customers', () => {
  it('names who was left out and why, and has no values for who never bought', () => {
    const model = new CustomerValue().fit(few);
    expect(model.leftOut.map(({ customers, from }) => [customers, from])).toEqual([
      [1, 'BG/NBD'],
      [3, 'Gamma-Gamma'],
      [2, 'Gamma-Gamma'],
    ]);
    const values = model.predict(few);
    for (const column of Object.values(values)) {
      expect(column.at(-1)).toBeNaN();
      expect(column.subarray(0, -1).every(Number.isFinite)).toBe(true);
    }
    // Who bought once, or for nothing, is expected to spend the same.
    expect(values.expectedSpend[10]).toBe(values.expectedSpend[12]);
  });

  it('a thing is worth less the more it is discounted, and half with half the margin', () => {
    const value = (options: object) => new CustomerValue(options).fit(few).predict(few).lifetimeValue;
    const [plain, dear, half] = [
      { discountRate: 0 },
      { discountRate: 0.5 },
      { discountRate: 0, margin: 0.5 },
    ].map(value);
    expect(dear[0]).toBeLessThan(plain[0]!);
    expect(half[0]).toBeCloseTo(plain[0]! / 2, 8);
  });

  it.each(purchaseModelNames)('%s predicts the same after a round trip through JSON', model => {
    const fitted = new CustomerValue({ model, unit: 'month', horizon: 6 }).fit(few);
    const copy = CustomerValue.fromJSON(JSON.parse(JSON.stringify(fitted)));
    expect(copy.predict(few)).toEqual(fitted.predict(few));
    expect(copy.toJSON()).toEqual(fitted.toJSON());
  });

  it.each([
    [[[0, 0, 30, 0]], 'none among 1'],
    [Array.from({ length: 9 }, (_, i) => [1, 1 + i, 30, 5]), '9 among 9'],
    [[none], 'none among 0'],
  ])('refuses too few repeat buyers: %#', (rows, found) => {
    const fit = () => new CustomerValue().fit(columnsOf(rows));
    expect(fit).toThrow(DataError);
    expect(fit).toThrow(
      `at least 10 customers who bought again on another day, to fit a model of purchases to, found ${found}`,
    );
  });
});
