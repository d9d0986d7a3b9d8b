import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { type Csr, csrTensors, disposeCsr, sparseCosineTopK, transpose } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectSameRanking } from './check.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { purchases } from './data.js';
import { peerRow } from './peer-rows.js';

const topK = 100;

/** What each is told in the run whose result is compared: sparse-dot-topn adds up in float32 unless it is told. */
const peers: [name: string, tellForCheck?: { exact: number }][] = [
  ['implicit'],
  ['sparse-dot-topn', { exact: 1 }],
];

/** How far the scores may lie apart. */
const tolerance = 1e-4;

/** Ratings of films, or undefined where KINDRED_DATASETS does not name a folder that has them. */
function movieLens(): Csr | undefined {
  const file = join(process.env.KINDRED_DATASETS ?? '', 'movielens-100k', 'u.data');
  if (!existsSync(file)) return undefined;
  const ratings = readFileSync(file, 'latin1')
    .trim()
    .split('\n')
    .map(line => line.split('\t').map(Number))
    .sort(([user, item], [otherUser, otherItem]) => user - otherUser || item - otherItem);
  const [users, items] = [943, 1_682];
  const indptr = new Int32Array(users + 1);
  for (const [user] of ratings) indptr[user]++;
  for (let user = 0; user < users; user++) indptr[user + 1] += indptr[user];
  return {
    rows: users,
    columns: items,
    indptr,
    indices: Int32Array.from(ratings, ([, item]) => item - 1),
    values: Float32Array.from(ratings, ([, , rating]) => rating),
  };
}

async function* compare(bench: Bench, name: string, byCustomer: Csr): AsyncGenerator<Row> {
  const { rows: customers, columns: items, indptr, indices, values } = byCustomer;
  const uploaded = csrTensors(byCustomer);
  const neighbours = async () => {
    const byItem = csrTensors(transpose(byCustomer));
    const found = sparseCosineTopK(byItem, uploaded, { topK });
    disposeCsr(byItem);
    const read = { indices: await found.indices.data(), scores: await found.scores.data() };
    tf.dispose([found.indices, found.scores]);
    return read;
  };
  await bench.python?.load(
    'sparse_cosine_topk',
    {
      indptr: { values: indptr, shape: [indptr.length] },
      indices: { values: indices, shape: [indices.length] },
      values: { values, shape: [values.length] },
    },
    { customers, items, topK },
  );
  for (const [peer, tellForCheck] of peers) {
    yield await peerRow(bench, {
      work: `${name}: ${size(customers)} × ${size(items)}, ${size(indices.length)} entries`,
      peer,
      wanted: 2,
      tellForCheck,
      async check({ arrays }) {
        const { indices: theirs, scores } = arrays;
        expectSameRanking(await neighbours(), { indices: theirs, scores }, topK, tolerance);
        return undefined;
      },
      ours: () => clock(neighbours),
    });
  }
  disposeCsr(uploaded);
}

/** The hundred items most like each item, by the cosine of their sparse columns. */
export const sparseCosineTopKComparison: Comparison = {
  name: 'sparse-cosine-topk',
  async *run(bench) {
    const films = movieLens();
    if (films) yield* compare(bench, 'MovieLens 100K', films);
    else yield { work: 'MovieLens 100K', peer: '–', note: 'KINDRED_DATASETS does not name a folder with it' };
    const [customers, items, entries] = bench.quick ? [5_000, 5_000, 200_000] : [138_000, 27_000, 20_000_000];
    yield* compare(bench, 'synthetic', purchases(1, customers, items, entries));
  },
};
