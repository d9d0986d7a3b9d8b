import * as tf from '@tensorflow/tfjs-core';
import {
  type Csr,
  likersOf,
  strongestNeighbour,
  strongestNeighbourCost,
  strongestOwned,
  strongestOwnedCost,
} from '../../ops/index.js';
import { type BenchmarkCase, size } from '../case.js';
import { factors, interactions, sampleOf } from '../data.js';
import { csrOf, tensorsOf } from './csr.js';

/** Items recommended to each customer. */
const count = 10;

/** Some of the items, each once. */
function recommendedOf(customers: number, items: number): Int32Array {
  return Int32Array.from({ length: customers * count }, (_, place) => (place * 7919) % items);
}

/** Each reason must be as strong as the strongest of what the customer has. */
function checkStrongest(
  found: ArrayLike<number>,
  owned: Csr,
  strengthOf: (entry: number, item: number) => number,
  recommended: Int32Array,
): string | undefined {
  for (const place of sampleOf(recommended.length, 40)) {
    const customer = Math.floor(place / count);
    let [most, chosen] = [0, 0];
    for (let p = owned.indptr[customer]; p < owned.indptr[customer + 1]; p++) {
      const strength = strengthOf(p, recommended[place]);
      most = Math.max(most, strength);
      if (owned.indices[p] === found[place]) chosen = strength;
    }
    if (!(chosen >= most - 1e-5 * Math.abs(most)))
      return `item ${found[place]} speaks for recommendation ${place} with ${chosen}, another with ${most}`;
  }
  return undefined;
}

export function strongestOwnedCase(
  users: number,
  items: number,
  entries: number,
  factorCount: number,
): BenchmarkCase {
  return {
    kernel: 'StrongestOwned',
    shape: `${size(users)} × ${size(items)}, ${size(entries)} entries, ${factorCount} factors`,
    rows: users,
    memory: 8 * (2 * entries + items * factorCount + 2 * users * count),
    prepare() {
      const owned = interactions(1, users, items, entries);
      const y = factors(2, items, factorCount);
      const recommended = recommendedOf(users, items);
      const product = (a: number, b: number) => {
        let sum = 0;
        for (let f = 0; f < factorCount; f++) sum += y[a * factorCount + f] * y[b * factorCount + f];
        return sum;
      };
      const cosine = (a: number, b: number) => product(a, b) / Math.sqrt(product(a, a) * product(b, b));
      return {
        cost: strongestOwnedCost(owned.indices.length, items, factorCount, users, count),
        upload: () => [
          ...tensorsOf(owned),
          tf.tensor2d(y, [items, factorCount]),
          tf.tensor2d(recommended, [users, count], 'int32'),
        ],
        run: inputs => [
          strongestOwned(csrOf(inputs, users, items), inputs[3] as tf.Tensor2D, inputs[4] as tf.Tensor2D),
        ],
        check: ([found]) =>
          checkStrongest(
            found,
            owned,
            (entry, item) => owned.values[entry] * cosine(owned.indices[entry], item),
            recommended,
          ),
      };
    },
  };
}

/** Neighbours of each item. */
const neighbours = 100;

export function strongestNeighbourCase(users: number, items: number, entries: number): BenchmarkCase {
  const each = Math.min(neighbours, items);
  return {
    kernel: 'StrongestNeighbour',
    shape: `${size(users)} × ${size(items)}, ${size(entries)} entries, ${each} neighbours`,
    rows: users,
    memory: 8 * (2 * entries + 4 * items * each + 2 * users * count),
    prepare() {
      const owned = interactions(1, users, items, entries);
      const similar = interactions(2, items, items, items * each);
      similar.values.set(factors(3, 1, similar.values.length).map(Math.abs));
      const likers = likersOf(similar);
      const recommended = recommendedOf(users, items);
      const similarity = (a: number, b: number) => {
        const row = similar.indices.subarray(similar.indptr[a], similar.indptr[a + 1]);
        const at = row.indexOf(b);
        return at < 0 ? 0 : similar.values[similar.indptr[a] + at];
      };
      return {
        cost: strongestNeighbourCost(owned, similar, count),
        upload: () => [
          ...[owned, similar, likers].flatMap(tensorsOf),
          tf.tensor2d(recommended, [users, count], 'int32'),
        ],
        run: inputs => [
          strongestNeighbour(
            csrOf(inputs, users, items),
            csrOf(inputs.slice(3), items, items),
            csrOf(inputs.slice(6), items, items),
            inputs[9] as tf.Tensor2D,
          ),
        ],
        check: ([found]) =>
          checkStrongest(
            found,
            owned,
            (entry, item) => owned.values[entry] * similarity(owned.indices[entry], item),
            recommended,
          ),
      };
    },
  };
}
