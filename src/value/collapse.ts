/** Distinct rows of a table of numbers. */
export interface Collapsed {
  /** Column by column, one value for each distinct row. */
  columns: Float64Array[];
  /** How often each distinct row occurs. */
  counts: Float64Array;
  /** For each original row its distinct row. */
  index: Int32Array;
}

/** Finds identical rows in one pass, by hashing their bits; distinct rows keep the order of their first occurrence. */
export function collapse(columns: ArrayLike<number>[]): Collapsed {
  const n = columns[0]!.length;
  const table = columns.map(column => Float64Array.from(column));
  const bits = table.map(column => new Int32Array(column.buffer));
  const size = 2 ** Math.ceil(Math.log2(2 * n + 2));
  /** Distinct row in each slot, from 1; 0 for an empty one. */
  const slots = new Int32Array(size);
  const first = new Int32Array(n);
  const counts = new Float64Array(n);
  const index = new Int32Array(n);
  let distinct = 0;
  for (let i = 0; i < n; i++) {
    let hash = 0;
    for (const words of bits) {
      hash = Math.imul(hash ^ words[2 * i]!, 0x85ebca6b);
      hash = Math.imul((hash ^ (hash >>> 15)) + words[2 * i + 1]!, 0xc2b2ae35);
    }
    let slot = (hash ^ (hash >>> 16)) & (size - 1);
    for (;;) {
      const found = slots[slot]!;
      if (found === 0) {
        slots[slot] = distinct + 1;
        first[distinct] = i;
        counts[distinct] = 1;
        index[i] = distinct++;
        break;
      }
      const row = first[found - 1]!;
      if (table.every(column => column[row] === column[i])) {
        counts[found - 1]!++;
        index[i] = found - 1;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return {
    columns: table.map(column => {
      const values = new Float64Array(distinct);
      for (let g = 0; g < distinct; g++) values[g] = column[first[g]!]!;
      return values;
    }),
    counts: counts.slice(0, distinct),
    index,
  };
}

/** Every `step`-th distinct row: a smaller table to find starting values on. */
export function thinned({ columns, counts }: Collapsed, step: number): Collapsed {
  const some = (values: Float64Array) => values.filter((_, i) => i % step === 0);
  return { columns: columns.map(some), counts: some(counts), index: new Int32Array(0) };
}
