import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import { registerVersions, runKernel } from './kernel.js';
import { plusPlusOnWebgpu } from './plus-plus-webgpu.js';

export interface PlusPlusInputs<Draws extends tf.Tensor = tf.Tensor2D> {
  /** `[features, customers]` */
  x: tf.Tensor2D;
  /** `[k, trials]`, in 0 … 1 without the 1: the chances that choose; of the first round only one is used. */
  draws: Draws;
  /** `[customers]`; one of weight 0 is never chosen. */
  weights?: tf.Tensor1D;
}

/**
 * Greedy k-means++: each further centroid is the best of `trials` customers drawn in proportion to their
 * squared distance from the nearest centroid so far (D. Arthur and S. Vassilvitskii, "k-means++: the
 * advantages of careful seeding", SODA 2007, with the local trials of its section 6).
 *
 * @returns int32 `[k]`, the customers chosen; -1 at the end where there are fewer distinct ones.
 */
export function plusPlus(x: tf.Tensor2D, draws: tf.Tensor2D, weights?: tf.Tensor1D): tf.Tensor1D {
  checkShapes({ x: [x, 'dn'], draws: [draws, 'kt'], weights: [weights, 'n'] });
  const [chosen] = runKernel<[tf.Tensor1D]>('PlusPlus', { x, draws, weights });
  return chosen;
}

export function plusPlusCost(features: number, customers: number, k: number, trials: number): Cost {
  return {
    flops: 3 * features * customers * (1 + (k - 1) * trials),
    bytes: bytesOf(k * features * customers, 2 * k * customers),
  };
}

/** Index drawn in proportion to the weights behind the cumulative sums. */
function drawn(cumulative: Float64Array, chance: number): number {
  const wanted = chance * cumulative[cumulative.length - 1];
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Distances that a new centroid shortens. */
interface Gain {
  potential: number;
  length: number;
  indices: Int32Array;
  distances: Float64Array;
}

/**
 * On the host. A candidate at least twice as far from a customer's centroid as the customer itself is cannot
 * be nearer: most distances are skipped.
 */
function choose(
  rows: Float64Array,
  features: number,
  weights: ArrayLike<number>,
  draws: Float32Array,
  k: number,
): number[] {
  const count = weights.length;
  const trials = draws.length / k;
  const chosen: number[] = [];
  const owner = new Int32Array(count);
  const distance = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const cumulative = new Float64Array(count);
  const newGain = (): Gain => ({
    potential: 0,
    length: 0,
    indices: new Int32Array(count),
    distances: new Float64Array(count),
  });
  let [best, current] = [newGain(), newGain()];

  const squaredDistance = (i: number, j: number) => {
    let sum = 0;
    for (let f = 0; f < features; f++) {
      const difference = rows[i * features + f] - rows[j * features + f];
      sum += difference * difference;
    }
    return sum;
  };
  const gainOf = (candidate: number, gain: Gain) => {
    const toCentroids = Float64Array.from(chosen, centroid => squaredDistance(candidate, centroid));
    gain.length = 0;
    gain.potential = 0;
    for (let i = 0; i < count; i++) {
      const limit = distance[i];
      if (chosen.length > 0 && toCentroids[owner[i]] >= 4 * limit) continue;
      const sum = squaredDistance(i, candidate);
      if (sum >= limit) continue;
      gain.indices[gain.length] = i;
      gain.distances[gain.length++] = sum;
      if (chosen.length > 0) gain.potential += weights[i] * (limit - sum);
    }
  };
  const add = (centroid: number, { length, indices, distances }: Gain) => {
    for (let p = 0; p < length; p++) {
      owner[indices[p]] = chosen.length;
      distance[indices[p]] = distances[p];
    }
    chosen.push(centroid);
  };

  while (chosen.length < k) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += chosen.length === 0 ? weights[i] : weights[i] * distance[i];
      cumulative[i] = total;
    }
    if (!(total > 0)) break;
    let winner = -1;
    for (let trial = 0; trial < (chosen.length === 0 ? 1 : trials); trial++) {
      const candidate = drawn(cumulative, draws[chosen.length * trials + trial]);
      gainOf(candidate, current);
      if (winner >= 0 && current.potential <= best.potential) continue;
      winner = candidate;
      [best, current] = [current, best];
    }
    add(winner, best);
  }
  return chosen;
}

function portable({ x, draws, weights }: PlusPlusInputs): tf.Tensor[] {
  const [features, customers] = x.shape;
  const values = x.dataSync<'float32'>();
  const rows = new Float64Array(values.length);
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < customers; i++) rows[i * features + f] = values[f * customers + i];
  }
  const weight = weights?.dataSync<'float32'>() ?? new Float32Array(customers).fill(1);
  const k = draws.shape[0];
  const chosen = choose(rows, features, weight, draws.dataSync<'float32'>(), k);
  return [tf.tensor1d(Int32Array.from({ length: k }, (_, j) => chosen[j] ?? -1))];
}

/** What the addon is given, but for where it writes. */
export function nativeArguments({ x, draws, weights }: PlusPlusInputs<tf.Tensor>, backend: NativeBackend) {
  const [features, customers] = x.shape;
  const [k, trials] = draws.shape.slice(-2);
  const given = [backend.floats(x), weights && backend.floats(weights), backend.floats(draws)] as const;
  return [...given, features, customers, k, trials] as const;
}

function native(inputs: PlusPlusInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const k = inputs.draws.shape[0];
  const chosen = new Int32Array(k);
  backend.addon.plusPlus(...nativeArguments(inputs, backend), chosen);
  return [backend.output(chosen, k)];
}

registerVersions<PlusPlusInputs, object>('PlusPlus', { native, webgpu: plusPlusOnWebgpu, portable });
