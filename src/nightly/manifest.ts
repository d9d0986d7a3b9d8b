import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type SourceSummary, withoutPassword } from '../data/index.js';
import type { DeviceFacts } from '../device/index.js';
import { versionOf } from '../version-of.js';
import type { Config } from './config/index.js';
import type { GateReport } from './gate/measure.js';
import type { IncrementalReport } from './incremental/report.js';
import type { Evaluation } from './recommend/evaluation.js';
import type { OutputFile } from './results-folder.js';
import type { FitReport } from './stage.js';
import type { ValueReport } from './value-report.js';

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
  /** Of recommenders that were fitted to a sample of customers, where not all fitted into memory. */
  fitted?: FitReport;
  /** Whom the figures of a comparison of recommenders rest on. */
  evaluated?: Pick<Evaluation, 'customers' | 'testable' | 'sample'>;
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

/** Versions of everything that decides a result. */
export function versions(): Record<string, string> {
  return {
    kindred: versionOf(),
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
