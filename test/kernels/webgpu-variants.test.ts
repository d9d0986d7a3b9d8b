import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { create, globals } from 'webgpu';
import { loadShader } from '../../src/device/webgpu/shader.js';

/** Each kernel that has entry points. */
const kernels = readdirSync('kernels')
  .filter(file => /^[\w-]+\.wgsl$/.test(file))
  .map(file => file.replace('.wgsl', ''))
  .filter(name => loadShader(name).code.includes('@compute'));

const variants = [[], ['subgroups'], ['f16', 'subgroups'], ['matrix', 'f16', 'subgroups']];

// Dawn's null back end computes nothing, but has every feature and checks what it is given.
describe('WGSL for graphics cards that are not here', () => {
  let gpu: GPU;
  let device: GPUDevice;
  beforeAll(async () => {
    Object.assign(globalThis, globals);
    gpu = create(['backend=null', 'enable-dawn-features=allow_unsafe_apis']);
    const adapter = await gpu.requestAdapter();
    device = await adapter!.requestDevice({
      requiredLimits: { maxStorageBuffersPerShaderStage: 8 },
      requiredFeatures: [...adapter!.features].filter(feature =>
        ['subgroups', 'shader-f16', 'chromium-experimental-subgroup-matrix'].includes(feature),
      ) as GPUFeatureName[],
    });
  });
  afterAll(() => device.destroy());

  it.each(
    kernels.flatMap(name => variants.map(some => [name, some] as const)),
  )('%s is valid with %j', async (name, some) => {
    const { code } = loadShader(name, some);
    const module = device.createShaderModule({ code, label: name });
    const { messages } = await module.getCompilationInfo();
    expect(messages.filter(({ type }) => type === 'error').map(({ message }) => message)).toEqual([]);
  });
});
