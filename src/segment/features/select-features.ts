import { UsageError } from '../../errors.js';
import type { Features } from '../batches.js';
import { correlateFeatures } from './correlation.js';
import { type FeatureScore, type ScoreFeaturesOptions, scoreFeatures } from './score-features.js';

/** The score by which features are preferred to others. */
export type FeatureMerit = 'variance' | 'mutualInformation' | 'informationGain' | 'giniGain';

export interface SelectFeaturesOptions extends ScoreFeaturesOptions {
  /** Features with no more variance are left out. 0: those that are the same for everybody. */
  minVariance?: number;
  /** Of two features that correlate more, absolutely, the one of less merit is left out. 0.95. */
  maxCorrelation?: number;
  /** Default: mutual information where there is a target, else variance. */
  merit?: FeatureMerit;
  /** At most so many, those of the most merit. Default: all that are left. */
  count?: number;
}

export interface SelectedFeature extends FeatureScore {
  selected: boolean;
  /** Why it is in or out, in a few words. */
  reason: string;
}

/**
 * Chooses features, those of the most merit first, and says why; the result is in the order of the features.
 *
 * @param x features of the customers, `[features, customers]`, whole or in batches. Variances compare only where
 * the features are on one scale.
 * @throws UsageError for a merit that needs a target where there is none.
 */
export async function selectFeatures(
  x: Features,
  options: SelectFeaturesOptions = {},
): Promise<SelectedFeature[]> {
  const { minVariance = 0, maxCorrelation = 0.95, target, count = Number.POSITIVE_INFINITY } = options;
  const { merit = target ? 'mutualInformation' : 'variance' } = options;
  if (!target && merit !== 'variance') {
    throw new UsageError({ expected: `a target to choose features by ${merit}`, found: 'none' });
  }
  const scores = await scoreFeatures(x, options);
  const correlations = await correlateFeatures(x);
  const features = scores.length;
  // Scaled features all have the same variance but for rounding: the earlier one then comes first.
  const merits = scores.map(score => Number(score[merit].toPrecision(5)));
  const order = [...scores.keys()].sort((a, b) => merits[b] - merits[a] || a - b);
  const kept: number[] = [];
  const reasons = new Array<string>(features);
  for (const f of order) {
    const twin = kept.find(other => Math.abs(correlations[f * features + other]) > maxCorrelation);
    if (scores[f].variance <= minVariance) {
      reasons[f] = minVariance > 0 ? 'varies too little' : 'the same for everybody';
    } else if (twin !== undefined) {
      reasons[f] = `says what ${scores[twin].name} says`;
    } else if (kept.length >= count) {
      reasons[f] = `${count} others have more merit`;
    } else {
      kept.push(f);
      reasons[f] = `number ${kept.length} by ${merit}`;
    }
  }
  return scores.map((score, f) => ({ ...score, selected: kept.includes(f), reason: reasons[f] }));
}
