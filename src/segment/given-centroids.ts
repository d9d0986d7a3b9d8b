import type { Tensor2D } from '@tensorflow/tfjs-core';
import { UsageError } from '../errors.js';
import type { KMeansSettings, WarmStart } from './kmeans-options.js';
import { checkModelFeatures } from './model-features.js';

/** The first centroids that the options give, `[k, features]`; undefined where they are to be chosen. */
export async function givenCentroids(
  { init, k }: KMeansSettings,
  features: number,
  names?: readonly string[],
): Promise<Float32Array | undefined> {
  if (typeof init === 'string') return undefined;
  return 'centroids' in init ? ofModel(init, k, features, names) : ofTensor(init, k, features);
}

function ofModel(model: WarmStart, k: number, features: number, names?: readonly string[]): Float32Array {
  checkModelFeatures(model, features, names);
  const found = model.centroids.length / features;
  if (found === k) return model.centroids.slice();
  throw new UsageError({
    expected: `a model of k = ${k} segments to start from`,
    found: `one of ${found}`,
    hint: `Ask for k = ${found}, or fit without it.`,
  });
}

async function ofTensor(init: Tensor2D, k: number, features: number): Promise<Float32Array> {
  const [rows, columns] = init.shape;
  if (rows !== k || columns !== features) {
    throw new UsageError({
      expected: `init of shape [k=${k}, features=${features}]`,
      found: `[${init.shape.join(', ')}]`,
    });
  }
  const centroids = Float32Array.from(await init.data<'float32'>());
  if (centroids.every(Number.isFinite)) return centroids;
  throw new UsageError({ expected: 'init of finite numbers', found: 'NaN or infinity' });
}
