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
    const known = { ...sizes };
    let fits = tensor.shape.length === letters.length;
    for (let axis = 0; fits && axis < letters.length; axis++) {
      sizes[letters[axis]] ??= tensor.shape[axis];
      fits = sizes[letters[axis]] === tensor.shape[axis];
    }
    if (fits) continue;
    const axes = [...letters].map(letter => (letter in known ? `${letter}=${known[letter]}` : letter));
    throw new UsageError({
      expected: `${name} of shape [${axes.join(', ')}]`,
      found: `[${tensor.shape.join(', ')}]`,
    });
  }
  return sizes;
}
