import { kneeOf } from '../knee.js';

/** By what the number of segments is chosen. */
export type Criterion = 'silhouette' | 'elbow' | 'calinski-harabasz' | 'davies-bouldin' | 'gap';

export const criteria: readonly Criterion[] = [
  'silhouette',
  'elbow',
  'calinski-harabasz',
  'davies-bouldin',
  'gap',
];

/** What is known of one number of segments; NaN where a figure is not defined or was not asked for. */
export interface KFigures {
  k: number;
  /** Sum of squared distances from the centroids: always less with more segments. */
  inertia: number;
  /** Mean silhouette, of a sample where the customers are many; more is better. */
  silhouette: number;
  /** More is better. */
  calinskiHarabasz: number;
  /** Less is better. */
  daviesBouldin: number;
  /** How far log inertia lies below that of customers without segments, and the standard error of that. */
  gap: number;
  gapError: number;
}

/** The number of segments that a criterion is for; undefined where its figures are missing. */
export function choiceOf(criterion: Criterion, curve: readonly KFigures[]): number | undefined {
  switch (criterion) {
    case 'silhouette':
      return greatest(curve, figures => figures.silhouette);
    case 'calinski-harabasz':
      return greatest(curve, figures => figures.calinskiHarabasz);
    case 'davies-bouldin':
      return greatest(curve, figures => -figures.daviesBouldin);
    case 'elbow':
      return elbow(curve);
    case 'gap':
      return gap(curve);
  }
}

function greatest(curve: readonly KFigures[], value: (figures: KFigures) => number): number | undefined {
  const known = curve.filter(figures => !Number.isNaN(value(figures)));
  if (known.length === 0) return undefined;
  return known.reduce((best, figures) => (value(figures) > value(best) ? figures : best)).k;
}

function elbow(curve: readonly KFigures[]): number | undefined {
  const knee = kneeOf(
    curve.map(({ k }) => k),
    curve.map(({ inertia }) => inertia),
    'below',
  );
  return knee > 0 ? curve[knee].k : undefined;
}

/**
 * The first whose gap is not below the next one's less its error; the greatest where there is no such. One segment is an
 * answer only where two are tried as well.
 */
function gap(curve: readonly KFigures[]): number | undefined {
  const known = curve.filter(
    ({ k, gap }) => !Number.isNaN(gap) && (k > 1 || curve.some(figures => figures.k === 2)),
  );
  const first = known.find(
    (figures, i) => i + 1 < known.length && figures.gap >= known[i + 1].gap - known[i + 1].gapError,
  );
  return first?.k ?? greatest(known, figures => figures.gap);
}
