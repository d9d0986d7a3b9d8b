import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Random } from '../../../src/random.js';
import { Catalogue } from '../../../src/recommend/als/catalogue.js';
import { onEveryDevice } from '../../devices.js';
import { randomCsr } from '../matrices.js';

/** Factors whose lengths fall steeply, as those of items by their customers do; some are 0. */
function steep(seed: number, count: number, factors: number, exponent: number) {
  const random = new Random(seed);
  const values = Float32Array.from({ length: count * factors }, (_, i) => {
    const item = (Math.floor(i / factors) * 7919) % count;
    return item % 10 === 9 ? 0 : random.normal() / (1 + item) ** exponent;
  });
  return { count, factors, values };
}

onEveryDevice('Catalogue', () => {
  it('finds the best of all items, whether factors differ in length or not', async () => {
    const before = tf.memory().numTensors;
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.constantFrom(0, 0.3, 1), async (seed, exponent) => {
        const items = steep(seed, 6000, 5, exponent);
        const customers = steep(seed + 1, 20, 5, 0);
        const owned = randomCsr(20, 6000, 300, seed);
        const candidates = Uint8Array.from({ length: 6000 }, (_, item) => (item % 5 === 0 ? 0 : 1));
        const catalogue = new Catalogue(items, candidates);
        const { indices, scores } = await catalogue.best(customers, 10, owned);
        catalogue.dispose();
        const score = (customer: number, item: number) =>
          Array.from(
            { length: 5 },
            (_, f) => customers.values[customer * 5 + f] * items.values[item * 5 + f],
          ).reduce((sum, product) => sum + product, 0);
        for (let customer = 0; customer < 20; customer++) {
          const has = new Set(owned.indices.subarray(owned.indptr[customer], owned.indptr[customer + 1]));
          const wanted = Array.from({ length: 6000 }, (_, item) => item)
            .filter(item => candidates[item] !== 0 && !has.has(item) && score(customer, item) > 0)
            .map(item => score(customer, item))
            .sort((a, b) => b - a);
          for (let rank = 0; rank < Math.min(10, wanted.length); rank++) {
            const [item, found] = [indices[customer * 10 + rank], scores[customer * 10 + rank]];
            const close = 1e-5 * Math.max(1, Math.abs(wanted[rank]));
            expect(Math.abs(found - wanted[rank])).toBeLessThanOrEqual(close);
            expect(Math.abs(found - score(customer, item))).toBeLessThanOrEqual(close);
            expect(candidates[item]).toBe(1);
            expect(has.has(item)).toBe(false);
          }
        }
      }),
      { numRuns: 4 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
