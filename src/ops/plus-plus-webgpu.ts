import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '../device/webgpu/backend.js';

/** Customers of a block, each of which is one workgroup. */
const blockSize = 256;

/**
 * Records all rounds at once, so that the host waits for none of them. In the first, any draw may choose: the
 * others are tried in vain.
 */
export function plusPlusOnWebgpu(
  { x, draws, weights }: Record<'x' | 'draws', tf.TensorInfo> & { weights?: tf.TensorInfo },
  _: object,
  backend: KernelBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const [k, trials] = draws.shape;
  const blocks = Math.ceil(customers / blockSize);
  const chosen = backend.output([k], 'int32');
  const constants = { weighted: weights ? 1 : 0 };
  const shapes = [[customers], [2 * blocks], [trials], [trials, customers], [k, trials, 2], [k + 1]];
  backend.withScratch(shapes, (distances, blockSums, candidates, attempts, totals, greatest) => {
    backend.clear(totals, greatest);
    const dispatch = (
      entry: string,
      round: number,
      workgroups: number,
      tensors: Record<string, tf.TensorInfo>,
    ) =>
      backend.dispatch({
        shader: 'plus-plus',
        entry,
        constants,
        sizes: { features, customers, trials, round, blocks },
        tensors: { ...tensors, weights, distances, greatest },
        workgroups,
      });
    dispatch('start', 0, blocks, {});
    for (let round = 0; round < k; round++) {
      dispatch('weigh', round, blocks, { blockSums });
      dispatch('draw', round, trials, { blockSums, candidates, draws });
      dispatch('attempt', round, blocks, { x, candidates, attempts, totals });
      dispatch('settle', round, blocks, { candidates, attempts, totals, chosen });
    }
  });
  return [chosen];
}
