import type { Tensor } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';

/**
 * Refuses tensors whose shape is not the wanted one. Sizes are named: the same letter must stand for the
 * same size wherever it occurs. Returns the sizes by letter.
 *
 * @example `const { d, n, k } = checkShapes({ x: [x, 'dn'], centroids: [centroids, 'kd'] });`
 */
export function checkShapes(tensors: Record<string, [Tensor | undefined, string]>): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const [name, [tensor, letters]] of Object.entries(tensors)) {
    if (!tensor) continue;
    const wanted = `${name} of shape [${[...letters].map(l => (l in sizes ? `${l}=${sizes[l]}` : l)).join(', ')}]`;
    const found = `[${tensor.shape.join(', ')}]`;
    if (tensor.shape.length !== letters.length) throw new UsageError({ expected: wanted, found });
    for (const [axis, letter] of [...letters].entries()) {
      sizes[letter] ??= tensor.shape[axis];
      if (sizes[letter] !== tensor.shape[axis]) throw new UsageError({ expected: wanted, found });
    }
  }
  return sizes;
}
