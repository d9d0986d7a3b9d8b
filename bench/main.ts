import * as os from 'node:os';
import { parseArgs } from 'node:util';
import { type DeviceLimits, measureLimits } from '#kindred/benchmark/limits.js';
import { type Device, openDevice } from '#kindred/device/index.js';
import { alsIteration } from './als.js';
import type { Bench, Comparison, Row } from './comparison.js';
import { content } from './content.js';
import { cosineTopKComparison } from './cosine-topk.js';
import { dbscanComparison } from './dbscan.js';
import { hdbscanComparison } from './hdbscan.js';
import { kmeansFit } from './kmeans-fit.js';
import { lloydIteration } from './lloyd-iteration.js';
import { minibatch } from './minibatch.js';
import { outOfCore } from './out-of-core.js';
import { pairwise } from './pairwise-distance.js';
import { predict } from './predict.js';
import { purchaseModelFit } from './purchase-model-fit.js';
import { PythonPeers } from './python.js';
import { rewrite } from './readme.js';
import { recommendByFactors, recommendByNeighbours } from './recommend.js';
import { busyShare, rest } from './rest.js';
import { scaling } from './scaling.js';
import { silhouetteComparison } from './silhouette.js';
import { sparseCosineTopKComparison } from './sparse-cosine-topk.js';
import { line, markdown } from './table.js';
import { wardComparison } from './ward.js';

const comparisons: Comparison[] = [
  lloydIteration,
  kmeansFit,
  predict,
  pairwise,
  cosineTopKComparison,
  sparseCosineTopKComparison,
  alsIteration,
  recommendByNeighbours,
  recommendByFactors,
  dbscanComparison,
  hdbscanComparison,
  wardComparison,
  silhouetteComparison,
  content,
  purchaseModelFit,
  minibatch,
  outOfCore,
  scaling,
];

/** What the device was measured to reach so far: at most, since other work on the machine only takes away. */
let limits: DeviceLimits | undefined;

async function updateLimits(device: Device): Promise<DeviceLimits> {
  const found = await measureLimits(device);
  const known = limits ?? found;
  limits = {
    ...found,
    flops: Math.max(known.flops, found.flops),
    bandwidth: Math.max(known.bandwidth, found.bandwidth),
  };
  return limits;
}

function machineLine({ simd }: Device, { flops, bandwidth }: DeviceLimits): string {
  const processor = `${os.cpus()[0].model.trim()}, ${os.availableParallelism()} cores, ${simd ?? 'no SIMD'}`;
  return `${processor}, ${Math.round(flops / 1e9)} GFLOP/s and ${(bandwidth / 1e9).toFixed(1)} GB/s at most`;
}

async function runComparison({ name, run }: Comparison, bench: Bench, versions: string): Promise<void> {
  const device = await openDevice('native');
  let reached = await updateLimits(device);
  console.log(`\n${name}: ${machineLine(device, reached)}`);
  const rows: Row[] = [];
  for await (const row of run(bench)) {
    console.log(line(row, reached));
    rows.push(row);
    await rest();
    reached = await updateLimits(device);
    if (bench.quick) continue;
    // Row by row, so that a run that is broken off leaves what it has measured.
    const stamp = [
      `${new Date().toISOString().slice(0, 10)}, ${machineLine(device, reached)}, Node ${process.versions.node}`,
      versions,
      `medians of ${bench.rounds} rounds`,
      `other work kept the processors ${Math.round(100 * busyShare())} % busy`,
    ];
    await rewrite(name, `${markdown(rows, reached)}\n\n${stamp.join('; ')}.`);
  }
  await device.close();
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } },
});
const chosen = comparisons.filter(
  ({ name }) => positionals.length === 0 || positionals.some(part => name.startsWith(part)),
);
if (chosen.length === 0) {
  console.error(`expected names out of ${comparisons.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const python = PythonPeers.start();
if (!python) console.error('bench/peers/setup was not run: rows with peers from Python will be missing');
const versions = Object.entries((await python?.versions()) ?? {}).map(pair => pair.join(' '));
if (versions.length > 0) console.log(versions.join(', '));
try {
  for (const comparison of chosen) {
    const bench = { quick: values.quick, rounds: Number(values.rounds), python };
    await runComparison(comparison, bench, versions.join(', ') || 'no peers from Python');
  }
} finally {
  await python?.close();
}
