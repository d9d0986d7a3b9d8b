import * as tf from '@tensorflow/tfjs-core';
import { type Device, type DeviceFacts, type DeviceName, openDevice } from '../device/index.js';
import { DeviceError, DeviceMemoryError, KindredError } from '../errors.js';
import type { Cost } from '../ops/index.js';
import { takeTurns } from '../turns.js';
import type { BenchmarkCase } from './case.js';
import { type DeviceLimits, measureLimits } from './limits.js';
import { type Machine, thisMachine } from './machine.js';
import { measure, type Timing } from './measure.js';

/** What keeps a kernel from being faster: arithmetic, moving its data, or starting it. */
export type Limit = 'arithmetic' | 'memory' | 'launch';

export interface MeasuredRow {
  device: DeviceName;
  kernel: string;
  shape: string;
  rows: number;
  cost: Cost;
  /** Inputs and outputs stay on the device. */
  resident: Timing;
  /** Inputs come from host memory and outputs go back there. */
  streamed: Timing;
  limit: Limit;
  /** The time that the limit alone would take, by the resident time: 1 is as fast as this machine can be. */
  share: number;
}

export interface SkippedRow {
  device: DeviceName;
  kernel: string;
  shape: string;
  /** Why it was not measured. */
  skipped: string;
}

export type BenchmarkRow = MeasuredRow | SkippedRow;

export interface MeasuredDevice extends DeviceFacts {
  limits: DeviceLimits;
}

export interface BenchmarkReport {
  machine: Machine;
  date: string;
  devices: MeasuredDevice[];
  rows: BenchmarkRow[];
  /** Why it ended early: a device was lost. */
  lost?: string;
}

/** The least time that a device could take by its measured limits, and which of them it is. */
export function boundBy({ flops, bytes }: Cost, limits: DeviceLimits): { seconds: number; limit: Limit } {
  const bounds: { seconds: number; limit: Limit }[] = [
    { seconds: flops / limits.flops, limit: 'arithmetic' },
    { seconds: bytes / limits.bandwidth, limit: 'memory' },
    { seconds: limits.latency, limit: 'launch' },
  ];
  return bounds.reduce((most, bound) => (bound.seconds > most.seconds ? bound : most));
}

const gibibyte = 2 ** 30;

function lackOfMemory({ memory }: BenchmarkCase, device: Device): string | undefined {
  const free = Math.min(process.availableMemory(), device.memoryBytes ?? Number.POSITIVE_INFINITY);
  if (memory <= 0.8 * free) return undefined;
  return `needs ${(memory / gibibyte).toFixed(1)} GiB of memory, ${(free / gibibyte).toFixed(1)} GiB are free`;
}

async function measureCase(
  benchmarkCase: BenchmarkCase,
  device: Device,
  limits: DeviceLimits,
  signal?: AbortSignal,
): Promise<BenchmarkRow> {
  const { kernel, shape, rows } = benchmarkCase;
  const name = { device: device.name, kernel, shape };
  const lack = lackOfMemory(benchmarkCase, device);
  if (lack) return { ...name, skipped: lack };

  const { cost, upload, run, check } = benchmarkCase.prepare();
  const inputs = upload();
  let outputs: tf.Tensor[];
  try {
    outputs = run(inputs);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    tf.dispose(inputs);
    // Throws where the device is lost; otherwise the case is too large for it.
    await device.finish();
    return { ...name, skipped: error.message };
  }
  const complaint = check(await Promise.all(outputs.map(output => output.data())));
  tf.dispose(outputs);
  if (complaint) {
    tf.dispose(inputs);
    return { ...name, skipped: `wrong result: ${complaint}` };
  }

  const resident = await measure(
    async () => {
      const results = run(inputs);
      await device.finish();
      tf.dispose(results);
    },
    { signal },
  );
  tf.dispose(inputs);
  const streamed = await measure(
    async () => {
      const fresh = upload();
      const results = run(fresh);
      await Promise.all(results.map(result => result.data()));
      tf.dispose([fresh, results]);
    },
    { runs: 3, seconds: 0, signal },
  );
  const { seconds, limit } = boundBy(cost, limits);
  return { ...name, rows, cost, resident, streamed, limit, share: seconds / resident.median };
}

export interface BenchmarkOptions {
  threads?: number;
  onDevice?: (device: MeasuredDevice) => void;
  onRow?: (row: BenchmarkRow) => void;
  signal?: AbortSignal;
}

async function benchmarkDevice(
  name: DeviceName,
  cases: BenchmarkCase[],
  report: BenchmarkReport,
  { threads, onDevice, onRow, signal }: BenchmarkOptions,
): Promise<void> {
  let device = await openDevice(name, { threads });
  try {
    const { close, finish, ...facts } = device;
    const measured = { ...facts, limits: await measureLimits(device) };
    report.devices.push(measured);
    onDevice?.(measured);
    const turn = takeTurns(signal);
    for (const benchmarkCase of cases) {
      await turn();
      let row: BenchmarkRow;
      try {
        row = await measureCase(benchmarkCase, device, measured.limits, signal);
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
