import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pipeline } from 'node:stream/promises';
import { type SourceSummary, withoutPassword } from '../data/index.js';
import type { DeviceFacts } from '../device/index.js';
import type { Config } from './config/index.js';
import type { GateReport } from './gate/measure.js';
import type { IncrementalReport } from './incremental/report.js';
import { publicSources } from './passwords.js';
import type { OutputFile } from './results-folder.js';
import type { Run } from './stage.js';
import { type ValueReport, valueReport } from './value-report.js';

/** What a stage did. */
export interface StageReport {
  stage: string;
  rows: number;
  seconds: number;
  rowsPerSecond: number;
}

/** An input as it was read. */
export interface InputReport {
  source: string;
  path: string;
  /** Of a file; undefined for a database server. */
  sha256?: string;
}

/** The record of a run: what went in, how it was computed, what came out and how fast. */
export interface Manifest {
  name: string;
  /** Name of the night, where it is one; see `kindred nightly --rollback`. */
  night?: string;
  started: string;
  seconds: number;
  /** Rows read from all sources. */
  rows: number;
  rowsPerSecond: number;
  /** Largest resident memory of the process. */
  peakMemoryBytes: number;
  seed: number;
  /** The moment that recency is counted to. */
  snapshot?: string;
  device?: DeviceFacts;
  sources: { name: string; rows: number; bytes: number; columns: number }[];
  inputs: InputReport[];
  stages: StageReport[];
  /** The stages that were taken from a run that was killed. */
  resumed?: string[];
  /** Of a night that was not computed in full. */
  incremental?: IncrementalReport;
  /** Why everything was computed, be the configuration for nights between full ones. */
  fullBecause?: string;
  /** What the gate has measured, and against what. */
  gate?: GateReport;
  /** The model of lifetime value, its errors, and who was left out of it. */
  value?: ValueReport;
  outputs: OutputFile[];
  versions: Record<string, string>;
  config: Config;
}

const require = createRequire(import.meta.url);
const versionOf = (packageFile: string) => (require(packageFile) as { version: string }).version;

/** Versions of everything that decides a result. */
export function versions(): Record<string, string> {
  return {
    kindred: versionOf('../../package.json'),
    node: process.versions.node,
    tensorflow: versionOf('@tensorflow/tfjs-core/package.json'),
    duckdb: versionOf('@duckdb/node-api/package.json'),
  };
}

/** Hashes of all files of the sources, each read once as a stream; a database server has none. */
export async function hashInputs(
  summaries: readonly SourceSummary[],
  signal?: AbortSignal,
): Promise<InputReport[]> {
  const inputs: InputReport[] = [];
  for (const { name, files } of summaries) {
    for (const path of files) {
      if (!existsSync(path)) {
        inputs.push({ source: name, path: withoutPassword(path) });
        continue;
      }
      const hash = createHash('sha256');
      await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash, { signal });
      inputs.push({ source: name, path, sha256: hash.digest('hex') });
    }
  }
  return inputs;
}

/** What a run has done, once all its stages have. */
export function manifestOf(
  { config, found, staging }: Run,
  {
    started,
    night,
    stages,
    resumed,
    device,
  }: Pick<Manifest, 'night' | 'stages' | 'resumed' | 'device'> & {
    started: Date;
  },
): Manifest {
  const rows = found.summaries.reduce((sum, source) => sum + source.rows, 0);
  const seconds = (Date.now() - started.getTime()) / 1000;
  return {
    name: config.name,
    night,
    started: started.toISOString(),
    seconds,
    rows,
    rowsPerSecond: rows / seconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    seed: config.seed,
    snapshot: found.snapshot,
    device,
    sources: found.summaries.map(({ name, rows, bytes, columns }) => ({
      name,
      rows,
      bytes,
      columns: columns.length,
    })),
    inputs: found.inputs,
    stages,
    resumed: resumed && resumed.length > 0 ? resumed : undefined,
    incremental: found.recommendations?.incremental,
    fullBecause: found.recommendations?.fullBecause,
    gate: found.gate,
    value: found.value?.forecast && valueReport(found.value.columns.ids, found.value.forecast),
    outputs: staging?.files() ?? [],
    versions: versions(),
    config: { ...config, sources: publicSources(config.sources) },
  };
}
