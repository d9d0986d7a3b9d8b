import type { Csr } from '../ops/index.js';

/** How far the neighbours of items have moved. */
export interface MovedNeighbours {
  /** `[items]`, sum of the differences of all similarities of the item to others. */
  differences: Float64Array;
  /** `[items]`, sum of its similarities to others as they were. */
  sums: Float64Array;
}

/** Stands for a difference that is there, though no sum shows it: other neighbours that are just as similar. */
export const leastMovement = 1e-12;

/**
 * Compares the neighbours of items with earlier ones. A neighbour that is missing from a list counts as the last one in it,
 * where the list is full, else as 0: it can be no better.
 *
 * @param now neighbours as they are, `[items, items]`.
 * @param before neighbours that were found earlier, `[items, items]`; rows without entries of items that are new.
 * @param neighbours how many of each item are kept at most.
 */
export function movedNeighbours(now: Csr, before: Csr, neighbours: number): MovedNeighbours {
  const full = Math.min(neighbours, Math.max(0, now.rows - 1));
  const [differences, sums] = [new Float64Array(now.rows), new Float64Array(now.rows)];
  for (let row = 0; row < now.rows; row++) {
    const [floorNow, floorBefore] = [floorOf(now, row, full), floorOf(before, row, full)];
    let [p, q] = [now.indptr[row], before.indptr[row]];
    const [endNow, endBefore] = [now.indptr[row + 1], before.indptr[row + 1]];
    let isSame = true;
    while (p < endNow || q < endBefore) {
      const isNow = p < endNow && (q === endBefore || now.indices[p] <= before.indices[q]);
      const isBefore = q < endBefore && (p === endNow || before.indices[q] <= now.indices[p]);
      const off = (isNow ? now.values[p] : floorNow) - (isBefore ? before.values[q] : floorBefore);
      if (off !== 0 || isNow !== isBefore) isSame = false;
      differences[row] += Math.abs(off);
      if (isBefore) sums[row] += Math.abs(before.values[q++]);
      if (isNow) p++;
    }
    if (!isSame) differences[row] = Math.max(differences[row], leastMovement);
  }
  return { differences, sums };
}

/** The similarity that a neighbour which is not in the list has at most. */
function floorOf({ indptr, values }: Csr, row: number, full: number): number {
  const list = values.subarray(indptr[row], indptr[row + 1]);
  return list.length < full
    ? 0
    : list.reduce((lowest, value) => Math.min(lowest, value), Number.POSITIVE_INFINITY);
}

/**
 * Neighbours by the numbers that items have in another catalogue; items that it has not are left out.
 *
 * @param numbers of the items by their numbers before, -1 for those that are gone.
 */
export function renumbered(similar: Csr, numbers: Int32Array, items: number): Csr {
  if (items === similar.rows && numbers.every((number, before) => number === before)) return similar;
  const beforeOf = new Int32Array(items).fill(-1);
  numbers.forEach((number, before) => {
    if (number >= 0) beforeOf[number] = before;
  });
  const indptr = new Int32Array(items + 1);
  const indices = new Int32Array(similar.indices.length);
  const values = new Float32Array(similar.values.length);
  let entries = 0;
  for (let row = 0; row < items; row++) {
    const before = beforeOf[row];
    if (before >= 0) {
      const places: number[] = [];
      for (let p = similar.indptr[before]; p < similar.indptr[before + 1]; p++) {
        if (numbers[similar.indices[p]] >= 0) places.push(p);
      }
      places.sort((p, q) => numbers[similar.indices[p]] - numbers[similar.indices[q]]);
      for (const p of places) {
        indices[entries] = numbers[similar.indices[p]];
        values[entries++] = similar.values[p];
      }
    }
    indptr[row + 1] = entries;
  }
  return {
    rows: items,
    columns: items,
    indptr,
    indices: indices.slice(0, entries),
    values: values.slice(0, entries),
  };
}
