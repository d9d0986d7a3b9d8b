import { env, registerBackend, removeBackend } from '@tensorflow/tfjs-core';
import { DeviceError } from '../../errors.js';
import { useBackend } from '../backend.js';
import type { Device, DeviceDriver, OpenOptions } from '../device.js';
import { KernelBackend } from './backend.js';
import { featuresToAskFor, wantsExperiments } from './features.js';
import { chooseSwiftShader, hasVulkanDriver, loadVulkan } from './vulkan.js';

/** Limits that are asked for in the size that the adapter has, instead of the defaults. */
const limits = [
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
] as const;

const remedy = `install the graphics card's Vulkan (Linux), Metal (macOS) or Direct3D 12 (Windows) driver; \
for a software one, which is slow: apt-get install chromium, or name a driver's file in VK_ICD_FILENAMES`;

/**
 * Workgroup memory is not zeroed at the start of each workgroup: no kernel reads what it has not written, and
 * SwiftShader takes seconds to compile the zeroing.
 */
const dawnFeatures = ['disable_workgroup_init'];

/** Dawn rounds what a card's clock tells to 65 µs, against spying between web pages; kernels take less. */
const dawnPrecautions = ['timestamp_quantization'];

/** Dawn crashes when one of its instances is collected, so they live as long as the process. */
const instances: GPU[] = [];

/**
 * Starts WebGPU and makes it global, where TensorFlow.js looks for it. Its back end was imported before:
 * had it found WebGPU then, it would have registered a factory of its own.
 */
async function startDawn(): Promise<GPU> {
  const { create, globals } = await import('webgpu').catch(cause => {
    throw new DeviceError({
      expected: 'the package "webgpu" to load',
      found: cause.message,
      hint: remedy,
      cause,
    });
  });
  const enabled = wantsExperiments() ? [...dawnFeatures, 'allow_unsafe_apis'] : dawnFeatures;
  const gpu = create([
    `enable-dawn-features=${enabled.join()}`,
    `disable-dawn-features=${dawnPrecautions.join()}`,
  ]);
  instances.push(gpu);
  Object.assign(globalThis, globals);
  // Node 20 has no `navigator`; in later versions it cannot be replaced, but it can be added to.
  const host = globalThis as { navigator?: object };
  if (!host.navigator) Object.defineProperty(host, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(host.navigator, 'gpu', { value: gpu, configurable: true });
  return gpu;
}

function isSoftware({ info }: GPUAdapter): boolean {
  const names = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names);
}

async function findAdapter(softwareAllowed: boolean): Promise<GPUAdapter> {
  let found = 'none';
  if (loadVulkan()) {
    if (hasVulkanDriver()) {
      const gpu = instances.at(-1) ?? (await startDawn());
      const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
      if (adapter && (softwareAllowed || !isSoftware(adapter))) return adapter;
      if (adapter) found = `only ${hardwareOf(adapter)}, which computes on the processor`;
    }
    if (softwareAllowed && chooseSwiftShader()) {
      // Another instance, since one looks for drivers only when it starts.
      const gpu = await startDawn();
      const adapter = await gpu.requestAdapter();
      if (adapter) return adapter;
    }
  }
  throw new DeviceError({ expected: 'a graphics card with a WebGPU driver', found, hint: remedy });
}

function hardwareOf({ info }: GPUAdapter): string {
  return [info.device, info.description].filter(Boolean).join(', ') || info.vendor;
}

function mebibytes(bytes: number): string {
  return bytes % 2 ** 30 === 0 ? `${bytes / 2 ** 30} GiB` : `${Math.floor(bytes / 2 ** 20)} MiB`;
}

function abilities(device: GPUDevice, { info }: GPUAdapter): string[] {
  const has = (feature: string) => device.features.has(feature as GPUFeatureName);
  return [
    `tensors up to ${mebibytes(device.limits.maxStorageBufferBindingSize)}`,
    `${device.limits.maxComputeWorkgroupStorageSize / 1024} KiB of workgroup memory`,
    ...(has('subgroups') ? [`subgroups of ${info.subgroupMinSize} to ${info.subgroupMaxSize}`] : []),
    ...(has('shader-f16') ? ['float16'] : []),
    ...(has('timestamp-query') ? ['timestamps'] : []),
  ];
}

async function open({ softwareAllowed = false }: OpenOptions): Promise<Device> {
  const adapter = await findAdapter(softwareAllowed);
  const requested = adapter.requestDevice({
    requiredFeatures: featuresToAskFor(adapter.features),
    requiredLimits: Object.fromEntries(limits.map(limit => [limit, asNumber(adapter.limits[limit])])),
  });
  const device = await requested.catch(cause => {
    const found = `that ${hardwareOf(adapter)} does not (${cause.message})`;
    throw new DeviceError({ expected: 'the graphics card to open', found, hint: remedy, cause });
  });
  const backend = new KernelBackend(device, adapter.info, hardwareOf(adapter));
  // Else tensors under a thousand elements never reach the device.
  env().set('WEBGPU_CPU_FORWARD', false);
  registerBackend('webgpu', () => backend);
  await useBackend('webgpu');
  return {
    name: 'webgpu',
    backend: 'webgpu',
    hardware: hardwareOf(adapter),
    software: isSoftware(adapter),
    can: abilities(device, adapter),
    finish: () => backend.finish(),
    busy: device.features.has('timestamp-query') ? work => backend.busy(work) : undefined,
    trim: () => backend.trim(),
    // The factory goes with the back end: the next opening brings its own.
    close: async () => removeBackend('webgpu'),
  };
}

/** WebGPU takes no limit that is no whole number for JavaScript, though it may hand out one. */
function asNumber(limit: number): number {
  return Math.min(limit, Number.MAX_SAFE_INTEGER);
}

/** Any graphics card with a Vulkan, Metal or Direct3D 12 driver, through Dawn. */
export const webgpu: DeviceDriver = { name: 'webgpu', open };
