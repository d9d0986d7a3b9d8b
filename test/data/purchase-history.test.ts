import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Database, openSource } from '../../src/data/index.js';
import { observationEnd, purchaseHistoryBatches, readSplitHistory } from '../../src/data/purchase-history.js';
import { historyOf } from '../../src/nightly/value-forecast.js';
import { validateHoldout } from '../../src/value/holdout.js';
import { emptyFolder } from '../commands/kindred.js';
import { dataset } from '../datasets.js';

/** A database with these transactions, closed when the test is over. */
async function shop(rows: string[], customers: string[] = []): Promise<Database> {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'orders.csv'), ['customer,time,amount', ...rows, ''].join('\n'));
  const db = await Database.open();
  onTestFinished(() => db.close());
  await openSource(db, 'transactions', { path: 'orders.csv' }, folder);
  if (customers.length > 0) {
    writeFileSync(join(folder, 'customers.csv'), ['customer', ...customers, ''].join('\n'));
    await openSource(db, 'customers', { path: 'customers.csv' }, folder);
  }
  return db;
}

const rows = [
  'b,2024-01-05 10:00,7',
  'a,2024-01-02 09:00,1',
  'a,2024-01-02 21:00,2',
  'a,2024-01-04 00:00,3',
  'b,2024-01-05 23:59,8',
  'a,2024-01-09 12:00,5',
];

describe('the history of purchases', () => {
  it('counts days with repeat purchases, and what they came to', async () => {
    const db = await shop(rows, ['c', 'b', 'a']);
    expect(await observationEnd(db)).toBe('2024-01-09');
    const { value: history } = await purchaseHistoryBatches(db, { end: '2024-01-10' }).next();
    expect(history).toEqual({
      frequency: Float64Array.of(2, 0, Number.NaN),
      recency: Float64Array.of(7, 0, Number.NaN),
      T: Float64Array.of(8, 5, Number.NaN),
      monetary: Float64Array.of(4, 0, Number.NaN),
    });
  });

  it('refuses purchases after the end, and takes all of its last day', async () => {
    const db = await shop(rows);
    await expect(observationEnd(db, '2024-01-04')).rejects.toThrow(
      'expected no purchases after the end of the observation, 2024-01-04, found 3, the last on 2024-01-09',
    );
    expect(await observationEnd(db, '2024-01-09 01:00')).toBe('2024-01-09');
  });

  it('cuts in two at a day', async () => {
    const db = await shop(rows);
    for (const memory of [0, 1e6]) {
      const split = await readSplitHistory(db, { split: '2024-01-05', end: '2024-01-10', memory });
      const { frequency, T, purchases, spent } = split.columns;
      expect(T.held === undefined).toBe(memory === 0);
      expect(split.split).toBe(3);
      expect(frequency.part(0, 2)).toEqual(Float64Array.of(1, Number.NaN));
      expect(T.part(0, 2)).toEqual(Float64Array.of(2, Number.NaN));
      expect(purchases.part(0, 2)).toEqual(Float64Array.of(1, 1));
      expect(spent.part(0, 2)).toEqual(Float64Array.of(5, 15));
      // Only of who had bought before.
      expect(split.births).toEqual(Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0));
      expect(split.repeats).toEqual(Float64Array.of(0, 0, 1, 0, 0, 0, 0, 1, 0));
    }
  });

  it.each([
    ['soon', 'a date such as 2011-09-01'],
    ['2024-01-02', 'a date after the first purchase, 2024-01-02'],
    ['2024-02-01', 'not after the end of the observation, 2024-01-09'],
  ])('refuses to cut at %s', async (split, expected) => {
    const db = await shop(rows);
    await expect(readSplitHistory(db, { split, end: '2024-01-09', memory: 0 })).rejects.toThrow(expected);
  });
});

const file = dataset('cdnow/CDNOW_sample.txt');

/** Mean days with a purchase from October on, by the repeat purchases before. */
function actualMeans(purchases: { customer: string; day: string }[]): number[] {
  const days = new Map<string, Set<string>>();
  for (const { customer, day } of purchases) days.set(customer, (days.get(customer) ?? new Set()).add(day));
  const means: { sum: number; customers: number }[] = [];
  for (const own of days.values()) {
    const all = [...own];
    const before = all.filter(day => day < '1997-10-01').length;
    means[Math.min(7, before - 1)] ??= { sum: 0, customers: 0 };
    const mean = means[Math.min(7, before - 1)]!;
    mean.sum += all.length - before;
    mean.customers++;
  }
  return means.map(({ sum, customers }) => sum / customers);
}

describe.skipIf(!file)('a holdout of the CDNOW sample', () => {
  it('has the figures of an independent count, and of another package', async () => {
    const purchases = readFileSync(file!, 'utf8')
      .trim()
      .split(/\r?\n/)
      .map(line => line.trim().split(/\s+/))
      .map(([, customer, date, , dollars]) => ({
        customer: customer!,
        day: date!.replace(/(....)(..)(..)/, '$1-$2-$3'),
        dollars,
      }));
    const db = await shop(purchases.map(({ customer, day, dollars }) => `${customer},${day},${dollars}`));
    const options = { split: '1997-10-01', end: '1998-06-30', memory: 0 };
    const { columns, ...days } = await readSplitHistory(db, options);
    const { length } = columns.T;
    const calibration = historyOf({ columns, unit: 'week' }, 0, length);
    const [bought, spent] = [columns.purchases.part(0, length), columns.spent.part(0, length)];
    const data = { ...days, calibration, purchases: bought, spent };
    const holdout = validateHoldout(data, { model: 'bg-nbd' });
    expect(holdout).toMatchObject({ customers: 2357, days: 273 });
    expect(holdout.parameters.r).toBeCloseTo(0.2426, 3);
    expect(holdout.purchases.predicted).toBeCloseTo(1653, 0);
    expect(holdout.groups.map(({ customers }) => customers)).toEqual([1411, 439, 214, 100, 62, 38, 29, 64]);
    // As the lifetimes package has it for the published summary, whose weeks are rounded.
    const predicted = [0.2251, 0.5231, 1.0441, 1.5203, 2.1639, 2.6539, 3.5041, 6.1574];
    const actual = actualMeans(purchases);
    holdout.groups.forEach((group, i) => {
      expect(group.predicted).toBeCloseTo(predicted[i]!, 2);
      expect(group.actual).toBeCloseTo(actual[i]!, 12);
    });
    const { tracking } = holdout;
    expect(tracking.at(-1)).toMatchObject({ day: 545, actual: 2457 + holdout.purchases.actual });
    for (let i = 1; i < tracking.length; i++)
      expect(tracking[i]!.predicted).toBeGreaterThan(tracking[i - 1]!.predicted);
    expect(holdout.meanAbsoluteError).toBeLessThan(holdout.meanAbsoluteErrorOfRate);
  });
});
