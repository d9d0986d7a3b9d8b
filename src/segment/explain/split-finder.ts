/** Rows of a node of a tree, for each feature in the order of its values. */
export type SortedRows = readonly Int32Array[];

/** The threshold of one feature that parts the classes best. */
export interface FeatureSplit {
  feature: number;
  /** Gini impurity that it takes away, times the rows. */
  gain: number;
  /** The values next to the threshold; it lies from `below` on to less than `above`. */
  below: number;
  above: number;
}

/** Rows sorted by each column; NaN, a missing value, comes last. */
export function sortedRows(columns: readonly Float64Array[]): Int32Array[] {
  return columns.map(column =>
    Int32Array.from(column.keys()).sort((a, b) => {
      const [one, other] = [column[a], column[b]];
      if (Number.isNaN(one) || Number.isNaN(other))
        return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
      return one - other;
    }),
  );
}

/** The rows for which something holds, in the same order. */
export function filterRows(sorted: SortedRows, keep: (row: number) => boolean): Int32Array[] {
  return sorted.map(rows => rows.filter(keep));
}

/**
 * The best threshold of each feature, the one that takes most impurity away first; features that part nothing are left
 * out.
 *
 * @param leastRows rows on either side at least.
 */
export function bestSplits(
  sorted: SortedRows,
  columns: readonly Float64Array[],
  labels: Int32Array,
  k: number,
  leastRows: number,
): FeatureSplit[] {
  const total = new Float64Array(k);
  for (const row of sorted[0]) total[labels[row]]++;
  const rows = sorted[0].length;
  const whole = squares(total) / rows;
  return sorted
    .map((order, feature) => {
      const column = columns[feature];
      const lower = new Float64Array(k);
      const upper = total.slice();
      let [lowerSquares, upperSquares] = [0, squares(total)];
      const best: FeatureSplit = { feature, gain: 0, below: Number.NaN, above: Number.NaN };
      for (let i = 0; i + 1 < rows; i++) {
        const label = labels[order[i]];
        lowerSquares += 2 * lower[label]++ + 1;
        upperSquares -= 2 * upper[label]-- - 1;
        const [value, next] = [column[order[i]], column[order[i + 1]]];
        if (i + 1 < leastRows) continue;
        if (rows - i - 1 < leastRows || Number.isNaN(next)) break;
        if (value === next) continue;
        // Gini of the whole less that of the parts, times the rows: the sums of squares over the sizes.
        const gain = lowerSquares / (i + 1) + upperSquares / (rows - i - 1) - whole;
        // More than rounding: of equally good thresholds the least.
        if (gain <= best.gain + 1e-9) continue;
        best.gain = gain;
        best.below = value;
        best.above = next;
      }
      return best;
    })
    .filter(({ gain }) => gain > 0)
    .sort((a, b) => b.gain - a.gain || a.feature - b.feature);
}

function squares(counts: Float64Array): number {
  return counts.reduce((sum, count) => sum + count * count, 0);
}
