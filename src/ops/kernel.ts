import {
  engine,
  type KernelConfig,
  registerKernel,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';

type Inputs = Record<string, TensorInfo | undefined>;
type Attributes = Record<string, number | string | boolean>;

/** One kernel's code for one kind of device: input tensors and attributes in, output tensors out. */
export type KernelVersion<I = Inputs, A = Attributes> = (
  inputs: I,
  attributes: A,
  backend: object,
) => TensorInfo[];

/** A kernel's code by kind of device. */
export interface KernelVersions<I, A> {
  /** Composed of TensorFlow.js ops and host loops; serves every device that has no version of its own. */
  portable: KernelVersion<I, A>;
  /** The C++ addon. */
  native?: KernelVersion<I, A>;
  /** WGSL. */
  webgpu?: KernelVersion<I, A>;
}

/** Back ends of TensorFlow.js that run the portable version: their synchronous reads are cheap. */
const portableBackends = ['cpu', 'wasm', 'tensorflow'];

/** Enters a kernel into TensorFlow.js's registry, from where the engine picks the open device's version. */
export function registerVersions<I, A>(kernelName: string, versions: KernelVersions<I, A>): void {
  const { portable, native = portable, webgpu } = versions;
  const register = (backendName: string, version: KernelVersion<I, A>) =>
    registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs, backend }: Parameters<KernelConfig['kernelFunc']>[0]) =>
        version(inputs as I, attrs as A, backend),
    });
  for (const backendName of portableBackends) register(backendName, portable);
  register('native', native);
  if (webgpu) register('webgpu', webgpu);
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
