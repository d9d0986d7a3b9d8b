import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../device/native/backend.js';
import { checkShapes } from './check.js';
import { bytesOf, type Cost } from './cost.js';
import type { CsrTensors } from './csr.js';
import { registerVersions, runKernel } from './kernel.js';

interface StrongestOwnedInputs {
  /** `[m, n]` */
  indptr: tf.Tensor1D;
  indices: tf.Tensor1D;
  values: tf.Tensor1D;
  /** `[n, factors]` */
  factors: tf.Tensor2D;
  /** int32 `[m, count]`, -1 for none. */
  recommended: tf.Tensor2D;
}

/**
 * Of the items that each customer has the one that speaks most for each recommended item: its value times the
 * cosine of the factors of both, as far as that is above 0; of equals the first.
 *
 * @param owned `[m, n]`
 * @param factors `[n, factors]`
 * @param recommended int32 `[m, count]`, items; -1 for none.
 * @returns int32 `[m, count]`, -1 where none speaks for it.
 */
export function strongestOwned(
  { indptr, indices, values }: CsrTensors,
  factors: tf.Tensor2D,
  recommended: tf.Tensor2D,
): tf.Tensor2D {
  checkShapes({ factors: [factors, 'nf'], recommended: [recommended, 'mc'] });
  const inputs = { indptr, indices, values, factors, recommended };
  return runKernel<[tf.Tensor2D]>('StrongestOwned', inputs)[0];
}

/** A product of factors for each item that a customer has and each that is recommended. */
export function strongestOwnedCost(
  entries: number,
  items: number,
  factors: number,
  customers: number,
  count: number,
): Cost {
  return {
    flops: 2 * factors * entries * count,
    bytes: bytesOf(2 * entries, items * factors, 2 * customers * count),
  };
}

function portable(inputs: StrongestOwnedInputs): tf.Tensor[] {
  const [n, size] = inputs.factors.shape;
  const [m, count] = inputs.recommended.shape;
  const [indptr, indices] = [inputs.indptr.dataSync<'int32'>(), inputs.indices.dataSync<'int32'>()];
  const weights = inputs.values.dataSync<'float32'>();
  const factors = inputs.factors.dataSync<'float32'>();
  const recommended = inputs.recommended.dataSync<'int32'>();
  const product = (a: number, b: number) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += factors[a * size + i] * factors[b * size + i];
    return sum;
  };
  const norms = Float64Array.from({ length: n }, (_, item) => Math.sqrt(product(item, item)));
  const because = new Int32Array(m * count).fill(-1);
  for (let place = 0; place < because.length; place++) {
    const item = recommended[place];
    if (item < 0) continue;
    const customer = Math.floor(place / count);
    let most = 0;
    for (let p = indptr[customer]; p < indptr[customer + 1]; p++) {
      const cosine = product(indices[p], item) / (norms[indices[p]] * norms[item] || 1);
      const strength = weights[p] * cosine;
      if (strength <= most) continue;
      most = strength;
      because[place] = indices[p];
    }
  }
  return [tf.tensor2d(because, [m, count], 'int32')];
}

function native(inputs: StrongestOwnedInputs, _: object, backend: NativeBackend): tf.TensorInfo[] {
  const [n, size] = inputs.factors.shape;
  const [m, count] = inputs.recommended.shape;
  const because = new Int32Array(m * count);
  backend.addon.strongestOwned(
    {
      rows: m,
      columns: n,
      indptr: backend.integers(inputs.indptr),
      indices: backend.integers(inputs.indices),
      values: backend.floats(inputs.values),
    },
    backend.floats(inputs.factors),
    size,
    backend.integers(inputs.recommended),
    count,
    because,
  );
  return [backend.output(because, m, count)];
}

registerVersions<StrongestOwnedInputs, object>('StrongestOwned', { native, webgpu: 'host', portable });
