import * as tf from '@tensorflow/tfjs-core';
import type { Device } from '../device/index.js';
import { DeviceError } from '../errors.js';
import { fusedMultiplyAdds, fusedMultiplyAddsCost, streamCopy, streamCopyCost } from '../ops/index.js';
import { measure } from './measure.js';

/** What a device was measured to reach at most. */
export interface DeviceLimits {
  /** Arithmetic in float32, flop/s. */
  flops: number;
  /** Copying within the device's memory, bytes read and written a second. */
  bandwidth: number;
  /** From host memory to the device, bytes/s; undefined where they are the same. */
  upload?: number;
  /** From the device to host memory, bytes/s; undefined where they are the same. */
  readback?: number;
  /** Starting the smallest kernel and waiting for it, s. */
  latency: number;
}

/** The least time of some runs, by the device's own clock where it has one. */
async function fastest(device: Device, run: () => tf.Tensor): Promise<number> {
  const { least } = await measure(
    async () => {
      if (device.busy) return device.busy(() => run().dispose());
      const result = run();
      await device.finish();
      result.dispose();
      return undefined;
    },
    { seconds: 0.2 },
  );
  return least;
}

/** Whether it is a processor that computes, be it that it plays a graphics card. */
function isProcessor({ threads, software = false }: Device): boolean {
  return threads !== undefined || software;
}

/** Seconds of a measurement beside which it does not show what starting it costs. */
const longEnough = 0.03;

/** The greatest rate, with ever more rounds until starting them no longer shows. */
async function bestRate(
  device: Device,
  firstRounds: number,
  run: (rounds: number) => tf.Tensor,
  amountOf: (rounds: number) => number,
): Promise<number> {
  let best = 0;
  for (let rounds = firstRounds; rounds <= 1 << 20; rounds *= 4) {
    const seconds = await fastest(device, () => run(rounds));
    best = Math.max(best, amountOf(rounds) / seconds);
    if (seconds > longEnough) break;
  }
  return best;
}

/** Multiply-adds in registers. */
async function multiplyAddRate(device: Device): Promise<number> {
  // More threads than the largest graphics card has at work at a time, several times over; where a processor computes,
  // so many that what each costs beside its arithmetic would show.
  const elements = isProcessor(device) ? 1 << 18 : 1 << 21;
  const x = tf.fill([elements], 0.5) as tf.Tensor1D;
  const rate = await bestRate(
    device,
    16,
    rounds => fusedMultiplyAdds(x, rounds),
    rounds => fusedMultiplyAddsCost(elements, rounds).flops,
  );
  x.dispose();
  return rate;
}

/** TensorFlow.js's own matrix product, which on a device without kernels of ours is the better measure. */
async function matrixProductRate(device: Device): Promise<number> {
  const size = 256;
  const a = tf.fill([size, size], 0.5) as tf.Tensor2D;
  const seconds = await fastest(device, () => tf.matMul(a, a));
  a.dispose();
  return (2 * size ** 3) / seconds;
}

/** Far beyond any cache, but no more than a tenth of what is free. */
function streamElements(device: Device): number {
  const wanted = isProcessor(device) ? 1 << 25 : 1 << 26;
  return Math.min(wanted, Math.floor(process.availableMemory() / 10 / 4));
}

async function copyRate(device: Device, elements = streamElements(device)): Promise<number> {
  // From the host: TensorFlow.js would try to fill also what is larger than a kernel can see.
  const x = tf.tensor1d(new Float32Array(elements).fill(1));
  try {
    return await bestRate(
      device,
      // A processor that plays a graphics card takes long, and knows no first touch.
      device.software ? 2 : 8,
      rounds => streamCopy(x, rounds),
      rounds => streamCopyCost(elements, rounds).bytes,
    );
  } catch (error) {
    if (!(error instanceof DeviceError) || elements < 1 << 20) throw error;
    // More than a kernel can see at a time on this graphics card; throws where it is lost instead.
    await device.finish();
    return await copyRate(device, Math.floor(elements / 2));
  } finally {
    x.dispose();
  }
}

async function transferRates(device: Device): Promise<Pick<DeviceLimits, 'upload' | 'readback'>> {
  if (device.sharesMemory) return {};
  const values = new Float32Array(1 << 24).fill(1);
  const uploaded = await measure(async () => {
    const x = tf.tensor1d(values);
    // Data moves only when a kernel asks for it: one that takes next to nothing itself.
    const used = tf.slice(x, [0], [1]);
    await device.finish();
    tf.dispose([x, used]);
  });
  const x = tf.tensor1d(values);
  const read = await measure(async () => {
    const y = streamCopy(x);
    await device.finish();
    const start = performance.now();
    await y.data();
    const seconds = (performance.now() - start) / 1000;
    y.dispose();
    return seconds;
  });
  x.dispose();
  return { upload: values.byteLength / uploaded.least, readback: values.byteLength / read.least };
}

async function launchLatency(device: Device): Promise<number> {
  const x = tf.fill([1], 1) as tf.Tensor1D;
  const { median } = await measure(
    async () => {
      const y = streamCopy(x);
      await device.finish();
      y.dispose();
    },
    { seconds: 0.1 },
  );
  x.dispose();
  return median;
}

/** Measures what the open device reaches at most; takes one to three seconds. */
export async function measureLimits(device: Device): Promise<DeviceLimits> {
  return {
    flops: Math.max(await multiplyAddRate(device), await matrixProductRate(device)),
    bandwidth: await copyRate(device),
    ...(await transferRates(device)),
    latency: await launchLatency(device),
  };
}
