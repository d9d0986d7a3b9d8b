import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { loadAddon } from '#kindred/device/native/addon.js';
import { alternate } from './alternate.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { customersAround, someCustomers } from './data.js';
import { secondsOfIteration } from './lloyd.js';

type Shape = [customers: number, features: number, k: number];

const factors = [2, 4, 8];

/** A run of some iterations on data of this shape, with the given number of threads; 0 is one for each core. */
function iterationOf([customers, features, k]: Shape): {
  run: (threads: number) => Promise<number>;
  dispose: () => void;
} {
  const { threads: use } = loadAddon();
  const x = customersAround(1, k, features, customers);
  const first = someCustomers(2, k, x, features);
  const onDevice = tf.tensor2d(x, [features, customers]);
  return {
    async run(threads) {
      use(threads);
      const seconds = await secondsOfIteration(onDevice, first, { timed: 5, repeats: 1 });
      use(0);
      return seconds;
    },
    dispose: () => onDevice.dispose(),
  };
}

const words = ([customers, features, k]: Shape) => `${size(customers)} × ${features}, k = ${k}`;

/** Times that a larger shape takes as long as the smallest: as often as it has products. */
async function* growth(bench: Bench, base: Shape): AsyncGenerator<Row> {
  const small = iterationOf(base);
  for (const dimension of [0, 1, 2] as const) {
    for (const factor of factors) {
      const shape = base.with(dimension, base[dimension] * factor) as Shape;
      const large = iterationOf(shape);
      const ratio = await alternate(
        () => small.run(0),
        () => large.run(0),
        bench.rounds,
      );
      large.dispose();
      yield {
        work: `${words(shape)}: ${factor}× the work`,
        peer: words(base),
        ratio,
        note: ratio.times.median <= 1.1 * factor ? '' : 'more than linear',
      };
    }
  }
  small.dispose();
}

/** Times that one thread takes as long as all. */
async function* threads(bench: Bench, shapes: Shape[]): AsyncGenerator<Row> {
  for (const shape of shapes) {
    const { run, dispose } = iterationOf(shape);
    const ratio = await alternate(
      () => run(0),
      () => run(1),
      bench.rounds,
    );
    dispose();
    yield { work: `${words(shape)}, all threads`, peer: 'one thread', ratio, wanted: 1.8 };
  }
}

/** How the time of an iteration grows with each size, and what threads bring. */
export const scaling: Comparison = {
  name: 'scaling',
  async *run(bench) {
    const n = bench.quick ? 50_000 : 250_000;
    yield* growth(bench, [n, 16, 32]);
    yield* threads(bench, [
      [4 * n, 8, 8],
      [4 * n, 32, 64],
      [n, 64, 256],
    ]);
  },
};
