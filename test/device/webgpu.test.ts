import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Device, openDevice } from '../../src/device/index.js';
import type { KernelBackend } from '../../src/device/webgpu/backend.js';
import { DeviceError } from '../../src/errors.js';
import { lloydSteps, streamCopy } from '../../src/ops/index.js';

describe('A WebGPU device that is lost', () => {
  let device: Device;

  beforeEach(async ({ skip }) => {
    try {
      device = await openDevice('webgpu');
    } catch (error) {
      if (process.env.CI) throw error;
      skip(true, (error as Error).message);
    }
  });

  const lose = () => (tf.backend() as KernelBackend).device.destroy();

  it('tells whoever waits for a result, and whoever asks for more', async () => {
    const x = tf.randomNormal<tf.Rank.R2>([16, 20_000]);
    const centroids = tf.randomNormal<tf.Rank.R2>([64, 16]);
    const { sums, counts } = lloydSteps({ x, centroids }, { steps: 30, tolerance: 0 });
    const pending = [sums.data(), counts.data(), device.finish()];
    const settled = Promise.allSettled(pending);
    lose();
    for (const result of await settled) {
      expect(result).toMatchObject({ status: 'rejected', reason: expect.any(DeviceError) });
      const { message, exitCode } = (result as PromiseRejectedResult).reason as DeviceError;
      expect(message).toContain(
        `the graphics card ${device.hardware} to stay, found that it was lost (destroyed`,
      );
      expect(exitCode).toBe(4);
    }
    expect(() => streamCopy(tf.ones([3]))).toThrow('it was lost');
    await expect(sums.data()).rejects.toThrow('it was lost');
    await expect(device.finish()).rejects.toThrow(DeviceError);
    await device.close();
  });

  it('can be opened again', async () => {
    lose();
    await device.close();
    device = await openDevice('webgpu');
    expect([...(await streamCopy(tf.tensor1d([4, 5])).data())]).toEqual([4, 5]);
    await device.close();
  });
});
