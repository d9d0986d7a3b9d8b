import fc from 'fast-check';
import { expect, it } from 'vitest';
import { collapse } from '../../src/value/collapse.js';

it('keeps each distinct row once, counts it, and leads back to every row', () => {
  const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(0, 0.5, 1e-300, -7.25));
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), rows => {
      const { columns, counts, index } = collapse([rows.map(([x]) => x), rows.map(([, y]) => y)]);
      const back = Array.from(index, at => [columns[0]![at], columns[1]![at]]);
      expect(back).toEqual(rows);
      expect(counts).toHaveLength(new Set(rows.map(String)).size);
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(rows.length);
    }),
  );
});
