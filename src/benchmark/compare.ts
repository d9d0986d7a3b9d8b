import { readFile } from 'node:fs/promises';
import { DataError, QualityGateError } from '../errors.js';
import { type BenchmarkReport, kernelTime, type MeasuredRow } from './report.js';

export interface ComparedRow {
  device: string;
  kernel: string;
  shape: string;
  /** Median before, s. */
  before: number;
  /** Median now, s. */
  now: number;
  /** `now / before`: above 1 is slower. */
  ratio: number;
  /** Slower than the tolerance allows. */
  regression: boolean;
}

export interface Comparison {
  rows: ComparedRow[];
  /** What could differ for other reasons than the code: the processor, the number of cores, a device. */
  differences: string[];
}

function measuredRows({ rows }: BenchmarkReport): MeasuredRow[] {
  return rows.filter((row): row is MeasuredRow => 'resident' in row);
}

const key = ({ device, kernel, shape }: MeasuredRow) => `${device} ${kernel} ${shape}`;

/**
 * Sets the rows that two reports share side by side.
 *
 * @param tolerance 0.15 lets a kernel take 15 % longer than before.
 */
export function compare(before: BenchmarkReport, now: BenchmarkReport, tolerance: number): Comparison {
  const earlier = new Map(measuredRows(before).map(row => [key(row), row]));
  const rows = measuredRows(now).flatMap(row => {
    const other = earlier.get(key(row));
    if (!other) return [];
    // By one clock on both sides: an earlier report may not know the device's own.
    const medianOf = row.busy && other.busy ? kernelTime : ({ resident }: MeasuredRow) => resident;
    const [earlierTime, time] = [medianOf(other).median, medianOf(row).median];
    const ratio = time / earlierTime;
    return [
      {
        device: row.device,
        kernel: row.kernel,
        shape: row.shape,
        before: earlierTime,
        now: time,
        ratio,
        regression: ratio > 1 + tolerance,
      },
    ];
  });
  const machines = [before.machine, now.machine];
  const differences = (['processor', 'cores', 'platform', 'node'] as const)
    .filter(fact => machines[0][fact] !== machines[1][fact])
    .map(fact => `${fact}: ${machines[0][fact]} before, ${machines[1][fact]} now`);
  return { rows, differences };
}

/** @throws QualityGateError if a kernel became slower than the tolerance allows. */
export function refuseRegressions({ rows }: Comparison, tolerance: number): void {
  const regressions = rows.filter(({ regression }) => regression);
  if (regressions.length === 0) return;
  const worst = regressions.reduce((most, row) => (row.ratio > most.ratio ? row : most));
  throw new QualityGateError({
    expected: `no kernel to take more than ${(1 + tolerance).toFixed(2)} times as long as before`,
    found: `${regressions.length}, worst ${worst.kernel} on ${worst.device} (${worst.shape}) with ${worst.ratio.toFixed(2)}`,
    hint: 'Measure again on a quiet machine, or allow more with --tolerance.',
  });
}

/** Reads what `kindred bench --json` wrote. */
export async function readReport(file: string): Promise<BenchmarkReport> {
  const expected = 'a report that kindred bench --json wrote';
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new DataError({ file, expected, found: code === 'ENOENT' ? 'no such file' : message, cause });
  }
  try {
    const report = JSON.parse(text) as BenchmarkReport;
    if (Array.isArray(report.rows) && report.machine) return report;
  } catch (cause) {
    throw new DataError({ file, expected, found: 'text that is not JSON', cause });
  }
  throw new DataError({ file, expected, found: 'other JSON' });
}
