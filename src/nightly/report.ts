import type { RunResult } from './run.js';
import { segmentReport } from './segment-report.js';

/** What a run found and did as one plain object, for `--json`. */
export function report({ found, manifest, files }: RunResult): object {
  const { segments, features, value, recommendations, scores, valueScores, quality } = found;
  return {
    ...manifest,
    quality,
    segments: segments && segmentReport(segments),
    features: features?.chosen && {
      selected: features.chosen.verdicts,
      ineligible: features.chosen.ineligible,
    },
    value: value && {
      groups: value.groups,
      ...value.report,
    },
    recommendations: recommendations && {
      items: recommendations.items,
      pairs: recommendations.pairs,
      rows: recommendations.rows,
      weights: recommendations.weights,
      fitted: recommendations.fitted,
      remarks: recommendations.remarks,
      examples: recommendations.examples,
    },
    scores,
    valueScores,
    evaluation: found.evaluation,
    files,
  };
}
