import { size } from '#kindred/benchmark/case.js';
import { Als, ItemNeighbours, type Recommendations } from '#kindred/recommend/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Comparison } from './comparison.js';
import { purchases } from './data.js';
import { peerRow } from './peer-rows.js';

const topK = 10;
const factors = 64;

/** Ten items that they do not have for all customers, by neighbours of their items and by factors. */
export const recommendComparison: Comparison = {
  name: 'recommend',
  async *run(bench) {
    const [customers, items, entries] = bench.quick ? [5_000, 5_000, 200_000] : [138_000, 27_000, 20_000_000];
    const rows = purchases(1, customers, items, entries);
    const neighbours = await new ItemNeighbours({ neighbours: 100 }).fit(rows);
    const als = await new Als({ factors, iterations: 2 }).fit(rows);
    const { similar } = neighbours;
    await bench.python?.load(
      'recommend',
      {
        indptr: { values: rows.indptr, shape: [customers + 1] },
        indices: { values: rows.indices, shape: [rows.indices.length] },
        values: { values: rows.values, shape: [rows.values.length] },
        similarIndptr: { values: similar.indptr, shape: [items + 1] },
        similarIndices: { values: similar.indices, shape: [similar.indices.length] },
        similarValues: { values: similar.values, shape: [similar.values.length] },
        itemFactors: { values: als.itemFactors.values, shape: [items, factors] },
        userFactors: { values: (await als.foldIn(rows)).values, shape: [customers, factors] },
      },
      { customers, items, factors, topK, regularisation: als.options.regularisation },
    );
    const ways: [peer: string, tolerance: number, recommend: () => Promise<Recommendations>][] = [
      ['implicit, cosine', 1e-3, () => neighbours.recommend(rows, { count: topK })],
      ['implicit, known factors', 1e-4, () => als.recommend(rows, { count: topK })],
    ];
    for (const [peer, tolerance, recommend] of ways) {
      yield await peerRow(bench, {
        work: `${size(customers)} customers, ${size(items)} items, ${size(rows.indices.length)} entries`,
        peer,
        wanted: 3,
        async check({ arrays }) {
          const { items: indices, scores } = await recommend();
          expectSameRanking(
            { indices, scores },
            { indices: arrays.indices, scores: arrays.scores },
            topK,
            tolerance,
          );
          return undefined;
        },
        ours: () => clock(recommend),
      });
    }
  },
};
