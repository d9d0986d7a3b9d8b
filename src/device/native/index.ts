import { findBackendFactory, registerBackend } from '@tensorflow/tfjs-core';
import { closeBackend, hostFacts, useBackend } from '../backend.js';
import type { DeviceDriver } from '../device.js';
import { loadAddon, type SimdLevel } from './addon.js';
import { inheritKernels, NativeBackend } from './backend.js';

const levelNames: Record<SimdLevel, string | undefined> = {
  amx: 'AMX',
  avx512: 'AVX-512',
  avx2: 'AVX2',
  neon: 'NEON',
  plain: undefined,
};

export const native: DeviceDriver = {
  name: 'native',
  async open({ threads = 0 }) {
    const addon = loadAddon();
    addon.threads(threads);
    inheritKernels();
    if (!findBackendFactory('native')) registerBackend('native', () => new NativeBackend(addon));
    await useBackend('native');
    return {
      name: 'native',
      backend: 'native',
      ...hostFacts(),
      threads: addon.threads(),
      sharesMemory: true,
      simd: levelNames[addon.simd()],
      can: [`C++ kernels, built for ${addon.simdLevels().join(', ')}`],
      finish: async () => {},
      close: async () => closeBackend('native'),
    };
  },
};
