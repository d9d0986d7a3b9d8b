import * as tf from '@tensorflow/tfjs-core';
import type { Device } from '../device/index.js';
import { DeviceError, DeviceMemoryError } from '../errors.js';
import { computesOnHost } from '../ops/kernel.js';
import { takeTurns } from '../turns.js';
import type { BenchmarkCase } from './case.js';
import type { DeviceLimits } from './limits.js';
import { measure } from './measure.js';
import { type BenchmarkRow, boundBy, kernelTime } from './report.js';
import { sizeFor } from './size-case.js';

const gibibyte = 2 ** 30;

function lackOfMemory({ memory }: BenchmarkCase, device: Device): string | undefined {
  const free = Math.min(process.availableMemory(), device.memoryBytes ?? Number.POSITIVE_INFINITY);
  if (memory <= 0.8 * free) return undefined;
  return `needs ${(memory / gibibyte).toFixed(1)} GiB of memory, ${(free / gibibyte).toFixed(1)} GiB are free`;
}

export interface CaseOptions {
  /** What the device reaches at most. */
  limits: DeviceLimits;
  /** Seconds that a case may take: a device too slow for that gets a smaller one. */
  patience: number;
  signal?: AbortSignal;
}

/**
 * Checks and times a case on the open device. What does not fit, what is wrong and what the device has no kernel for
 * becomes a row that says so.
 *
 * @throws DeviceError where the device is lost, DeviceMemoryError where its memory is used up.
 */
export async function measureCase(
  wanted: BenchmarkCase,
  device: Device,
  options: CaseOptions,
): Promise<BenchmarkRow> {
  const { kernel, shape } = wanted;
  const skip = (skipped: string): BenchmarkRow => ({ device: device.name, kernel, shape, skipped });
  if (computesOnHost(kernel, device.backend)) return skip('the device leaves it to the host');
  const lack = lackOfMemory(wanted, device);
  if (lack) return skip(lack);
  try {
    const fitting = await sizeFor(device, wanted, options.patience, takeTurns(options.signal));
    return fitting ? await timeCase(fitting, device, options) : skip('the device is too slow for it');
  } catch (error) {
    if (!(error instanceof DeviceError) || error instanceof DeviceMemoryError) throw error;
    // Throws where the device is lost; otherwise the case is too large for it.
    await device.finish();
    return skip(error.message);
  } finally {
    device.trim?.();
  }
}

async function timeCase(
  { kernel, shape, rows, prepare }: BenchmarkCase,
  device: Device,
  { limits, signal }: CaseOptions,
): Promise<BenchmarkRow> {
  const name = { device: device.name, kernel, shape };
  const { cost, upload, run, check } = prepare();
  const inputs = upload();
  try {
    const outputs = run(inputs);
    const complaint = check(await Promise.all(outputs.map(output => output.data())));
    tf.dispose(outputs);
    if (complaint) return { ...name, skipped: `wrong result: ${complaint}` };

    const resident = await measure(
      async () => {
        const results = run(inputs);
        await device.finish();
        tf.dispose(results);
      },
      { signal },
    );
    const busy =
      device.busy && (await measure(() => device.busy!(() => tf.dispose(run(inputs))), { signal }));
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
    // By its own clock a device needs no time to start.
    const { seconds, limit } = boundBy(cost, busy ? { ...limits, latency: 0 } : limits);
    const share = seconds / kernelTime({ busy, resident }).median;
    return { ...name, rows, cost, resident, busy, streamed, limit, share };
  } finally {
    tf.dispose(inputs);
  }
}
