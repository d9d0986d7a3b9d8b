import {
  engine,
  type KernelConfig,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import type { KernelBackend } from '../device/webgpu/backend.js';

type Inputs = Record<string, TensorInfo | undefined>;
type Attributes = Record<string, number | string | boolean>;

/** One kernel's code for one kind of device: input tensors and attributes in, output tensors out. */
type KernelVersion<I = Inputs, A = Attributes> = (inputs: I, attributes: A, backend: object) => TensorInfo[];

/** The version for the C++ addon, whose functions take the tensors' own arrays. */
type NativeVersion<I, A> = (inputs: I, attributes: A, backend: NativeBackend) => TensorInfo[];

/** The version for graphics cards, which records its dispatches with the back end. */
type WebgpuVersion<I, A> = (inputs: I, attributes: A, backend: KernelBackend) => TensorInfo[];

/** A kernel's code by kind of device. */
interface KernelVersions<I, A> {
  /** Composed of TensorFlow.js ops and host loops; serves every device that has no version of its own. */
  portable: KernelVersion<I, A>;
  /** The C++ addon. */
  native?: NativeVersion<I, A>;
  /** WGSL; `host` for work that is nothing for a graphics card: the portable version, on values that are still on the host. */
  webgpu?: WebgpuVersion<I, A> | 'host';
}

/** Back ends of TensorFlow.js that run the portable version: their synchronous reads are cheap. */
const portableBackends = ['cpu', 'wasm', 'tensorflow'];

const hostKernels = new Set<string>();

/** Whether the host computes a kernel although a graphics card is open. */
export function computesOnHost(kernelName: string, backendName: string): boolean {
  return backendName === 'webgpu' && hostKernels.has(kernelName);
}

/** Enters a kernel into TensorFlow.js's registry, from where the engine picks the open device's version. */
export function registerVersions<I, A>(kernelName: string, versions: KernelVersions<I, A>): void {
  const { portable, native, webgpu } = versions;
  const register = (backendName: string, version: KernelVersion<I, A>) =>
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }: Parameters<KernelConfig['kernelFunc']>[0]) =>
        version(inputs as I, attrs as A, backend),
    });
  for (const backendName of portableBackends) register(backendName, portable);
  register(
    'native',
    native ? (inputs, attributes, backend) => native(inputs, attributes, backend as NativeBackend) : portable,
  );
  if (webgpu === 'host') {
    hostKernels.add(kernelName);
    register('webgpu', portable);
  } else if (webgpu) {
    register('webgpu', (inputs, attributes, backend) => webgpu(inputs, attributes, backend as KernelBackend));
  }
}

/** Runs a kernel on the open device. */
export function runKernel<Outputs extends Tensor[]>(
  kernelName: string,
  inputs: Record<string, Tensor | undefined>,
  attributes: Attributes = {},
): Outputs {
  const given = Object.entries(inputs).filter(([, tensor]) => tensor !== undefined) as [string, Tensor][];
  return engine().runKernel(kernelName, Object.fromEntries(given), attributes) as unknown as Outputs;
}
