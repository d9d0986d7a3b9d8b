import * as tf from '@tensorflow/tfjs-core';
import type { Device } from '../device/index.js';
import { type BenchmarkCase, fewerBy } from './case.js';

/** How often a case is run, about: to check it, and by each of the clocks. */
const runs = 16;

/** Seconds of one run, after one in which the device compiles what it needs. */
async function secondsOf({ prepare }: BenchmarkCase, device: Device): Promise<number> {
  const { upload, run } = prepare();
  const inputs = upload();
  try {
    const once = async () => {
      const outputs = run(inputs);
      await device.finish();
      tf.dispose(outputs);
    };
    await once();
    const start = performance.now();
    await once();
    return (performance.now() - start) / 1000;
  } finally {
    tf.dispose(inputs);
  }
}

/**
 * The case, or as large a one as the device can measure in the time: from the smallest on, since nothing is known of a
 * kernel on a device before it ran, and one that runs for minutes cannot be stopped. Times are taken to grow with
 * the rows. Undefined where even the smallest would take many times as long.
 *
 * @param seconds that measuring may take.
 */
export async function sizeFor(
  device: Device,
  wanted: BenchmarkCase,
  seconds: number,
  turn: () => Promise<void>,
): Promise<BenchmarkCase | undefined> {
  const sizes = [wanted];
  for (let next = wanted.smaller?.(); next; next = next.smaller?.()) sizes.push(next);
  let chosen = sizes.length - 1;
  while (chosen > 0) {
    await turn();
    const taken = runs * (await secondsOf(sizes[chosen], device));
    if (chosen === sizes.length - 1 && taken > 20 * seconds) return undefined;
    const larger = Math.floor(Math.log(seconds / taken) / Math.log(fewerBy));
    if (larger < 1) break;
    chosen = Math.max(0, chosen - larger);
  }
  return sizes[chosen];
}
