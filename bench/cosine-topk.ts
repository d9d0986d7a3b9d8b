import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { cosineTopK, cosineTopKCost } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { normals } from './data.js';
import { peerRow } from './peer-rows.js';

interface Shape {
  queries: number;
  items: number;
  factors: number;
}

const full: Shape[] = [
  { queries: 100_000, items: 20_000, factors: 64 },
  { queries: 480_000, items: 17_000, factors: 10 },
];
const quick: Shape[] = [
  { queries: 5_000, items: 20_000, factors: 64 },
  { queries: 10_000, items: 17_000, factors: 10 },
];

const topK = 10;

/** Peers that would take minutes answer some of the queries; the same ones as we in those rows. */
const peers: { peer: string; wanted: number; mostQueries: number }[] = [
  { peer: 'numpy', wanted: 8, mostQueries: 20_000 },
  { peer: 'faiss-cpu', wanted: 2, mostQueries: 100_000 },
  { peer: 'implicit', wanted: 2, mostQueries: 100_000 },
];

async function* compare(bench: Bench, { queries, items, factors }: Shape): AsyncGenerator<Row> {
  const [values, others] = [normals(1, factors, queries), normals(2, factors, items)];
  const allItems = tf.tensor2d(others, [factors, items]);
  await bench.python?.load(
    'cosine_topk',
    {
      queries: { values, shape: [factors, queries] },
      items: { values: others, shape: [factors, items] },
    },
    { topK },
  );
  for (const { peer, wanted, mostQueries } of peers) {
    const asked = Math.min(queries, mostQueries);
    const some = tf.tidy(() => tf.slice(tf.tensor2d(values, [factors, queries]), [0, 0], [factors, asked]));
    const search = async () => {
      const { indices, scores } = cosineTopK(some, allItems, { topK });
      const found = { indices: await indices.data(), scores: await scores.data() };
      tf.dispose([indices, scores]);
      return found;
    };
    const { bytes } = cosineTopKCost(factors, asked, items, topK);
    yield await peerRow(bench, {
      work: `${size(asked)} queries × ${size(items)} × ${factors}`,
      peer,
      wanted,
      least: { scores: asked * items, depth: factors, extra: 1, bytes },
      tell: () => ({ queries: asked }),
      async check({ arrays }) {
        const { indices, scores } = arrays;
        expectSameRanking(await search(), { indices, scores }, topK, 1e-5);
        return undefined;
      },
      ours: () => clock(search),
    });
    some.dispose();
  }
  allItems.dispose();
}

/** The ten items of greatest cosine for each query. */
export const cosineTopKComparison: Comparison = {
  name: 'cosine-topk',
  async *run(bench) {
    for (const shape of bench.quick ? quick : full) yield* compare(bench, shape);
  },
};
