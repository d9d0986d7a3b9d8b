import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BgNbd } from '../../src/value/bg-nbd.js';
import { GammaGamma } from '../../src/value/gamma-gamma.js';
import { lifetimeValue } from '../../src/value/lifetime-value.js';
import { summarisePurchases } from '../../src/value/purchase-summary.js';
import { dataset } from '../datasets.js';
import { cdnow } from './cdnow.js';

const summary = cdnow();

describe.skipIf(!summary)('Gamma-Gamma of the CDNOW sample', () => {
  it('has the published parameters and likelihood', () => {
    const model = new GammaGamma().fit(summary!);
    expect(model.converged).toBe(true);
    expect(model.parameters.p).toBeCloseTo(6.2488, 3);
    expect(model.parameters.q).toBeCloseTo(3.7446, 3);
    expect(model.parameters.v).toBeCloseTo(15.4477, 2);
    expect(model.logLikelihood).toBeCloseTo(-4055.9232, 3);
  });

  it('sees a customer between their own mean and that of all', () => {
    const model = new GammaGamma().fit(summary!);
    const [unknown, few, many] = model.predict({ frequency: [0, 1, 50], monetary: [0, 100, 100] });
    expect(unknown).toBeCloseTo((6.2488 * 15.4477) / 2.7446, 1);
    expect(few).toBeGreaterThan(unknown!);
    expect(many).toBeGreaterThan(few!);
    expect(many).toBeLessThan(100);
  });

  it('gives lifetime values that are the purchases times the spend where nothing is discounted', () => {
    const purchases = new BgNbd().fit(summary!);
    const spend = new GammaGamma().fit(summary!);
    const values = lifetimeValue(
      summary!,
      { purchases, spend },
      { horizon: 52, discountRate: 0, margin: 0.5 },
    );
    const count = purchases.predict(summary!, 52);
    const value = spend.predict(summary!);
    values.forEach((found, i) => {
      expect(found).toBeCloseTo(0.5 * count[i]! * value[i]!, 8);
    });
    const discounted = lifetimeValue(summary!, { purchases, spend }, { horizon: 52 });
    expect(discounted[0]).toBeLessThan(2 * values[0]!);
    expect(discounted[0]).toBeGreaterThan(1.8 * values[0]!);
  });
});

describe('Gamma-Gamma', () => {
  it('reports who has no positive spend, and refuses if nobody has', () => {
    const model = new GammaGamma();
    model.fit({ frequency: [1, 2, 3, 0, 2, 4], monetary: [10, 20, 15, 0, 0, -5] });
    expect(model.leftOut).toBe(2);
    expect(() => model.fit({ frequency: [0, 1], monetary: [0, 0] })).toThrow(
      'repeat purchases of a value above 0',
    );
  });

  it('predicts the same after a round trip through JSON', () => {
    const model = new GammaGamma().fit({ frequency: [1, 2, 3, 7, 2, 4], monetary: [10, 20, 15, 30, 12, 25] });
    const copy = GammaGamma.fromJSON(JSON.parse(JSON.stringify(model)));
    const customers = { frequency: [0, 3], monetary: [0, 18] };
    expect(copy.predict(customers)).toEqual(model.predict(customers));
  });
});

describe('the summary of purchases', () => {
  it('counts repeat purchases on distinct days, and what they came to', () => {
    const found = summarisePurchases({
      customer: [1, 0, 0, 0, 1, 0],
      time: [5.5, 2.1, 2.9, 4, 5.9, 9.5],
      amount: [7, 1, 2, 3, 8, 5],
      customers: 3,
      end: 10.2,
    });
    expect(found).toEqual({
      frequency: Float64Array.of(2, 0, Number.NaN),
      recency: Float64Array.of(7, 0, Number.NaN),
      T: Float64Array.of(8, 5, Number.NaN),
      monetary: Float64Array.of(4, 0, Number.NaN),
    });
  });

  it('refuses purchases after the end', () => {
    const purchases = { customer: [0, 0], time: [1, 8], customers: 1, end: 7 };
    expect(() => summarisePurchases(purchases)).toThrow('line 2, column "time": expected at most 7, found 8');
  });

  const file = dataset('cdnow/CDNOW_sample.txt');
  it.skipIf(!file || !summary)('of the CDNOW sample is the published one', () => {
    const day = (text: string) => Date.parse(text.replace(/(....)(..)(..)/, '$1-$2-$3')) / 86_400_000;
    const end = day('19970930');
    const rows = readFileSync(file!, 'utf8')
      .trim()
      .split(/\r?\n/)
      .map(line => line.trim().split(/\s+/))
      .filter(([, , date]) => day(date!) <= end);
    const found = summarisePurchases({
      customer: rows.map(([, id]) => Number(id) - 1),
      time: rows.map(([, , date]) => day(date!)),
      amount: rows.map(row => Number(row[4])),
      customers: 2357,
      end,
    });
    expect(Array.from(found.frequency)).toEqual(summary!.frequency);
    for (let i = 0; i < 2357; i++) {
      expect(found.recency[i]! / 7).toBeCloseTo(summary!.recency[i]!, 1);
      expect(found.T[i]! / 7).toBeCloseTo(summary!.T[i]!, 1);
      expect(found.monetary[i]).toBeCloseTo(summary!.monetary[i]!, 1);
    }
  });
});
