import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { lloydStepCost } from '#kindred/ops/index.js';
import { alternate, clock } from './alternate.js';
import { expectClose } from './check.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { customersAround, someCustomers } from './data.js';
import { inertiaOf, iterations, secondsOfIteration } from './lloyd.js';
import { loadMlKMeans, pointsOf } from './ml-kmeans.js';
import { peerRow } from './peer-rows.js';

interface Shape {
  customers: number;
  features: number;
  k: number;
  /** Iterations that one run times. */
  timed: number;
  /** Times that a run does them, so that short ones can be told from noise. */
  repeats: number;
  /** Times as fast as scikit-learn and as everybody else that we want to be. */
  wanted: [number, number];
}

const full: Shape[] = [
  { customers: 5_000, features: 8, k: 8, timed: 4, repeats: 25, wanted: [1, 1] },
  { customers: 1_000_000, features: 8, k: 8, timed: 10, repeats: 1, wanted: [6, 1.5] },
  { customers: 1_000_000, features: 32, k: 64, timed: 5, repeats: 1, wanted: [6, 1.5] },
  { customers: 200_000, features: 64, k: 256, timed: 5, repeats: 1, wanted: [4, 1.5] },
];
const quick: Shape[] = [
  { customers: 5_000, features: 8, k: 8, timed: 4, repeats: 25, wanted: [1, 1] },
  { customers: 100_000, features: 8, k: 8, timed: 5, repeats: 1, wanted: [6, 1.5] },
  { customers: 50_000, features: 32, k: 64, timed: 3, repeats: 1, wanted: [6, 1.5] },
];

const peers = ['scikit-learn', 'scikit-learn-intelex', 'faiss-cpu'];

async function* compare(bench: Bench, shape: Shape): AsyncGenerator<Row> {
  const { customers, features, k, timed, repeats, wanted } = shape;
  const x = customersAround(1, k, features, customers);
  const first = someCustomers(2, k, x, features);
  const onDevice = tf.tensor2d(x, [features, customers]);
  const inertia = await inertiaOf(onDevice, await iterations(onDevice, first, 1 + timed));
  const ours = () => secondsOfIteration(onDevice, first, { timed, repeats });
  const row = {
    work: `${size(customers)} × ${features}, k = ${k}`,
    least: {
      scores: customers * k,
      depth: features,
      extra: 2,
      bytes: lloydStepCost(features, customers, k).bytes,
    },
  };
  await bench.python?.load(
    'lloyd_iteration',
    { x: { values: x, shape: [features, customers] }, centroids: { values: first, shape: [k, features] } },
    { iterations: timed, repeats },
  );
  for (const [place, peer] of peers.entries()) {
    yield await peerRow(bench, {
      ...row,
      peer,
      wanted: wanted[Math.min(place, 1)],
      ours,
      async check({ arrays }) {
        const theirs = await inertiaOf(onDevice, arrays.centroids as Float32Array);
        expectClose('inertia', inertia, theirs, 1e-4);
        return undefined;
      },
    });
  }
  yield await compareMlKMeans(bench, shape, { ...row, wanted: wanted[1] }, x, first, ours);
  onDevice.dispose();
}

/** Products from which on ml-kmeans takes ten seconds for one iteration: then three rounds must do. */
const slowWork = 1e9;

/** The only peer of this process. One iteration a run. */
async function compareMlKMeans(
  { rounds }: Bench,
  { customers, features, k }: Shape,
  rest: Omit<Row, 'peer'>,
  x: Float32Array,
  first: Float32Array,
  ours: () => Promise<number>,
): Promise<Row> {
  const row = { ...rest, peer: 'ml-kmeans' };
  const found = await loadMlKMeans();
  if (typeof found === 'string') return { ...row, note: found };
  const points = pointsOf(x, features);
  const initialization = rowsOf(first, k, features);
  const theirs = () =>
    clock(async () => found.kmeans(points, k, { initialization, maxIterations: 1, tolerance: 0 }));
  const slow = customers * features * k > slowWork;
  return { ...row, ratio: await alternate(ours, theirs, slow ? Math.min(3, rounds) : rounds) };
}

function rowsOf(centroids: Float32Array, k: number, features: number): number[][] {
  return Array.from({ length: k }, (_, c) => [...centroids.subarray(c * features, (c + 1) * features)]);
}

/** One iteration of Lloyd's algorithm: assignment and new centroids. */
export const lloydIteration: Comparison = {
  name: 'lloyd-iteration',
  async *run(bench) {
    for (const shape of bench.quick ? quick : full) yield* compare(bench, shape);
  },
};
