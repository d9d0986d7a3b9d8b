import { tensor2d } from '@tensorflow/tfjs-core';
import type { FeatureMatrix } from '../data/index.js';
import type { CustomerModel } from './customer-model.js';

/** The segments that a model gives customers by their features. */
export async function predictSegments(
  { segments }: CustomerModel,
  { names, values, columns, rows }: FeatureMatrix,
) {
  const x = tensor2d(values, [columns, rows]);
  try {
    return await segments.predict(x, { features: names });
  } finally {
    x.dispose();
  }
}
