import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { timingOf } from '#kindred/benchmark/measure.js';
import { KMeans } from '#kindred/segment/index.js';
import { alternate, clock } from './alternate.js';
import { expectClose } from './check.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { customersAround, someCustomers } from './data.js';
import { inertiaOf } from './lloyd.js';
import { loadMlKMeans, pointsOf } from './ml-kmeans.js';
import { onlineRetail } from './online-retail.js';
import { peerRow } from './peer-rows.js';

interface Work {
  name: string;
  /** `[features, customers]` */
  x: Float32Array;
  features: number;
  k: number;
  /** Of which each side keeps the best. */
  starts: number;
  /** Whether ml-kmeans is done within minutes. */
  slowPeers: boolean;
}

const peers: [name: string, wanted: number][] = [
  ['scikit-learn', 6],
  ['scikit-learn-intelex', 1.5],
  ['faiss-cpu', 1.5],
];

function median(values: number[]): number {
  return timingOf(values).median;
}

/** Chance decides where a fit ends, so it is the medians over the seeds that must be alike. */
function inertiaNote(ours: number[], theirs: number[]): string {
  const relative = median(ours) / median(theirs) - 1;
  const percent = `${relative > 0 ? '+' : relative < 0 ? '−' : ''}${Math.abs(100 * relative).toFixed(2)} %`;
  return relative <= 1e-3 ? `our inertia ${percent}` : `**our inertia ${percent}**`;
}

async function* compare(bench: Bench, work: Work): AsyncGenerator<Row> {
  const { name, x, features, k, starts, slowPeers } = work;
  const customers = x.length / features;
  // What takes milliseconds takes more of them in the first rounds, before V8 has compiled all of it.
  const rounds = customers * features < 100_000 ? 5 * bench.rounds : bench.rounds;
  const onDevice = tf.tensor2d(x, [features, customers]);
  const settings = { k, starts, exchange: false };

  const iterations: number[] = [];
  const inertias: number[] = [];
  const ours = async (seed: number) => {
    const model = new KMeans({ ...settings, seed });
    const seconds = await clock(() => model.fit(onDevice));
    iterations.push(model.iterations);
    inertias.push(model.inertia);
    return seconds;
  };

  const first = someCustomers(4, k, x, features);
  const fromFirst = async () => {
    const init = tf.tensor2d(first, [k, features]);
    const { inertia } = await new KMeans({ ...settings, init }).fit(onDevice);
    init.dispose();
    return inertia;
  };

  const row = { work: `${name}: ${size(customers)} × ${features}, k = ${k}` };
  await bench.python?.load(
    'kmeans_fit',
    {
      x: { values: x, shape: [features, customers] },
      first: { values: first, shape: [k, features] },
    },
    { k, starts },
  );
  for (const [peer, wanted] of peers) {
    const theirs: number[] = [];
    const theirIterations: number[] = [];
    inertias.length = 0;
    iterations.length = 0;
    yield await peerRow(
      { ...bench, rounds },
      {
        ...row,
        peer,
        wanted,
        ours,
        tell: seed => ({ seed }),
        tellForCheck: { seed: 0, given: 1 },
        async check({ arrays }) {
          if (peer === 'faiss-cpu') return undefined;
          const theirs = await inertiaOf(onDevice, arrays.centroids as Float32Array);
          expectClose('inertia from the same beginning', await fromFirst(), theirs, 1e-3);
          return undefined;
        },
        async seen({ numbers, arrays }) {
          theirIterations.push(numbers.iterations);
          theirs.push(await inertiaOf(onDevice, arrays.centroids as Float32Array));
        },
        note: () =>
          `${inertiaNote(inertias, theirs)}; ${median(iterations)} iterations, theirs ${median(theirIterations)}`,
      },
    );
  }
  if (slowPeers)
    yield await compareMlKMeans(
      work,
      { ...row, peer: 'ml-kmeans', wanted: 1.5 },
      onDevice,
      ours,
      rounds,
      inertias,
    );
  onDevice.dispose();
}

async function compareMlKMeans(
  { x, features, k, starts }: Work,
  row: Row,
  onDevice: tf.Tensor2D,
  ours: (seed: number) => Promise<number>,
  rounds: number,
  inertias: number[],
): Promise<Row> {
  const found = await loadMlKMeans();
  if (typeof found === 'string') return { ...row, note: found };
  const points = pointsOf(x, features);
  const theirs: number[] = [];
  inertias.length = 0;
  const fit = async (seed: number) => {
    let best = Number.POSITIVE_INFINITY;
    let seconds = 0;
    for (let start = 0; start < starts; start++) {
      const options = {
        initialization: 'kmeans++',
        maxIterations: 300,
        tolerance: 1e-4,
        seed: seed * starts + start,
      } as const;
      let centroids: number[][] = [];
      seconds += await clock(async () => {
        centroids = found.kmeans(points, k, options).centroids;
      });
      best = Math.min(best, await inertiaOf(onDevice, Float32Array.from(centroids.flat())));
    }
    theirs.push(best);
    return seconds;
  };
  const ratio = await alternate(ours, fit, rounds);
  return { ...row, ratio, note: inertiaNote(inertias, theirs) };
}

/** A whole fit, k-means++ included, until it rests; seeds differ from round to round. */
export const kmeansFit: Comparison = {
  name: 'kmeans-fit',
  async *run(bench) {
    const retail = await onlineRetail();
    const common = { starts: 1 };
    if (retail) {
      yield* compare(bench, {
        ...common,
        name: 'Online Retail RFM',
        x: retail,
        features: 3,
        k: 5,
        starts: 10,
        slowPeers: true,
      });
    } else {
      yield { work: 'Online Retail RFM', peer: '–', note: 'KINDRED_DATASETS does not name a folder with it' };
    }
    const shapes = bench.quick
      ? [{ customers: 50_000, features: 8, k: 8, slowPeers: true }]
      : [
          { customers: 1_000_000, features: 8, k: 8, slowPeers: true },
          { customers: 1_000_000, features: 32, k: 64, slowPeers: false },
          { customers: 200_000, features: 64, k: 256, slowPeers: false },
        ];
    for (const { customers, features, k, slowPeers } of shapes) {
      const x = customersAround(3, k, features, customers);
      yield* compare(bench, { ...common, name: 'synthetic', x, features, k, slowPeers });
    }
  },
};
