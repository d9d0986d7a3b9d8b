import * as tf from '@tensorflow/tfjs-core';
import { size } from '#kindred/benchmark/case.js';
import { type Device, openDevice } from '#kindred/device/index.js';
import { DeviceError } from '#kindred/errors.js';
import { cosineTopK, nearestCentroid } from '#kindred/ops/index.js';
import { clock } from './alternate.js';
import { expectSame, expectSameRanking } from './check.js';
import type { Bench, Row } from './comparison.js';
import { customersAround, normals, someCustomers } from './data.js';
import { peerRow } from './peer-rows.js';
import { type PeerResult, PythonPeers } from './python.js';
import { rewrite } from './readme.js';
import { line, markdown } from './table.js';

const peer = 'torch';
const wanted = 2;
const topK = 10;

interface Work {
  /** As the peer calls it. */
  name: 'nearest' | 'topk';
  words: string;
  /** `[features, columns]` */
  a: Float32Array;
  b: Float32Array;
  features: number;
  upload(): [tf.Tensor2D, tf.Tensor2D];
  search(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor[];
  check(ours: ArrayLike<number>[], theirs: PeerResult['arrays']): void;
}

function nearest(customers: number, features: number, k: number): Work {
  const a = customersAround(1, k, features, customers);
  const centroids = someCustomers(2, k, a, features);
  const b = new Float32Array(centroids.length);
  for (let j = 0; j < k; j++) for (let f = 0; f < features; f++) b[f * k + j] = centroids[j * features + f];
  return {
    name: 'nearest',
    words: `assign ${size(customers)} × ${features}, k = ${k}`,
    a,
    b,
    features,
    upload: () => [tf.tensor2d(a, [features, customers]), tf.tensor2d(centroids, [k, features])],
    search: (x, c) => Object.values(nearestCentroid(x, c)),
    check: ([labels], theirs) => expectSame('label', labels, theirs.labels, 1e-4),
  };
}

function best(queries: number, items: number, features: number): Work {
  const [a, b] = [normals(1, features, queries), normals(2, features, items)];
  return {
    name: 'topk',
    words: `top ${topK}, ${size(queries)} queries × ${size(items)} × ${features}`,
    a,
    b,
    features,
    upload: () => [tf.tensor2d(a, [features, queries]), tf.tensor2d(b, [features, items])],
    search(x, y) {
      const { indices, scores } = cosineTopK(x, y, { topK });
      return [indices, scores];
    },
    check: ([indices, scores], theirs) =>
      expectSameRanking({ indices, scores }, { indices: theirs.indices, scores: theirs.scores }, topK, 1e-5),
  };
}

async function* compare(bench: Bench, device: Device, work: Work): AsyncGenerator<Row> {
  const { name, words, a, b, features, upload, search, check } = work;
  await bench.python?.load(
    'torch_search',
    {
      a: { values: a, shape: [features, a.length / features] },
      b: { values: b, shape: [features, b.length / features] },
    },
    { work: name, topK },
  );
  const streamed = async () => {
    const inputs = upload();
    const outputs = search(...inputs);
    const values = await Promise.all(outputs.map(output => output.data()));
    tf.dispose([...inputs, ...outputs]);
    return values;
  };
  const onDevice = upload();
  const resident = async () => {
    // PyTorch is timed by the card's own clock too.
    const busy = await device.busy?.(() => tf.dispose(search(...onDevice)));
    if (busy !== undefined) return busy;
    return clock(async () => {
      const outputs = search(...onDevice);
      await device.finish();
      tf.dispose(outputs);
    });
  };
  for (const [how, ours] of [
    ['resident', resident],
    ['streamed', () => clock(streamed)],
  ] as const) {
    yield await peerRow(bench, {
      work: `${words}, ${how}`,
      peer,
      wanted,
      tell: () => ({ streamed: how === 'streamed' ? 1 : 0 }),
      async check({ arrays }) {
        check(await streamed(), arrays);
        return undefined;
      },
      ours,
    });
  }
  tf.dispose(onDevice);
}

async function* rowsOf(bench: Bench): AsyncGenerator<Row> {
  const none = { work: 'search on a graphics card', peer };
  let device: Device;
  try {
    device = await openDevice('webgpu');
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    yield { ...none, note: error.message };
    return;
  }
  try {
    if (device.software) {
      yield { ...none, note: `no GPU: ${device.hardware} is a processor that plays one` };
      return;
    }
    console.log(device.hardware);
    const works = bench.quick
      ? [nearest(100_000, 32, 64), best(2_000, 20_000, 64)]
      : [nearest(1_000_000, 32, 64), nearest(1_000_000, 128, 1024), best(100_000, 20_000, 64)];
    for (const work of works) yield* compare(bench, device, work);
  } finally {
    await device.close();
  }
}

// The graphics card by our kernels and by PyTorch on CUDA, in one run: `node bench/build/torch.js [--quick]`.
const quick = process.argv.includes('--quick');
const python = PythonPeers.start();
const rows: Row[] = [];
try {
  for await (const row of rowsOf({ quick, rounds: 5, python })) {
    console.log(line(row));
    rows.push(row);
    const stamp = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, medians of 5 rounds.`;
    if (!quick && rows.some(({ ratio }) => ratio)) await rewrite('torch', `${markdown(rows)}\n\n${stamp}`);
  }
} finally {
  await python?.close();
}
