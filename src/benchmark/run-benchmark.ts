import { writeFile } from 'node:fs/promises';
import { replaceFile, requireWritable } from '../data/replace-file.js';
import { type DeviceName, listDevices } from '../device/index.js';
import { UsageError } from '../errors.js';
import { type BenchmarkOptions, benchmark } from './benchmark.js';
import { type Comparison, compare, readReport } from './compare.js';
import type { KernelName } from './kernel-names.js';
import type { BenchmarkReport } from './report.js';
import { roofline } from './roofline.js';
import { benchmarkCases, type Suite } from './suite.js';

export interface BenchmarkRequest extends BenchmarkOptions {
  suite: Suite;
  /** All kernels unless told. */
  kernels?: readonly KernelName[];
  /** All that open unless told, but for processors that play a graphics card and for plain JavaScript. */
  devices?: readonly DeviceName[];
  jsonFile?: string;
  chartFile?: string;
  /** An earlier report to set this one beside. */
  compareFile?: string;
  tolerance: number;
}

/** Seconds that a case may take, so that a whole suite ends on slow devices too. */
const patience: Record<Suite, number> = { quick: 3, full: 30 };

export interface BenchmarkRun {
  report: BenchmarkReport;
  comparison?: Comparison;
}

async function realDevices(threads?: number): Promise<DeviceName[]> {
  const reports = await listDevices({ threads });
  return reports
    .filter(report => report.present && !report.software && report.name !== 'cpu')
    .map(({ name }) => name);
}

/** Measures what was asked for, and writes the report and the chart. */
export async function runBenchmark(request: BenchmarkRequest): Promise<BenchmarkRun> {
  const { suite, kernels, devices, jsonFile, chartFile, compareFile, tolerance, ...options } = request;
  if (!(tolerance >= 0))
    throw new UsageError({ expected: 'a tolerance of at least 0', found: `${tolerance}` });
  const before = compareFile ? await readReport(compareFile) : undefined;
  for (const file of [jsonFile, chartFile]) if (file) await requireWritable(file);
  const cases = benchmarkCases(suite).filter(
    ({ kernel }) => !kernels || kernels.some(name => name === kernel),
  );
  const names = devices ?? (await realDevices(options.threads));
  const report = await benchmark([...names], cases, { patience: patience[suite], ...options });
  if (jsonFile) {
    await replaceFile(jsonFile, temporary => writeFile(temporary, `${JSON.stringify(report, null, 2)}\n`));
  }
  if (chartFile) {
    const svg = await roofline(report);
    await replaceFile(chartFile, temporary => writeFile(temporary, svg));
  }
  return { report, comparison: before && compare(before, report, tolerance) };
}
