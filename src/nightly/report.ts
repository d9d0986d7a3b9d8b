import type { RunResult } from './run.js';
import { valueReport } from './value-report.js';

/** What a run found and did as one plain object, for `--json`. */
export function report({ found, manifest, files }: RunResult): object {
  const { segments, value, recommendations, scores, valueScores, quality } = found;
  return {
    ...manifest,
    quality,
    segments: segments && {
      k: segments.model.options.k,
      inertia: segments.model.inertia,
      iterations: segments.model.iterations,
      converged: segments.model.converged,
      sizes: segments.model.sizes,
      centroids: segments.model.toJSON().centroids,
      profiles: segments.profiles,
    },
    value: value && {
      groups: value.groups,
      ...(value.forecast && valueReport(value.columns.ids, value.forecast)),
    },
    recommendations: recommendations && {
      items: recommendations.items,
      pairs: recommendations.pairs,
      rows: recommendations.rows,
      weights: recommendations.weights,
      remarks: recommendations.remarks,
      examples: recommendations.examples,
    },
    scores,
    valueScores,
    evaluation: found.evaluation,
    files,
  };
}
