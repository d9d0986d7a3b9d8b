import type * as tf from '@tensorflow/tfjs-core';
import type { KernelBackend } from '../device/webgpu/backend.js';
import { bitsOf } from '../device/webgpu/shader.js';
import { stepOnWebgpu } from './lloyd-step.js';

const threads = 256;

/**
 * Records all steps at once: between two, the device itself computes the next centroids and decides whether to go
 * on; what is recorded behind the last step returns at once.
 */
export function lloydStepsOnWebgpu(
  { x, centroids, weights }: Record<'x' | 'centroids', tf.TensorInfo> & { weights?: tf.TensorInfo },
  { steps: wanted, tolerance }: { steps: number; tolerance: number },
  backend: KernelBackend,
): tf.TensorInfo[] {
  const [features, customers] = x.shape;
  const k = centroids.shape[0];
  const size = k * features;
  const steps = Math.max(1, Math.min(wanted, Math.floor(backend.limits.bindingBytes / (4 * size))));
  const [sums, residuals] = [backend.output([steps, k, features]), backend.output([steps, k, features])];
  const counts = backend.output([steps, k]);
  const groups = Math.ceil(size / threads);
  const shapes = [[3, k, features + 1], [k, features], [k, features], [groups], [4]];
  const labels = backend.output([customers], 'int32');
  backend.withScratch(shapes, (totals, odd, even, shifts, state) => {
    backend.clear(totals, state);
    let current: tf.TensorInfo = centroids;
    for (let step = 0; step < steps; step++) {
      const stopped = step > 0 ? state : undefined;
      stepOnWebgpu(
        { x, centroids: current, weights },
        { labels, sums, residuals, counts, totals, step, stopped },
        backend,
      );
      if (step === steps - 1) break;
      const next = step % 2 ? even : odd;
      const sizes = { features, k, step, groups, tolerance: bitsOf(tolerance) };
      backend.dispatch({
        shader: 'lloyd-steps',
        entry: 'means',
        sizes,
        tensors: {
          sums,
          residuals,
          counts,
          centroids: current,
          newCentroids: next,
          newShifts: shifts,
          state,
        },
        workgroups: groups,
      });
      backend.dispatch({
        shader: 'lloyd-steps',
        entry: 'decide',
        sizes,
        tensors: { shifts, state },
        workgroups: 1,
      });
      current = next;
    }
  });
  backend.disposeData(labels.dataId);
  return [sums, residuals, counts, backend.output([0], 'int32')];
}
