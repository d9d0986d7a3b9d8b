import type { DeviceFacts, DeviceName } from '../device/index.js';
import type { Cost } from '../ops/index.js';
import type { DeviceLimits } from './limits.js';
import type { Machine } from './machine.js';
import type { Timing } from './measure.js';

/** What keeps a kernel from being faster: arithmetic, moving its data, or starting it. */
export type Limit = 'arithmetic' | 'memory' | 'launch';

export interface MeasuredRow {
  device: DeviceName;
  kernel: string;
  shape: string;
  rows: number;
  cost: Cost;
  /** One call and waiting for its end, by the host's clock; inputs and outputs stay on the device. */
  resident: Timing;
  /** The same by the clock of the device, where it has one: without starting the call and hearing of its end. */
  busy?: Timing;
  /** Inputs come from host memory and outputs go back there. */
  streamed: Timing;
  limit: Limit;
  /** The time that the limit alone would take, by {@link kernelTime}: 1 is as fast as this machine can be. */
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
  /** Of Kindred. */
  version: string;
  machine: Machine;
  date: string;
  devices: MeasuredDevice[];
  rows: BenchmarkRow[];
  /** Why it ended early: a device was lost. */
  lost?: string;
}

/** How long the kernel itself takes, as near as it is known. */
export function kernelTime({ busy, resident }: Pick<MeasuredRow, 'busy' | 'resident'>): Timing {
  return busy ?? resident;
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
