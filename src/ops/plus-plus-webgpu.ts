import type * as tf from '@tensorflow/tfjs-core';
import type { Dispatch, KernelBackend } from '../device/webgpu/backend.js';
import { type ColumnRange, columnRanges, inColumnParts } from './column-parts.js';

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
  const ofBlocks = [[customers], [2 * blocks]];
  const ofTrials = [[trials], [features, trials], [trials, customers], [k, trials, 2]];
  backend.withScratch([...ofBlocks, ...ofTrials, [k + 1]], (distances, blockSums, ...scratch) => {
    const [candidates, candidateFeatures, attempts, totals, greatest] = scratch;
    backend.clear(totals, greatest);
    const dispatch = (
      entry: string,
      round: number,
      workgroups: number,
      tensors: Dispatch['tensors'],
      { count, from }: Pick<ColumnRange, 'count' | 'from'> = { count: customers, from: 0 },
    ) => {
      const sizes = { features, customers: count, first: from, trials, round, blocks };
      backend.dispatch({ shader: 'plus-plus', entry, constants, sizes, tensors, workgroups });
    };
    // In whole blocks, and such that what is measured of each candidate can be bound too.
    const parts = { numbers: trials, boundary: blockSize };

    const potentials = { weights, distances, greatest };
    const ofRange = ({ of }: ColumnRange) => ({
      weights: weights && of(weights),
      distances: of(distances),
      greatest,
      attempts: of(attempts, trials),
      totals,
    });
    dispatch('start', 0, blocks, potentials);
    for (let round = 0; round < k; round++) {
      dispatch('weigh', round, blocks, { ...potentials, blockSums });
      dispatch('draw', round, trials, { ...potentials, blockSums, candidates, draws });
      const gatherers = Math.ceil((features * trials) / blockSize);
      inColumnParts(
        x,
        backend,
        range =>
          dispatch('gather', round, gatherers, { x: range.part, candidates, candidateFeatures }, range),
        parts,
      );
      inColumnParts(
        x,
        backend,
        range => {
          const tensors = { ...ofRange(range), x: range.part, candidateFeatures };
          dispatch('attempt', round, Math.ceil(range.count / blockSize), tensors, range);
        },
        parts,
      );
      for (const range of columnRanges(x.shape, backend.limits, parts)) {
        const tensors = { ...ofRange(range), candidates, chosen };
        dispatch('settle', round, Math.ceil(range.count / blockSize), tensors, range);
      }
    }
  });
  return [chosen];
}
