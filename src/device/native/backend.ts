import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { getKernel, getKernelsForBackend, registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeAddon } from './addon.js';

type Values = Float32Array | Int32Array;

/**
 * TensorFlow.js's own CPU back end, with tensors as typed arrays in host memory, whose hot kernels call the
 * C++ addon.
 */
export class NativeBackend extends MathBackendCPU {
  constructor(readonly addon: NativeAddon) {
    super();
    // On its first write the parent advises to install another back end.
    Object.assign(this, { firstUse: false });
  }

  /** A float32 tensor's values, not copied. */
  floats({ dataId }: TensorInfo): Float32Array {
    const values = this.data.get(dataId).values;
    return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
  }

  /** An int32 tensor's values, not copied. */
  integers({ dataId }: TensorInfo): Int32Array {
    const values = this.data.get(dataId).values;
    return values instanceof Int32Array ? values : Int32Array.from(values as ArrayLike<number>);
  }

  /** A tensor over these values, not copied. */
  output(values: Values, ...shape: number[]): TensorInfo {
    return this.makeTensorInfo(shape, values instanceof Float32Array ? 'float32' : 'int32', values);
  }

  /**
   * A tensor whose values were written into those of an earlier one, which is still to be disposed of: memory that was
   * written before costs no page faults.
   */
  again({ dataId, shape, dtype }: TensorInfo): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape, dtype };
  }
}

/** Gives the back end `native` every kernel of `cpu` that it has no version of its own for. */
export function inheritKernels(): void {
  for (const kernel of getKernelsForBackend('cpu')) {
    if (!getKernel(kernel.kernelName, 'native')) registerKernel({ ...kernel, backendName: 'native' });
  }
}
