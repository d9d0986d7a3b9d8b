import { UsageError } from '../errors.js';

const pairs = (count: number) => (count * (count - 1)) / 2;

function counts<Key>(keys: Iterable<Key>): Map<Key, number> {
  const found = new Map<Key, number>();
  for (const key of keys) found.set(key, (found.get(key) ?? 0) + 1);
  return found;
}

function pairsWithin<Key>(keys: Iterable<Key>): number {
  let sum = 0;
  for (const count of counts(keys).values()) sum += pairs(count);
  return sum;
}

/**
 * How far two groupings of the same customers agree, whatever the groups are called: 1 the same, near 0 no
 * better than chance. (L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.)
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const customers = a.length;
  if (customers !== b.length) {
    throw new UsageError({ expected: `${customers} labels in both groupings`, found: `${b.length}` });
  }
  const place = new Map<number, number>();
  for (const label of Array.from(b)) if (!place.has(label)) place.set(label, place.size);
  const both = Array.from(a, (label, i) => label * place.size + place.get(b[i])!);
  const [together, inA, inB] = [pairsWithin(both), pairsWithin(Array.from(a)), pairsWithin(Array.from(b))];
  const all = pairs(customers);
  const chance = all > 0 ? (inA / all) * inB : 0;
  const most = (inA + inB) / 2;
  return most === chance ? 1 : (together - chance) / (most - chance);
}
