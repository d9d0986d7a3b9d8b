import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../random.js';
import { spreadOut } from './initialise.js';
import type { Part, Visit } from './visit.js';
import { nearestOf } from './visited-passes.js';

export interface Oversampling {
  /** Candidates that a round chooses, on average, for each segment. */
  oversampling: number;
  rounds: number;
}

/** A customer of a part, as a row. */
function rowOf({ values, customers }: Part, i: number, features: number): number[] {
  return Array.from({ length: features }, (_, f) => values[f * customers + i]);
}

/**
 * k-means‖: each round chooses customers independently of each other, as likely as they are far from the candidates so
 * far; k-means++ then finds `k` of these candidates, each weighing as much as the customers nearest to it (B. Bahmani et
 * al., "Scalable k-means++", PVLDB 5, 2012). It takes two visits to all customers and two more a round, however many segments there are.
 *
 * @param weight sum of the weights of all customers.
 * @returns `[found, features]`; fewer than `k` where there are not as many distinct candidates.
 */
export async function oversampled(
  visit: Visit,
  { k, features, weight }: { k: number; features: number; weight: number },
  { oversampling, rounds }: Oversampling,
  random: Random,
): Promise<Float32Array> {
  let wanted = random.uniform() * weight;
  let candidates: number[] = [];
  await visit(async part => {
    for (let i = 0; i < part.customers && wanted >= 0; i++) {
      const own = part.weights ? part.weights.host[i] : 1;
      wanted -= own;
      // Rounding may leave a little for nobody: then it is the last one who weighs something.
      if (own > 0) candidates = rowOf(part, i, features);
    }
  });

  for (let round = 0; round < rounds; round++) {
    const known = Float32Array.from(candidates);
    let potential = 0;
    const distancesOf = async (part: Part) => {
      const { distances } = await nearestOf(part, known);
      if (part.weights) for (let i = 0; i < distances.length; i++) distances[i] *= part.weights.host[i];
      return distances;
    };
    await visit(async part => {
      const distances = await distancesOf(part);
      for (let i = 0; i < distances.length; i++) potential += distances[i];
    });
    if (!(potential > 0)) break;
    const factor = (oversampling * k) / potential;
    await visit(async part => {
      const distances = await distancesOf(part);
      for (let i = 0; i < distances.length; i++) {
        if (random.uniform() < factor * distances[i]) candidates.push(...rowOf(part, i, features));
      }
    });
  }

  const rows = Float32Array.from(candidates);
  const count = rows.length / features;
  const weights = new Float64Array(count);
  await visit(async part => {
    const { labels } = await nearestOf(part, rows);
    for (let i = 0; i < labels.length; i++) weights[labels[i]] += part.weights ? part.weights.host[i] : 1;
  });
  const x = tf.tidy(() => tf.transpose(tf.tensor2d(rows, [count, features])) as tf.Tensor2D);
  const device = tf.tensor1d(Float32Array.from(weights));
  const chosen = await spreadOut({ x, weights: device }, k, random);
  tf.dispose([x, device]);
  return Float32Array.from(chosen.flatMap(i => [...rows.subarray(i * features, (i + 1) * features)]));
}
