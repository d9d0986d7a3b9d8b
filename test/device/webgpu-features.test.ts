import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDevice } from '../../src/device/index.js';
import type { KernelBackend } from '../../src/device/webgpu/backend.js';
import { DeviceError } from '../../src/errors.js';
import { centroidUpdate } from '../../src/ops/index.js';
import { read } from '../devices.js';
import { randomMatrix } from '../ops/oracle.js';

/** Opens the device with these features, and tells which variants of kernels it takes and what one finds. */
async function withFeatures(features: string): Promise<{ variants: readonly string[]; sums: number[][] }> {
  vi.stubEnv('KINDRED_WEBGPU_FEATURES', features);
  const device = await openDevice('webgpu');
  try {
    const { variants } = tf.backend() as KernelBackend;
    const x = tf.tensor2d(randomMatrix(1, 5, 9001), [5, 9001]);
    const labels = tf.tensor1d(new Int32Array(9001).map((_, i) => (i * 7) % 6));
    return { variants, sums: await read(...Object.values(centroidUpdate(x, labels, 6))) };
  } finally {
    await device.close();
  }
}

describe('KINDRED_WEBGPU_FEATURES', () => {
  beforeEach(async ({ skip }) => {
    try {
      await (await openDevice('webgpu')).close();
    } catch (error) {
      if (process.env.CI) throw error;
      skip(true, (error as Error).message);
    }
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('forbids what it does not name, and results stay the same', async () => {
    const plain = await withFeatures('none');
    expect(plain.variants).toEqual([]);
    const some = await withFeatures('subgroups').catch(error => {
      // A card without them says so.
      expect(error).toBeInstanceOf(DeviceError);
    });
    if (some) expect(some).toEqual({ variants: ['subgroups'], sums: plain.sums });
  });

  it('refuses a name that is none', async () => {
    await expect(withFeatures('subgroups,turbo')).rejects.toThrow(
      'expected features out of subgroups, f16, matrix in KINDRED_WEBGPU_FEATURES, found "turbo"',
    );
  });

  it('refuses to open a card that lacks what it names', async () => {
    const opened = await withFeatures('f16').catch(error => error);
    if (opened instanceof Error) expect(opened.message).toContain('to have f16 (shader-f16)');
    else expect(opened.variants).toEqual(['f16']);
  });
});
