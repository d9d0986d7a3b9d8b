import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type DeviceName, deviceNames, listDevices, openDevice, paysToMove } from '../../src/device/index.js';
import { DeviceError, UsageError } from '../../src/errors.js';

describe('openDevice', () => {
  it('refuses a name that is none', async () => {
    await expect(openDevice('abacus' as DeviceName)).rejects.toThrow(UsageError);
    await expect(openDevice('abacus' as DeviceName)).rejects.toThrow('webgpu, cuda, native');
  });

  it('opens the same device again after it was closed', async () => {
    for (let round = 0; round < 2; round++) {
      const device = await openDevice('wasm');
      expect(tf.getBackend()).toBe('wasm');
      const sum = tf.sum(tf.tensor1d([1, 2, 3]));
      expect([...(await sum.data())]).toEqual([6]);
      await device.close();
    }
  });

  it('opens one device after the other', async () => {
    for (const name of ['cpu', 'wasm', 'native', 'cpu'] as const) {
      const device = await openDevice(name);
      expect(device.name).toBe(name);
      expect(tf.getBackend()).toBe(device.backend);
      await device.close();
    }
  });

  it('takes no software GPU and not the oracle by itself', async () => {
    const device = await openDevice('auto');
    expect(device.software ?? false).toBe(false);
    expect(device.name).not.toBe('cpu');
    await device.close();
  });

  it('keeps small work on the processor', async () => {
    const device = await openDevice('auto', { work: { flops: 1e6, bytes: 1e6 } });
    expect(['native', 'tensorflow', 'wasm']).toContain(device.name);
    await device.close();
  });

  it('says of a device that is absent why, and how to get it', async () => {
    const absent = (await listDevices()).filter(report => !report.present);
    expect.assertions(1 + 3 * absent.length);
    expect(absent.map(({ name }) => name)).not.toContain('wasm');
    for (const report of absent) {
      expect(report.reason).not.toBe('');
      expect(report.remedy).toBeTruthy();
      await expect(openDevice(report.name)).rejects.toThrow(DeviceError);
    }
  });
});

describe('listDevices', () => {
  it('lists each kind once, in order, with what is known of it', async () => {
    const reports = await listDevices();
    expect(reports.map(({ name }) => name)).toEqual([...deviceNames]);
    for (const report of reports) {
      if (report.present) expect(report).toMatchObject({ hardware: expect.stringMatching(/./) });
    }
  });

  it('leaves nothing open that keeps the process alive or a core busy', () => {
    const script =
      'const { listDevices } = await import("./dist/device/index.js"); await listDevices();' +
      'const before = process.cpuUsage(); await new Promise(r => setTimeout(r, 500));' +
      'const { user, system } = process.cpuUsage(before); console.log((user + system) / 1e6);';
    const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(status).toBe(0);
    expect(Number(stdout.trim().split('\n').at(-1))).toBeLessThan(0.25);
  });
});

describe('paysToMove', () => {
  it('is true of large arithmetic on little data only', () => {
    expect(paysToMove({ flops: 1e12, bytes: 1e9 })).toBe(true);
    expect(paysToMove({ flops: 1e9, bytes: 1e9 })).toBe(false);
    expect(paysToMove({ flops: 1e11, bytes: 1e11 })).toBe(false);
  });
});
