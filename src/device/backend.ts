import * as os from 'node:os';
import { findBackendFactory, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { DeviceError } from '../errors.js';

/** Makes a registered back end the engine's, and waits until it is ready. */
export async function useBackend(backend: string): Promise<void> {
  if (!(await setBackend(backend))) {
    throw new DeviceError({
      expected: `the TensorFlow.js back end "${backend}" to start`,
      found: 'that it does not',
    });
  }
}

/** Frees a back end with all its tensors, but leaves it registered so that it can be opened again. */
export function closeBackend(backend: string): void {
  const factory = findBackendFactory(backend);
  removeBackend(backend);
  if (factory) registerBackend(backend, factory);
}

/** The host as a device: processor, memory. */
export function hostFacts(): { hardware: string; memoryBytes: number } {
  return { hardware: os.cpus()[0]?.model.trim() ?? os.arch(), memoryBytes: os.totalmem() };
}
