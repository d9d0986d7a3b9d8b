import { UsageError } from '../../errors.js';
import { batchesOf, type Features, readBatches } from '../batches.js';
import { correlateFeatures } from './correlation.js';
import { bestSplit, entropy, gini } from './impurity.js';
import { mutualInformation } from './mutual-information.js';

export interface ScoreFeaturesOptions {
  /** Names of the features. Default: `feature 0`, … */
  names?: readonly string[];
  /** `[customers]`, a class or segment from 0 of each; those below 0 are left out. For the last three scores. */
  target?: ArrayLike<number>;
}

/** What is known of a feature; the scores against a target are NaN without one. */
export interface FeatureScore {
  name: string;
  variance: number;
  /** The greatest absolute correlation (Pearson) with another feature, and with which; empty for a single one. */
  correlation: number;
  correlatedWith: string;
  /** Bits that the feature tells about the target. */
  mutualInformation: number;
  /** Entropy of the target, in bits, that the best threshold takes away. */
  informationGain: number;
  /** Gini impurity of the target that the best threshold takes away. */
  giniGain: number;
}

/**
 * Scores of every feature, by which to choose some.
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches.
 * @throws DataError for NaN or infinite values.
 */
export async function scoreFeatures(
  x: Features,
  { names, target }: ScoreFeaturesOptions = {},
): Promise<FeatureScore[]> {
  const batches = batchesOf(x);
  const { features, customers } = batches;
  checkLength('names of features', names, features);
  checkLength('classes in the target', target, customers);
  const nameOf = (f: number) => names?.[f] ?? `feature ${f}`;
  const correlations = await correlateFeatures(x, { features: names });
  const host = await readBatches(batches);
  const chosen = Int32Array.from({ length: customers }, (_, i) => i).filter(i => !target || target[i] >= 0);
  const classes = target ? chosen.map(i => target[i]) : new Int32Array();
  const count = classes.reduce((most, each) => Math.max(most, each + 1), 0);

  return Array.from({ length: features }, (_, f) => {
    const values = new Float64Array(customers);
    for (const { values: batch, customers: n, from } of host)
      values.set(batch.subarray(f * n, (f + 1) * n), from);
    const variance = varianceOf(values);
    let [correlation, partner] = [0, -1];
    for (let other = 0; other < features; other++) {
      const absolute = Math.abs(correlations[f * features + other]);
      if (other === f || (partner >= 0 && absolute <= correlation)) continue;
      [correlation, partner] = [absolute, other];
    }
    const known = Float64Array.from(chosen, i => values[i]);
    return {
      name: nameOf(f),
      variance,
      correlation,
      correlatedWith: partner < 0 ? '' : nameOf(partner),
      mutualInformation: target ? mutualInformation(known, classes, count) : Number.NaN,
      informationGain: target ? bestSplit(known, classes, count, entropy).gain : Number.NaN,
      giniGain: target ? bestSplit(known, classes, count, gini).gain : Number.NaN,
    };
  });
}

/** Exactly 0 where all values are the same: they are seen from the first one. */
function varianceOf(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + (value - values[0]), 0) / values.length;
  return values.reduce((sum, value) => sum + (value - values[0] - mean) ** 2, 0) / values.length;
}

function checkLength(what: string, list: ArrayLike<unknown> | undefined, length: number): void {
  if (!list || list.length === length) return;
  throw new UsageError({ expected: `${length} ${what}`, found: `${list.length}` });
}
