import { DeviceError, KindredError, UsageError } from '../errors.js';
import type { Cost } from '../ops/cost.js';
import {
  type Device,
  type DeviceDriver,
  type DeviceFacts,
  type DeviceName,
  deviceNames,
  type OpenOptions,
} from './device.js';

/** Drivers are imported when they are tried: a back end that is not used costs no start-up time. */
const drivers: Record<DeviceName, () => Promise<DeviceDriver>> = {
  webgpu: async () => (await import('./webgpu/index.js')).webgpu,
  cuda: async () => (await import('./tensorflow.js')).cuda,
  native: async () => (await import('./native/index.js')).native,
  tensorflow: async () => (await import('./tensorflow.js')).tensorflow,
  wasm: async () => (await import('./wasm.js')).wasm,
  cpu: async () => (await import('./cpu.js')).cpu,
};

const graphicsCards: DeviceName[] = ['webgpu', 'cuda'];

/**
 * Whether work pays for opening a graphics card and for moving its data there: the processor would need
 * longer than the card's start (about 0.3 s) and the upload (about 5 GB/s) together. The processor's rate
 * is that of two cores with wide vectors, so that the doubt is on the side of staying.
 */
export function paysToMove({ flops, bytes }: Cost): boolean {
  return flops / 200e9 > 0.3 + bytes / 5e9;
}

export interface OpenDeviceOptions extends OpenOptions {
  /** What is going to be computed, where it is known: `auto` leaves small work on the processor. */
  work?: Cost;
}

/**
 * Opens a device, on which TensorFlow.js and all of Kindred then compute. One is open at a time.
 *
 * @param name `auto` takes the first that opens, of webgpu (real graphics cards only), cuda, native,
 *   tensorflow, wasm.
 * @throws DeviceError if the named device, or with `auto` every device, does not open; it says why and how
 *   to get it.
 */
export async function openDevice(
  name: DeviceName | 'auto' = 'auto',
  { work, ...options }: OpenDeviceOptions = {},
): Promise<Device> {
  if (name !== 'auto') {
    if (!(name in drivers)) {
      throw new UsageError({
        expected: `a device out of auto, ${deviceNames.join(', ')}`,
        found: `"${name}"`,
      });
    }
    const driver = await drivers[name]();
    return driver.open({ softwareAllowed: true, ...options });
  }
  const small = work !== undefined && !paysToMove(work);
  const reasons: string[] = [];
  for (const candidate of deviceNames) {
    if (candidate === 'cpu' || (small && graphicsCards.includes(candidate))) continue;
    try {
      const driver = await drivers[candidate]();
      return await driver.open(options);
    } catch (error) {
      if (!(error instanceof KindredError)) throw error;
      reasons.push(`${candidate}: ${error.message}`);
    }
  }
  throw new DeviceError({ expected: 'a device that opens', found: `none (${reasons.join('; ')})` });
}

/** A device as `kindred devices` lists it. */
export type DeviceReport =
  | ({ present: true } & DeviceFacts)
  | { present: false; name: DeviceName; reason: string; remedy?: string };

/** Opens and closes every kind of device, and tells what each is or why it is not there. */
export async function listDevices(options: OpenOptions = {}): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const name of deviceNames) {
    try {
      const { close, ...facts } = await openDevice(name, options);
      await close();
      reports.push({ present: true, ...facts });
    } catch (error) {
      if (!(error instanceof KindredError)) throw error;
      reports.push({ present: false, name, reason: error.message, remedy: error.hint });
    }
  }
  return reports;
}
