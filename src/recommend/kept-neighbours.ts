import type { Csr } from '../ops/index.js';

/** Neighbours of items of which some are kept from before. */
export interface KeptNeighbours {
  /** `[items, items]`, each row from before or as it is now. */
  similar: Csr;
  /** `[items]`, 1 where the row is as it is now. */
  replaced: Uint8Array;
}

/**
 * Keeps the neighbours of those items from before, of which no similarity is off by more than the tolerance. A neighbour
 * that is missing from a list counts as the last one in it, where the list is full, else as 0: it can be no better.
 *
 * @param now neighbours as they are, `[items, items]`.
 * @param before neighbours that were found earlier, `[items, items]`; rows without entries of items that are new.
 * @param neighbours how many of each item are kept at most.
 * @param tolerance 0: only rows that are the same are kept.
 */
export function keepNeighbours(now: Csr, before: Csr, neighbours: number, tolerance: number): KeptNeighbours {
  const full = Math.min(neighbours, Math.max(0, now.rows - 1));
  const replaced = new Uint8Array(now.rows);
  const similar: Csr = {
    ...now,
    indptr: new Int32Array(now.rows + 1),
    indices: new Int32Array(now.indices.length + before.indices.length),
    values: new Float32Array(now.indices.length + before.indices.length),
  };
  let entries = 0;
  for (let row = 0; row < now.rows; row++) {
    if (isOff(now, before, row, full, tolerance)) replaced[row] = 1;
    const { indptr, indices, values } = replaced[row] === 1 ? now : before;
    similar.indices.set(indices.subarray(indptr[row], indptr[row + 1]), entries);
    similar.values.set(values.subarray(indptr[row], indptr[row + 1]), entries);
    entries += indptr[row + 1] - indptr[row];
    similar.indptr[row + 1] = entries;
  }
  return {
    similar: {
      ...similar,
      indices: similar.indices.slice(0, entries),
      values: similar.values.slice(0, entries),
    },
    replaced,
  };
}

function isOff(now: Csr, before: Csr, row: number, full: number, tolerance: number): boolean {
  const [floorNow, floorBefore] = [floorOf(now, row, full), floorOf(before, row, full)];
  let [p, q] = [now.indptr[row], before.indptr[row]];
  const [endNow, endBefore] = [now.indptr[row + 1], before.indptr[row + 1]];
  while (p < endNow || q < endBefore) {
    const isNow = p < endNow && (q === endBefore || now.indices[p] <= before.indices[q]);
    const isBefore = q < endBefore && (p === endNow || before.indices[q] <= now.indices[p]);
    if (!(isNow && isBefore) && tolerance === 0) return true;
    const off = (isNow ? now.values[p] : floorNow) - (isBefore ? before.values[q] : floorBefore);
    if (Math.abs(off) > tolerance) return true;
    if (isNow) p++;
    if (isBefore) q++;
  }
  return false;
}

/** The similarity that a neighbour which is not in the list has at most. */
function floorOf({ indptr, values }: Csr, row: number, full: number): number {
  const list = values.subarray(indptr[row], indptr[row + 1]);
  return list.length < full
    ? 0
    : list.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
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
