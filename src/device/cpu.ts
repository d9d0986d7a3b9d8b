import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { closeBackend, hostFacts, useBackend } from './backend.js';
import type { DeviceDriver } from './device.js';

// On its first write the back end that its package registers advises to install another one; this one was
// asked for by name.
removeBackend('cpu');
registerBackend('cpu', () => Object.assign(new MathBackendCPU(), { firstUse: false }));

export const cpu: DeviceDriver = {
  name: 'cpu',
  async open() {
    await useBackend('cpu');
    return {
      name: 'cpu',
      backend: 'cpu',
      ...hostFacts(),
      threads: 1,
      sharesMemory: true,
      can: ['plain JavaScript, the reference for the other devices'],
      finish: async () => {},
      close: async () => closeBackend('cpu'),
    };
  },
};
