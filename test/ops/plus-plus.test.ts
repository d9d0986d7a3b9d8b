import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { plusPlus, plusPlusStarts } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';
import { squaredEuclidean } from './oracle.js';

/** Greedy k-means++ as it is written down, with every distance computed. */
function plainPlusPlus(rows: number[][], weights: number[], draws: number[][]): number[] {
  const potentialsWith = (centroids: number[]) =>
    rows.map(
      (row, i) => weights[i] * Math.min(...centroids.map(c => squaredEuclidean(row, rows[c]) as number)),
    );
  const total = (potentials: number[]) => potentials.reduce((sum, p) => sum + p, 0);
  const drawn = (potentials: number[], chance: number) => {
    const wanted = chance * total(potentials);
    let sum = 0;
    return potentials.findIndex(p => {
      sum += p;
      return sum > wanted;
    });
  };
  const chosen = [drawn(weights, draws[0][0])];
  for (const chances of draws.slice(1)) {
    const now = potentialsWith(chosen);
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (const chance of total(now) > 0 ? chances : []) {
      const candidate = drawn(now, chance);
      const potential = total(potentialsWith([...chosen, candidate]));
      if (potential < least) [best, least] = [candidate, potential];
    }
    if (best < 0) break;
    chosen.push(best);
  }
  return draws.map((_, j) => chosen[j] ?? -1);
}

function drawsOf(seed: number, k: number, trials: number): number[][] {
  const random = new Random(seed);
  return Array.from({ length: k }, () => Array.from({ length: trials }, () => random.integer(1024) / 1024));
}

async function choose(rows: number[][], draws: number[][], weights?: number[]): Promise<number[]> {
  const [x, chances] = [tf.transpose(tf.tensor2d(rows)) as tf.Tensor2D, tf.tensor2d(draws)];
  // The portable version reads what it was given at once.
  await x.data();
  const weight = weights && tf.tensor1d(weights);
  const [chosen] = await read(plusPlus(x, chances, weight));
  tf.dispose([x, chances, weight ?? []]);
  return chosen;
}

// Whole numbers, so that no sum rounds and both ways must agree to the last tie.
const points = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 2 }), {
  minLength: 1,
  maxLength: 60,
});

onEveryDevice('PlusPlus', () => {
  it('chooses as the plain algorithm does', async () => {
    const some = fc.asyncProperty(points, fc.integer({ min: 1, max: 8 }), fc.nat(), async (rows, k, seed) => {
      const draws = drawsOf(seed, k, 2 + Math.floor(Math.log(k)));
      const weights = rows.map((_, i) => (i + seed) % 3);
      const ones = rows.map(() => 1);
      expect(await choose(rows, draws)).toEqual(plainPlusPlus(rows, ones, draws));
      if (weights.some(weight => weight > 0)) {
        expect(await choose(rows, draws, weights)).toEqual(plainPlusPlus(rows, weights, draws));
      }
    });
    await fc.assert(some, { numRuns: 30 });
  });

  it.each([
    [3000, 19, 6, 9],
    [70_001, 1, 4, 3],
  ])('takes %i customers of %i features for k = %i and %i trials', async (customers, features, k, trials) => {
    const random = new Random(4);
    const rows = Array.from({ length: customers }, () =>
      Array.from({ length: features }, () => random.integer(9)),
    );
    const draws = drawsOf(5, k, trials);
    expect(await choose(rows, draws)).toEqual(
      plainPlusPlus(
        rows,
        rows.map(() => 1),
        draws,
      ),
    );
  });

  it.each([
    [900, 3, 5, 6],
    [40, 2, 8, 2],
  ])('chooses for several starts as for each: %i customers of %i features, k = %i', async (n, d, k, trials) => {
    const random = new Random(6);
    const x = tf.tensor2d(
      Float32Array.from({ length: d * n }, () => random.integer(9)),
      [d, n],
    );
    const weights = tf.tensor1d(Float32Array.from({ length: n }, () => random.integer(3)));
    const draws = [1, 2, 3].map(seed => drawsOf(seed, k, trials));
    const all = tf.tensor3d(draws);
    for (const weight of [undefined, weights]) {
      const [together] = await read(plusPlusStarts(x, all, weight));
      const alone: number[] = [];
      for (const ofStart of draws) {
        const chances = tf.tensor2d(ofStart);
        alone.push(...(await read(plusPlus(x, chances, weight)))[0]);
        chances.dispose();
      }
      expect(together).toEqual(alone);
    }
    tf.dispose([x, weights, all]);
  });

  it('never chooses a weight of 0, nor the same place twice', async () => {
    const rows = [
      [1, 1],
      [1, 1],
      [2, 2],
      [9, 9],
    ];
    for (let seed = 0; seed < 20; seed++) {
      const chosen = await choose(rows, drawsOf(seed, 4, 3), [1, 1, 1, 0]);
      expect(
        chosen
          .slice(0, 2)
          .map(i => rows[i][0])
          .sort(),
      ).toEqual([1, 2]);
      expect(chosen.slice(2)).toEqual([-1, -1]);
    }
  });
});
