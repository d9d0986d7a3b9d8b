import { dispose, tensor3d } from '@tensorflow/tfjs-core';
import { lloydStarts } from '../ops/index.js';
import { inertiaOf, meansOf, type Pass, type Population } from './lloyd.js';

/** Products of customers, segments and features up to which the starts are walked side by side. */
const littleWork = 1e6;

/** Steps that each start makes at once; those that need more go on alone. */
const steps = 64;

/** Whether a pass over the customers is so little work that the starts should be walked side by side. */
export function isLittle({ tensors, customers, features }: Population, k: number): boolean {
  return tensors.length === 1 && customers * features * k <= littleWork;
}

/** The first passes of each start, all in one call: the same as one start after the other would make. */
export async function walksFrom(
  { tensors, features, weights, spread }: Population,
  firsts: readonly Float32Array[],
  { maxIterations, tolerance }: { maxIterations: number; tolerance: number },
): Promise<Pass[][]> {
  const size = firsts[0].length;
  const k = size / features;
  const most = Math.min(steps, maxIterations + 1);
  const all = new Float32Array(firsts.length * size);
  for (const [start, first] of firsts.entries()) all.set(first, start * size);
  const centroids = tensor3d(all, [firsts.length, k, features]);
  const found = lloydStarts({ x: tensors[0], centroids, weights: weights?.[0] }, { steps: most, tolerance });
  centroids.dispose();
  const [sums, residuals, counts] = await Promise.all([
    found.sums.data<'float32'>(),
    found.residuals.data<'float32'>(),
    found.counts.data<'float32'>(),
  ]);
  const made = await found.made.data<'int32'>();
  dispose(Object.values(found));
  return firsts.map((first, start) => {
    const passes: Pass[] = [];
    // A typed array for each pass, of which few are looked at twice, would cost more than what it holds.
    const [allSums, allCounts] = [new Float64Array(made[start] * size), new Float64Array(made[start] * k)];
    for (let i = 0, from = start * most * size; i < allSums.length; i++, from++) {
      allSums[i] = sums[from] + residuals[from];
    }
    for (let i = 0, from = start * most * k; i < allCounts.length; i++, from++) allCounts[i] = counts[from];
    let current = first;
    for (let step = 0; step < made[start]; step++) {
      const pass = {
        centroids: current,
        sums: allSums.subarray(step * size, (step + 1) * size),
        counts: allCounts.subarray(step * k, (step + 1) * k),
      };
      passes.push({ ...pass, inertia: inertiaOf(spread, pass.sums, pass.counts, current) });
      current = meansOf(pass, features, current);
    }
    return passes;
  });
}
