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
