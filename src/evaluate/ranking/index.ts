export { type Accuracy, type AccuracyMetric, accuracy, accuracyMetrics } from './accuracy.js';
export { type BeyondAccuracy, type BeyondAccuracyOptions, beyondAccuracy } from './beyond-accuracy.js';
export {
  type BootstrapOptions,
  bootstrap,
  bootstrapDifference,
  bootstraps,
  type Interval,
} from './bootstrap.js';
export { type Combine, type Events, interactionsOf, someEvents } from './events.js';
export { type Judgement, type JudgeOptions, judge } from './judge.js';
export { type LearnOptions, type LearntWeights, learnWeights } from './learn-weights.js';
export type { RankedLists } from './lists.js';
export { type RatingError, ratingError } from './rating-error.js';
export {
  leaveLastOut,
  randomFolds,
  randomSplit,
  type Split,
  type SplitOptions,
  timeSplit,
} from './splits.js';
