import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { type Device, type DeviceName, deviceNames, openDevice } from '../src/device/index.js';

/** Devices that the project itself sets up; the others need a binary or hardware that may be missing. */
const setUpHere: DeviceName[] = ['webgpu', 'native', 'wasm', 'cpu'];

/** `KINDRED_TEST_DEVICES=native,cpu` narrows a run down. */
const wanted = process.env.KINDRED_TEST_DEVICES?.split(',') ?? deviceNames;

/**
 * Runs a suite on every device that is present. One that is absent is skipped with its reason, but fails
 * under `CI` where the project's own set-up should have made it present.
 */
export function onEveryDevice(title: string, suite: (device: () => Device) => void): void {
  for (const name of deviceNames) {
    describe.skipIf(!wanted.includes(name))(`${title} on ${name}`, () => {
      let device: Device | undefined;
      let absence = '';

      beforeAll(async () => {
        try {
          device = await openDevice(name);
        } catch (error) {
          absence = (error as Error).message;
          if (process.env.CI && setUpHere.includes(name)) throw error;
          console.warn(`skipped on ${name}: ${absence}`);
        }
      });
      afterAll(() => device?.close());
      beforeEach(({ skip }) => {
        skip(!device, absence);
      });

      suite(() => device!);
    });
  }
}

/** Opens a device for a suite whose subject is something else. */
export function onDevice(name: DeviceName): void {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice(name);
  });
  afterAll(() => device.close());
}

/** Awaits the values of tensors and frees them. */
export async function read(...tensors: tf.Tensor[]): Promise<number[][]> {
  const values = await Promise.all(tensors.map(tensor => tensor.data()));
  tf.dispose(tensors);
  return values.map(array => [...array]);
}
