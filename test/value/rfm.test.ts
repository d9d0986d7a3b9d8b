import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { quantileScore, quantileThresholds } from '../../src/value/quantile-scores.js';
import { Rfm } from '../../src/value/rfm.js';
import { RFM_SEGMENTS, type RfmSegment } from '../../src/value/rfm-segments.js';
import { dataset } from '../datasets.js';

function scores(values: number[], quantiles: number): number[] {
  const [thresholds] = quantileThresholds(values, quantiles);
  return values.map(value => quantileScore(value, thresholds!));
}

describe('quantile scores', () => {
  it.each([
    [
      'distinct values fall into equal parts',
      [10, 20, 30, 40, 50, 60, 70, 80, 90, 100],
      5,
      [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
    ],
    ['the order of the customers does not matter', [100, 10, 50], 3, [3, 1, 2]],
    [
      'a value that most have takes the score of its middle',
      [1, 1, 1, 1, 1, 1, 1, 2, 3, 4],
      5,
      [2, 2, 2, 2, 2, 2, 2, 4, 5, 5],
    ],
    ['a constant column has the middle score', [7, 7, 7, 7], 5, [3, 3, 3, 3]],
    ['one customer has the middle score', [7], 5, [3]],
    ['NaN has none', [1, Number.NaN, 2], 2, [1, 0, 2]],
    ['no customers, no scores', [], 5, []],
  ])('%s', (_, values, quantiles, expected) => {
    expect(scores(values, quantiles)).toEqual(expected);
  });

  it('follow the values, and ties always score the same', () => {
    const column = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 });
    fc.assert(
      fc.property(column, fc.integer({ min: 2, max: 10 }), (values, quantiles) => {
        const found = scores(values, quantiles);
        values.forEach((value, i) => {
          expect(found[i]).toBeGreaterThanOrEqual(1);
          expect(found[i]).toBeLessThanOrEqual(quantiles);
          values.forEach((other, j) => {
            if (value === other) expect(found[i]).toBe(found[j]);
            if (value < other) expect(found[i]).toBeLessThanOrEqual(found[j]!);
          });
        });
      }),
      { numRuns: 50 },
    );
  });
});

describe('Rfm', () => {
  it('scores by given boundaries, each of which belongs to the better score', () => {
    const boundaries = { recency: [30, 90, 180, 365], frequency: [2, 3, 5, 10] };
    const model = new Rfm({ boundaries });
    const columns = {
      recency: [0, 30, 31, 90, 365, 366, Number.NaN],
      frequency: [1, 2, 3, 4, 5, 9, 10],
      monetary: [1, 2, 3, 4, 5, 6, 7],
    };
    const { recency, frequency, monetary } = model.fit(columns).score(columns);
    expect(Array.from(recency)).toEqual([5, 5, 4, 4, 2, 1, 0]);
    expect(Array.from(frequency)).toEqual([1, 2, 3, 3, 4, 4, 5]);
    expect(monetary).toEqual(new Rfm().fit(columns).score(columns).monetary);
    const read = Rfm.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(read.score(columns)).toEqual(model.score(columns));
  });

  it.each([2, 3, 4, 5, 10, 100])('has the best and the lost among %i scores', quantiles => {
    const line = Array.from({ length: 200 }, (_, i) => i);
    const columns = { recency: line, frequency: line.toReversed(), monetary: line.toReversed() };
    const { segment, names } = new Rfm({ quantiles }).fit(columns).score(columns);
    expect(names[segment[0]!]).toBe(quantiles === 2 ? 'loyal' : 'champions');
    expect(names[segment[199]!]).toBe(quantiles === 2 ? 'hibernating' : 'lost');
  });

  it('has as many scores as boundaries make', () => {
    expect(new Rfm({ boundaries: { monetary: [10, 100] } }).quantiles).toBe(3);
    expect(() => new Rfm({ quantiles: 5, boundaries: { monetary: [10, 100] } })).toThrow(
      'boundaries: expected 4 boundaries of monetary, one fewer than scores, found [10, 100].',
    );
    expect(() => new Rfm({ boundaries: { monetary: [10, 100], recency: [1] } })).toThrow(
      'expected 2 boundaries of recency',
    );
    expect(() => new Rfm({ boundaries: { recency: [90, 30] } })).toThrow(
      'expected boundaries of recency that increase, found [90, 30].',
    );
  });

  it('names every field of the map of recency and frequency, and its ends rightly', () => {
    const fields = RFM_SEGMENTS.flatMap(({ recency, frequency }) => {
      const range = ([low, high]: [number, number]) =>
        Array.from({ length: high - low + 1 }, (_, i) => low + i);
      return range(recency).flatMap(r => range(frequency).map(f => `${r}${f}`));
    });
    expect(new Set(fields).size).toBe(25);
    expect(fields).toHaveLength(25);

    const recency = [1, 100, 200, 300, 400];
    const model = new Rfm();
    const { segment, names } = model
      .fit({ recency, frequency: [9, 7, 5, 3, 1], monetary: [9, 7, 5, 3, 1] })
      .score({
        recency: [1, 1, 400, 400, Number.NaN],
        frequency: [9, 1, 9, 1, Number.NaN],
        monetary: [9, 9, 9, 9, Number.NaN],
      });
    expect(Array.from(segment, index => names[index])).toEqual([
      'champions',
      'new',
      'cannot lose',
      'lost',
      'none',
    ]);
  });

  it('takes a map of its own, other quantiles, and monetary ranges', () => {
    const segments: RfmSegment[] = [
      { name: 'gold', recency: [1, 5], frequency: [1, 5], monetary: [4, 5] },
      { name: 'rest', recency: [3, 5], frequency: [1, 5] },
    ];
    const columns = { recency: [1, 2, 3, 4], frequency: [1, 1, 1, 1], monetary: [1, 2, 3, 4] };
    const { segment, names, recency } = new Rfm({ quantiles: 4, segments }).fit(columns).score(columns);
    expect(Array.from(recency)).toEqual([4, 3, 2, 1]);
    expect(Array.from(segment, index => names[index])).toEqual(['rest', 'rest', 'gold', 'gold']);
  });

  it('scores as before after a round trip through JSON', () => {
    const columns = { recency: [5, 1, 9, 9], frequency: [1, 1, 1, 4], monetary: [10, 30, 20, 20] };
    const model = new Rfm().fit(columns);
    const copy = Rfm.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(copy.score(columns)).toEqual(model.score(columns));
  });

  it('refuses columns of different lengths, bad quantiles, and scoring before fitting', () => {
    const columns = { recency: [1, 2], frequency: [1], monetary: [1, 2] };
    expect(() => new Rfm().fit(columns)).toThrow('column "frequency": expected 2 values');
    expect(() => new Rfm({ quantiles: 1 })).toThrow('quantiles');
    expect(() => new Rfm().score({ ...columns, frequency: [1, 1] })).toThrow('fitted');
  });
});

const onlineRetail = dataset('online-retail/OnlineRetail.csv.gz');

describe.skipIf(!onlineRetail)('Rfm of Online Retail', () => {
  const ids: string[] = [];
  const columns = { recency: [] as number[], frequency: [] as number[], monetary: [] as number[] };

  beforeAll(async () => {
    const instance = await DuckDBInstance.create();
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(`
      SELECT CustomerID, floor(epoch(TIMESTAMP '2011-12-10 12:50' - max(InvoiceDate)) / 86400)::DOUBLE,
        count(DISTINCT InvoiceNo)::DOUBLE, sum(Quantity * UnitPrice)::DOUBLE
      FROM read_csv('${onlineRetail}', encoding = 'latin-1', header = true, timestampformat = '%m/%d/%Y %H:%M',
        columns = {InvoiceNo: 'VARCHAR', StockCode: 'VARCHAR', Description: 'VARCHAR', Quantity: 'INTEGER',
          InvoiceDate: 'TIMESTAMP', UnitPrice: 'DOUBLE', CustomerID: 'VARCHAR', Country: 'VARCHAR'})
      WHERE CustomerID IS NOT NULL AND InvoiceNo NOT LIKE 'C%' AND Quantity > 0 AND UnitPrice > 0
      GROUP BY CustomerID ORDER BY CustomerID`);
    for (const [id, recency, frequency, monetary] of reader.getRowsJS() as [
      string,
      number,
      number,
      number,
    ][]) {
      ids.push(id);
      columns.recency.push(recency);
      columns.frequency.push(frequency);
      columns.monetary.push(monetary);
    }
    connection.closeSync();
    instance.closeSync();
  });

  it('scores quintiles of about equal size, except where customers are tied', () => {
    const model = new Rfm().fit(columns);
    const scored = model.score(columns);
    expect(ids).toHaveLength(4338);
    for (const column of [scored.recency, scored.monetary]) {
      for (let score = 1; score <= 5; score++) {
        expect(Math.abs(column.filter(found => found === score).length / 4338 - 0.2)).toBeLessThan(0.02);
      }
    }
    const once = columns.frequency.flatMap((count, i) => (count === 1 ? [scored.frequency[i]] : []));
    expect(once).toHaveLength(1493);
    expect(new Set(once)).toEqual(new Set([1]));
  });

  it.each([
    ['12346', 1, 1, 5, 'lost'],
    ['12347', 5, 5, 5, 'champions'],
    ['14646', 5, 5, 5, 'champions'],
    ['12349', 4, 1, 4, 'promising'],
    ['12350', 1, 1, 2, 'lost'],
  ])('customer %s scores %i %i %i: %s', (id, r, f, m, name) => {
    const { recency, frequency, monetary, segment, names } = new Rfm().fit(columns).score(columns);
    const at = ids.indexOf(id);
    expect([recency[at], frequency[at], monetary[at], names[segment[at]!]]).toEqual([r, f, m, name]);
  });
});
