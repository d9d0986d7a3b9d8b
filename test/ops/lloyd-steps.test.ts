import * as tf from '@tensorflow/tfjs-core';
import { expect, it, test } from 'vitest';
import { lloydStep, lloydSteps } from '../../src/ops/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';

interface Work {
  /** `[features, customers]` */
  x: Float32Array;
  features: number;
  k: number;
  weights?: Float32Array;
}

/** Customers around `groups` middles. */
function around(
  seed: number,
  groups: number,
  features: number,
  customers: number,
  spread = 0.5,
): Float32Array {
  const random = new Random(seed);
  const middles = Float32Array.from({ length: groups * features }, () => random.normal());
  const group = Int32Array.from({ length: customers }, () => random.integer(groups));
  return Float32Array.from({ length: features * customers }, (_, p) => {
    const f = Math.floor(p / customers);
    return random.normal(middles[group[p % customers] * features + f], spread);
  });
}

/** Of the rows of `counts [steps, k]`, those before the first of a step that was not made. */
function stepsMade(counts: number[], k: number): number {
  const end = counts.findIndex(count => count < 0);
  return (end < 0 ? counts.length : end) / k;
}

/** Compares the sums of step after step with those of LloydStep from the same centroids. */
async function compare(
  { x, features, k, weights }: Work,
  stepsAtATime: number,
  calls: number,
): Promise<void> {
  const customers = x.length / features;
  const before = tf.memory().numTensors;
  const tensor = tf.tensor2d(x, [features, customers]);
  const weight = weights && tf.tensor1d(weights);
  let centroids = Float32Array.from({ length: k * features }, (_, p) => {
    const customer = (Math.floor(p / features) * 131) % customers;
    return x[(p % features) * customers + customer];
  });
  let state: tf.Tensor1D | undefined;
  for (let call = 0; call < calls; call++) {
    const given = tf.tensor2d(centroids, [k, features]);
    const result = lloydSteps(
      { x: tensor, centroids: given, weights: weight, state },
      { steps: stepsAtATime, tolerance: 0 },
    );
    tf.dispose([given, state ?? []]);
    state = result.state;
    const [sums, residuals, counts] = await read(result.sums, result.residuals, result.counts);
    const made = stepsMade(counts, k);
    expect(made).toBeGreaterThan(0);
    for (let step = 0; step < made; step++) {
      const current = tf.tensor2d(centroids, [k, features]);
      const plain = lloydStep(tensor, current, weight);
      const [wantedSums, wantedResiduals, wantedCounts] = await read(
        plain.sums,
        plain.residuals,
        plain.counts,
      );
      tf.dispose([plain.labels, current]);
      expect(counts.slice(step * k, (step + 1) * k)).toEqual(wantedCounts);
      let worst = 0;
      centroids = centroids.map((old, i) => {
        const place = step * k * features + i;
        const [found, wanted] = [sums[place] + residuals[place], wantedSums[i] + wantedResiduals[i]];
        worst = Math.max(worst, Math.abs(found - wanted) / (1 + Math.abs(wanted)));
        const count = wantedCounts[Math.floor(i / features)];
        return count > 0 ? found / count : old;
      });
      expect(worst).toBeLessThanOrEqual(1e-10);
    }
  }
  tf.dispose([tensor, weight ?? [], state ?? []]);
  expect(tf.memory().numTensors).toBe(before);
}

onEveryDevice('LloydSteps', device => {
  const works: Record<string, Work> = {
    'no groups': { x: around(1, 1, 20, 3000, 1), features: 20, k: 40 },
    'clear groups': { x: around(2, 30, 20, 3000, 0.1), features: 20, k: 30 },
    'groups that overlap': { x: around(3, 40, 33, 2000, 0.7), features: 33, k: 64 },
    'many customers of few kinds': {
      x: around(4, 40, 20, 2000).map(value => Math.round(value)),
      features: 20,
      k: 50,
    },
    'far from the origin': { x: around(5, 30, 20, 1500).map(value => value + 1e4), features: 20, k: 30 },
    'a few customers very far away': {
      x: around(6, 30, 20, 1500).map((value, p) => (p % 500 === 7 ? 1e5 * value : value)),
      features: 20,
      k: 30,
    },
    'few features and segments': { x: around(7, 4, 3, 700), features: 3, k: 4 },
    'more segments than a byte can number': { x: around(13, 30, 4, 2500), features: 4, k: 300 },
    'the same of one feature': { x: around(14, 30, 1, 2500), features: 1, k: 300 },
    'one segment': { x: around(8, 3, 600, 100), features: 600, k: 1 },
    'a segment for each': { x: around(9, 1, 20, 60, 1), features: 20, k: 60 },
    weighted: {
      x: around(10, 30, 20, 2000),
      features: 20,
      k: 30,
      weights: Float32Array.from({ length: 2000 }, (_, i) => (i % 4) / 3),
    },
  };

  test.each(Object.keys(works))('are LloydStep after LloydStep: %s', async name => {
    await compare(works[name], 1, 12);
    await compare(works[name], 5, 3);
  });

  it('gives a state that lasts when the one it was given is disposed of, and leaves nothing behind', () => {
    const before = [tf.memory().numTensors, tf.engine().backend.numDataIds()];
    const x = tf.tensor2d(around(12, 3, 2, 300), [2, 300]);
    const centroids = tf.tensor2d([-1, -1, 0, 1, 1, 0], [3, 2]);
    let state: tf.Tensor1D | undefined;
    for (let call = 0; call < 3; call++) {
      const result = lloydSteps({ x, centroids, state }, { steps: 1, tolerance: 0 });
      state?.dispose();
      tf.dispose([result.sums, result.residuals, result.counts]);
      state = result.state;
      expect(state.isDisposed).toBe(false);
    }
    tf.dispose([x, centroids, state!]);
    expect([tf.memory().numTensors, tf.engine().backend.numDataIds()]).toEqual(before);
  });

  it('stops one step after the centroids came to rest', async () => {
    const x = tf.tensor2d(around(11, 3, 2, 300, 0.1), [2, 300]);
    const centroids = tf.slice2d(tf.transpose(x) as tf.Tensor2D, [0, 0], [3, 2]);
    const result = lloydSteps({ x, centroids }, { steps: 60, tolerance: 0 });
    const { sums, residuals, counts, state } = result;
    const steps = [];
    for (let at: tf.Tensor2D = centroids; ; ) {
      const plain = lloydStep(x, at);
      const [plainSums, plainResiduals, plainCounts] = await read(plain.sums, plain.residuals, plain.counts);
      const before = await at.data();
      const means = plainSums.map((sum, i) =>
        Math.fround((sum + plainResiduals[i]) / plainCounts[Math.floor(i / 2)]),
      );
      tf.dispose([plain.labels, at]);
      steps.push(plainSums);
      if (means.every((mean, i) => mean === before[i])) break;
      at = tf.tensor2d(means, [3, 2]);
    }
    const [found, , made] = await read(sums, residuals, counts);
    const severalAtATime = ['native', 'webgpu'].includes(device().name);
    const expected = severalAtATime ? steps : steps.slice(0, 1);
    expect(steps.length).toBeGreaterThan(2);
    expect(stepsMade(made, 3)).toBe(expected.length);
    expect(found.slice(0, 6 * expected.length)).toEqual(expected.flat());
    tf.dispose([x, state]);
  });
});
