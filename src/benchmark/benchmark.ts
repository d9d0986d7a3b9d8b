import { type DeviceName, openDevice } from '../device/index.js';
import { DeviceError, DeviceMemoryError, KindredError } from '../errors.js';
import { takeTurns } from '../turns.js';
import { versionOf } from '../version-of.js';
import type { BenchmarkCase } from './case.js';
import { measureLimits } from './limits.js';
import { thisMachine } from './machine.js';
import { measureCase } from './measure-case.js';
import type { BenchmarkReport, BenchmarkRow, MeasuredDevice } from './report.js';

export interface BenchmarkOptions {
  threads?: number;
  /** Seconds that a case may take; a device too slow for that gets a smaller one. Default: 5. */
  patience?: number;
  onDevice?: (device: MeasuredDevice) => void;
  onRow?: (row: BenchmarkRow) => void;
  signal?: AbortSignal;
}

async function benchmarkDevice(
  name: DeviceName,
  cases: BenchmarkCase[],
  report: BenchmarkReport,
  { threads, patience = 5, onDevice, onRow, signal }: BenchmarkOptions,
): Promise<void> {
  let device = await openDevice(name, { threads });
  try {
    const { close, finish, busy, trim, ...facts } = device;
    const measured = { ...facts, limits: await measureLimits(device) };
    report.devices.push(measured);
    onDevice?.(measured);
    const turn = takeTurns(signal);
    for (const benchmarkCase of cases) {
      await turn();
      let row: BenchmarkRow;
      try {
        row = await measureCase(benchmarkCase, device, { limits: measured.limits, patience, signal });
      } catch (error) {
        if (!(error instanceof DeviceMemoryError)) throw error;
        const { kernel, shape } = benchmarkCase;
        row = { device: name, kernel, shape, skipped: error.message };
        // What failed once on a graphics card fails all that comes after it.
        await device.close();
        device = await openDevice(name, { threads });
      }
      report.rows.push(row);
      onRow?.(row);
    }
  } finally {
    // A device that is gone may fail to close: what happened before is what counts.
    await device.close().catch(() => {});
  }
}

/** @throws DeviceError where a device was lost before everything was measured. */
export function refuseLoss({ lost, rows }: BenchmarkReport): void {
  if (!lost) return;
  throw new DeviceError({
    expected: 'every device to stay until the end',
    found: `one lost after ${rows.length} row${rows.length === 1 ? '' : 's'}: ${lost}`,
    hint: 'What was measured so far is in the report.',
  });
}

/**
 * Measures each device's limits, then checks and times every case on it. A case that does not fit or whose
 * result is wrong becomes a row that says so; a device that is lost ends the run with what was measured so far.
 */
export async function benchmark(
  devices: DeviceName[],
  cases: BenchmarkCase[],
  options: BenchmarkOptions = {},
): Promise<BenchmarkReport> {
  const report: BenchmarkReport = {
    version: versionOf(),
    machine: thisMachine(),
    date: new Date().toISOString(),
    devices: [],
    rows: [],
  };
  for (const name of devices) {
    try {
      await benchmarkDevice(name, cases, report, options);
    } catch (error) {
      if (!(error instanceof KindredError) || report.devices.length === 0) throw error;
      if (!(error instanceof DeviceError)) throw error;
      report.lost = error.message;
      break;
    }
  }
  return report;
}
