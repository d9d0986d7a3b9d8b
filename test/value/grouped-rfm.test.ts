import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GroupedRfm } from '../../src/value/grouped-rfm.js';
import { Rfm } from '../../src/value/rfm.js';

it('scores customers among those of their group', () => {
  const rich = {
    recency: [1, 2, 3, 4, 5],
    frequency: [50, 40, 30, 20, 10],
    monetary: [500, 400, 300, 200, 100],
  };
  const poor = { recency: [10, 20, 30, 40, 50], frequency: [5, 4, 3, 2, 1], monetary: [5, 4, 3, 2, 1] };
  const both = {
    recency: [...rich.recency, ...poor.recency],
    frequency: [...rich.frequency, ...poor.frequency],
    monetary: [...rich.monetary, ...poor.monetary],
  };
  const groups = Int32Array.of(0, 0, 0, 0, 0, -1, -1, -1, -1, -1);
  const { recency, monetary, segment, names } = new GroupedRfm().fit(both, groups).score(both, groups);
  expect(Array.from(recency)).toEqual([5, 4, 3, 2, 1, 5, 4, 3, 2, 1]);
  expect(Array.from(monetary)).toEqual([5, 4, 3, 2, 1, 5, 4, 3, 2, 1]);
  expect([names[segment[0]!], names[segment[5]!]]).toEqual(['champions', 'champions']);
});

it('is the same as without groups where there is but one', () => {
  const row = fc.record({ recency: fc.nat(9), frequency: fc.nat(9), monetary: fc.nat(9) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), rows => {
      const columns = {
        recency: rows.map(({ recency }) => recency),
        frequency: rows.map(({ frequency }) => frequency),
        monetary: rows.map(({ monetary }) => monetary),
      };
      const alone = new Rfm({ quantiles: 4 }).fit(columns).score(columns);
      const groups = new Int32Array(rows.length).fill(7);
      const grouped = new GroupedRfm({ quantiles: 4 }).fit(columns, groups);
      expect(grouped.score(columns, groups)).toEqual(alone);
      const again = GroupedRfm.fromJSON(JSON.parse(JSON.stringify(grouped)));
      expect(again.score(columns, groups)).toEqual(alone);
    }),
  );
});

it('scores each group as Rfm scores it alone, ties and missing values too', () => {
  const value = fc.oneof(fc.nat(9), fc.constant(Number.NaN));
  const row = fc.record({ recency: value, frequency: value, monetary: value, group: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1 }), fc.integer({ min: 2, max: 100 }), (rows, quantiles) => {
      const pick = (some: typeof rows) => ({
        recency: some.map(({ recency }) => recency),
        frequency: some.map(({ frequency }) => frequency),
        monetary: some.map(({ monetary }) => monetary),
      });
      const groups = Int32Array.from(rows, ({ group }) => group);
      const found = new GroupedRfm({ quantiles }).fit(pick(rows), groups).score(pick(rows), groups);
      for (const group of new Set(groups)) {
        const own = rows.filter(row => row.group === group);
        const alone = new Rfm({ quantiles }).fit(pick(own)).score(pick(own));
        for (const column of ['recency', 'frequency', 'monetary', 'segment'] as const) {
          expect(found[column].filter((_, i) => groups[i] === group)).toEqual(alone[column]);
        }
      }
    }),
  );
});

it('has the same boundaries in every group', () => {
  const columns = { recency: [1, 40, 400], frequency: [1, 1, 1], monetary: [5, 5, 5] };
  const boundaries = { recency: [30, 365] };
  const groups = Int32Array.of(0, 1, 2);
  const { recency, frequency } = new GroupedRfm({ boundaries }).fit(columns, groups).score(columns, groups);
  expect(Array.from(recency)).toEqual([3, 2, 1]);
  expect(Array.from(frequency)).toEqual([2, 2, 2]);
});
