import { size } from '#kindred/benchmark/case.js';
import { transpose } from '#kindred/ops/index.js';
import { type Factors, solveRows } from '#kindred/recommend/als/solve.js';
import { clock } from './alternate.js';
import { Disagreement } from './check.js';
import type { Comparison } from './comparison.js';
import { normals, purchases } from './data.js';
import { peerRow } from './peer-rows.js';

const factors = 64;
const regularisation = 20;

/** The peer's own number. */
const steps = 3;

/** The distance of two matrices as a share of the length of the second. */
function relativeDistance(ours: Float32Array, theirs: ArrayLike<number>): number {
  let [difference, length] = [0, 0];
  for (let i = 0; i < ours.length; i++) {
    difference += (ours[i] - theirs[i]) ** 2;
    length += theirs[i] ** 2;
  }
  return Math.sqrt(difference / length);
}

/** One iteration of alternating least squares: the factors of all customers, then of all items. */
export const alsIteration: Comparison = {
  name: 'als',
  async *run(bench) {
    const [customers, items, entries] = bench.quick ? [5_000, 5_000, 200_000] : [138_000, 27_000, 20_000_000];
    const byCustomer = purchases(1, customers, items, entries);
    const byItem = transpose(byCustomer);
    const first = normals(2, items, factors).map(value => value / 10);
    const options = { regularisation, steps, turn: async () => {} };
    let users: Factors;
    let films: Factors;
    const start = () => {
      users = { count: customers, factors, values: new Float32Array(customers * factors) };
      films = { count: items, factors, values: first.slice() };
    };
    const iteration = async () => {
      await solveRows(byCustomer, users, films, options);
      await solveRows(byItem, films, users, options);
    };
    await bench.python?.load(
      'als',
      {
        indptr: { values: byCustomer.indptr, shape: [customers + 1] },
        indices: { values: byCustomer.indices, shape: [byCustomer.indices.length] },
        values: { values: byCustomer.values, shape: [byCustomer.values.length] },
        itemFactors: { values: first, shape: [items, factors] },
      },
      { customers, items, factors, regularisation },
    );
    yield await peerRow(bench, {
      work: `${size(customers)} × ${size(items)}, ${size(byCustomer.indices.length)} entries, ${factors} factors`,
      peer: 'implicit',
      wanted: 1.5,
      tell: () => ({ iterations: 2 }),
      tellForCheck: { iterations: 1 },
      async check({ arrays }) {
        start();
        await iteration();
        const far = Math.max(
          relativeDistance(users.values, arrays.users),
          relativeDistance(films.values, arrays.items),
        );
        if (far <= 1e-3) return undefined;
        throw new Disagreement(`factors lie ${far} of their length apart`);
      },
      async ours() {
        start();
        return Math.min(await clock(iteration), await clock(iteration));
      },
    });
  },
};
