import * as tf from '@tensorflow/tfjs-core';
import { plusPlus, plusPlusStarts } from '../ops/index.js';
import type { Random } from '../random.js';

/** Customers from which first centroids are chosen. */
export interface Seeds {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[customers]`; one of weight 0 is never chosen. */
  weights?: tf.Tensor1D;
}

/** Chooses `k` customers as first centroids; fewer where there are not as many distinct ones. */
export type Initialise = (seeds: Seeds, k: number, random: Random) => Promise<number[]>;

/** Customers that k-means++ tries for each centroid: twice as many as scikit-learn does. */
function trialsOf(k: number): number {
  return 2 * (2 + Math.floor(Math.log(k)));
}

/** `[k, trials]`. Of the first round one chance is used. Rounding to float32 must not make a 1 of any. */
function chances(k: number, random: Random): Float32Array {
  const trials = trialsOf(k);
  return Float32Array.from({ length: k * trials }, (_, i) =>
    i > 0 && i < trials ? 0 : Math.floor(random.uniform() * 2 ** 24) / 2 ** 24,
  );
}

/**
 * The customers that greedy k-means++ chooses, each the best of 2 (2 + ln k): twice as many as scikit-learn
 * tries, which on a sample costs little and ends in segments closer together than it finds with all customers.
 */
export const spreadOut: Initialise = async ({ x, weights }, k, random) => {
  const found = tf.tidy(() => plusPlus(x, tf.tensor2d(chances(k, random), [k, trialsOf(k)]), weights));
  const chosen = await found.data<'int32'>();
  found.dispose();
  return [...chosen].filter(customer => customer >= 0);
};

/** `spreadOut` for each of these, in one call. */
export async function spreadOutStarts(
  { x, weights }: Seeds,
  k: number,
  randoms: Random[],
): Promise<number[][]> {
  const ofStart = k * trialsOf(k);
  const draws = new Float32Array(randoms.length * ofStart);
  for (const [start, random] of randoms.entries()) draws.set(chances(k, random), start * ofStart);
  const found = tf.tidy(() =>
    plusPlusStarts(x, tf.tensor3d(draws, [randoms.length, k, trialsOf(k)]), weights),
  );
  const chosen = await found.data<'int32'>();
  found.dispose();
  return randoms.map((_, start) =>
    [...chosen.subarray(start * k, (start + 1) * k)].filter(customer => customer >= 0),
  );
}

/** Index drawn in proportion to the weights behind the cumulative sums. */
function draw(cumulative: Float64Array, random: Random): number {
  const wanted = random.uniform() * cumulative[cumulative.length - 1];
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rounds of drawing, before heavily repeated customers are given up on. */
const rounds = 8;

/** Different customers one by one, each as likely as its weight. */
export const randomly: Initialise = async ({ x, weights }, k, random) => {
  const [features, count] = x.shape;
  const values = await x.data<'float32'>();
  const left = Float64Array.from((await weights?.data<'float32'>()) ?? new Float32Array(count).fill(1));
  const differ = (i: number, j: number) => {
    for (let p = 0; p < features * count; p += count) if (values[p + i] !== values[p + j]) return true;
    return false;
  };
  const chosen: number[] = [];
  const cumulative = new Float64Array(count);
  for (let round = 0; round < rounds && chosen.length < k; round++) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += left[i];
      cumulative[i] = total;
    }
    if (!(total > 0)) break;
    // A round of draws from one set of sums; one that falls on somebody taken since is void.
    for (let tries = 0; tries < k && chosen.length < k; tries++) {
      const drawn = draw(cumulative, random);
      if (left[drawn] === 0) continue;
      left[drawn] = 0;
      if (chosen.every(other => differ(drawn, other))) chosen.push(drawn);
    }
  }
  return chosen;
};
