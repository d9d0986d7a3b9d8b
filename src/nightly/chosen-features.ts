import type { Feature } from '../data/index.js';
import type { Ineligible } from './candidate-features.js';

/** A column of a feature that could have been taken, and why it was or was not. */
export interface FeatureVerdict {
  /** Of the column, such as `gender=F`. */
  name: string;
  selected: boolean;
  reason: string;
  /** `log1p, standard` */
  scale: string;
  variance: number;
  correlation: number;
  correlatedWith: string;
  /** What it tells about the target, or else about the segments that were found. */
  mutualInformation: number;
  informationGain: number;
  giniGain: number;
}

/** Features that were chosen. */
export interface ChosenFeatures {
  features: Feature[];
  verdicts: FeatureVerdict[];
  ineligible: Ineligible[];
  /** Column that the scores are about; undefined where they are about the segments. */
  target?: string;
  /** The scaled values of all candidates, of customers spread evenly: `[names, customers]`. */
  candidates: { names: string[]; values: Float32Array; customers: Int32Array };
}
