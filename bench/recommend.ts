import { size } from '#kindred/benchmark/case.js';
import type { Csr } from '#kindred/ops/index.js';
import { Als, ItemNeighbours, type Recommendations } from '#kindred/recommend/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { purchases } from './data.js';
import { peerRow } from './peer-rows.js';

const topK = 10;
const factors = 64;

function boughtBefore({ quick }: Bench): Csr {
  return quick ? purchases(1, 5_000, 5_000, 200_000) : purchases(1, 138_000, 27_000, 20_000_000);
}

function arraysOf(rows: Csr) {
  return {
    indptr: { values: rows.indptr, shape: [rows.rows + 1] },
    indices: { values: rows.indices, shape: [rows.indices.length] },
    values: { values: rows.values, shape: [rows.values.length] },
  };
}

function row(
  bench: Bench,
  rows: Csr,
  peer: string,
  tolerance: number,
  recommend: () => Promise<Recommendations>,
): Promise<Row> {
  return peerRow(bench, {
    work: `${size(rows.rows)} customers, ${size(rows.columns)} items, ${size(rows.indices.length)} entries`,
    peer,
    wanted: 3,
    async check({ arrays }) {
      const { items: indices, scores } = await recommend();
      const theirs = { indices: arrays.indices, scores: arrays.scores };
      expectSameRanking({ indices, scores }, theirs, topK, tolerance);
      return undefined;
    },
    ours: () => clock(recommend),
  });
}

/** Ten items that they do not have for all customers, by neighbours of their items. */
export const recommendByNeighbours: Comparison = {
  name: 'recommend-neighbours',
  async *run(bench) {
    const rows = boughtBefore(bench);
    const model = await new ItemNeighbours({ neighbours: 100 }).fit(rows);
    const { similar } = model;
    await bench.python?.load(
      'recommend',
      {
        ...arraysOf(rows),
        similarIndptr: { values: similar.indptr, shape: [rows.columns + 1] },
        similarIndices: { values: similar.indices, shape: [similar.indices.length] },
        similarValues: { values: similar.values, shape: [similar.values.length] },
      },
      { customers: rows.rows, items: rows.columns, topK },
    );
    yield await row(bench, rows, 'implicit, cosine', 1e-3, () => model.recommend(rows, { count: topK }));
  },
};

/** The same by factors; Kindred solves for those of the customers on the way. */
export const recommendByFactors: Comparison = {
  name: 'recommend-factors',
  async *run(bench) {
    const rows = boughtBefore(bench);
    const model = await new Als({ factors, iterations: 2 }).fit(rows);
    await bench.python?.load(
      'recommend',
      {
        ...arraysOf(rows),
        itemFactors: { values: model.itemFactors.values, shape: [rows.columns, factors] },
        userFactors: { values: (await model.foldIn(rows)).values, shape: [rows.rows, factors] },
      },
      {
        customers: rows.rows,
        items: rows.columns,
        factors,
        topK,
        regularisation: model.options.regularisation,
      },
    );
    yield await row(bench, rows, 'implicit, known factors', 1e-4, () =>
      model.recommend(rows, { count: topK }),
    );
  },
};
