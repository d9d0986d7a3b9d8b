import { existsSync } from 'node:fs';
import * as os from 'node:os';
import * as util from 'node:util';
import { backend as currentBackend } from '@tensorflow/tfjs-core';
import { DeviceError } from '../errors.js';
import { closeBackend, hostFacts, useBackend } from './backend.js';
import type { DeviceDriver } from './device.js';

/** What is used here of the back end of the two optional packages; their types come only with them. */
interface NodeBackend {
  isUsingGpuDevice: boolean;
}

/** tfjs-node 4.22 calls helpers that Node.js 23 removed from `util`. */
function restoreRemovedHelpers(): void {
  const helpers = {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isString: (value: unknown) => typeof value === 'string',
  };
  const target = (util as { default?: object }).default ?? util;
  for (const [name, helper] of Object.entries(helpers)) {
    if (!(name in target)) Object.defineProperty(target, name, { value: helper, configurable: true });
  }
}

/** Loads one of the two packages; both register the back end `tensorflow`. */
async function load(packageName: string): Promise<NodeBackend> {
  restoreRemovedHelpers();
  // Its remarks on the processor's instructions are not for our users.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  try {
    await import(packageName);
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new DeviceError({
      expected: `the optional package ${packageName}`,
      found: `that it does not load (${reason})`,
      hint: `npm install ${packageName}@4.22.0 downloads its binary; where that fails, native does the same work.`,
      cause,
    });
  }
  await useBackend('tensorflow');
  return currentBackend() as unknown as NodeBackend;
}

export const tensorflow: DeviceDriver = {
  name: 'tensorflow',
  async open() {
    await load('@tensorflow/tfjs-node');
    return {
      name: 'tensorflow',
      backend: 'tensorflow',
      ...hostFacts(),
      threads: os.availableParallelism(),
      can: ["TensorFlow's C library"],
      finish: async () => {},
      close: async () => closeBackend('tensorflow'),
    };
  },
};

function nvidiaDriver(): boolean {
  return (
    process.platform !== 'linux' ||
    ['/dev/nvidia0', '/proc/driver/nvidia/version'].some(path => existsSync(path))
  );
}

export const cuda: DeviceDriver = {
  name: 'cuda',
  async open() {
    // Loading the package takes seconds, so look first.
    if (!nvidiaDriver()) {
      throw new DeviceError({
        expected: 'an NVIDIA GPU with its driver',
        found: 'none on this machine',
        hint: 'Install the NVIDIA driver, CUDA 11 and cuDNN 8; other GPUs are served by webgpu.',
      });
    }
    const { isUsingGpuDevice } = await load('@tensorflow/tfjs-node-gpu');
    if (!isUsingGpuDevice) {
      closeBackend('tensorflow');
      throw new DeviceError({
        expected: 'TensorFlow to see a GPU',
        found: 'that it sees none',
        hint: 'It needs the libraries of CUDA 11 and cuDNN 8; webgpu needs only the NVIDIA driver.',
      });
    }
    return {
      name: 'cuda',
      backend: 'tensorflow',
      hardware: 'NVIDIA GPU through CUDA',
      can: ["TensorFlow's C library with CUDA 11"],
      finish: async () => {},
      close: async () => closeBackend('tensorflow'),
    };
  },
};
