import '@tensorflow/tfjs-backend-wasm';
import { getThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import { env } from '@tensorflow/tfjs-core';
import { closeBackend, hostFacts, useBackend } from './backend.js';
import type { DeviceDriver } from './device.js';

export const wasm: DeviceDriver = {
  name: 'wasm',
  async open() {
    await useBackend('wasm');
    const simd = await env().getAsync('WASM_HAS_SIMD_SUPPORT');
    return {
      name: 'wasm',
      backend: 'wasm',
      ...hostFacts(),
      threads: Math.max(1, getThreadsCount()),
      simd: simd ? 'WebAssembly, 128 bits' : undefined,
      can: ['runs wherever Node.js runs'],
      finish: async () => {},
      close: async () => closeBackend('wasm'),
    };
  },
};
