import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Collapser } from '../../src/value/collapse.js';

it('keeps each distinct row once, counts it, and leads back to every row', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 0.5, 1e-300, -7.25));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), rows => {
      const index = new Int32Array(rows.length);
      const table = (part: typeof rows) => [part.map(([x]) => x), part.map(([, y]) => y)];
      const half = rows.length >> 1;
      const collapser = new Collapser(2)
        .add(table(rows.slice(0, half)), index.subarray(0, half))
        .add(table(rows.slice(half)), index.subarray(half));
      const { columns, counts, first } = collapser.finish();
      expect(Array.from(first, (_, i) => index.indexOf(i))).toEqual([...first]);
      const back = Array.from(index, at => [columns[0]![at], columns[1]![at]]);
      expect(back).toEqual(rows);
      expect(counts).toHaveLength(new Set(rows.map(String)).size);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
    }),
  );
});

it('grows with the distinct rows', () => {
  const values = Float64Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 5000);
  const { columns, counts, first } = new Collapser(1).add([values]).finish();
  expect(columns[0]).toEqual(values.slice(0, 5000));
  expect(first[4999]).toBe(4999);
  expect(counts.every(count => count === 2)).toBe(true);
});
