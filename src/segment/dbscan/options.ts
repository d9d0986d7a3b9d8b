import { UsageError } from '../../errors.js';

/** How far apart two customers are: `cosine` looks at the direction of their features only. */
export type DensityMetric = 'euclidean' | 'cosine';

export interface DbscanOptions {
  /**
   * The distance up to which two customers are neighbours, above 0; for cosine, 1 − the cosine, below 1.
   * `suggestRadius` finds one for given customers.
   */
  eps: number;
  /** Neighbours, the customer included, that make a customer core. 5, as in scikit-learn. */
  minPoints?: number;
  /** Default: euclidean. */
  metric?: DensityMetric;
}

export type DbscanSettings = Required<DbscanOptions>;

/** @throws UsageError that names the option that is out of its range. */
export function settingsOf({ eps, minPoints = 5, metric = 'euclidean' }: DbscanOptions): DbscanSettings {
  checkMetric(metric);
  const most = metric === 'cosine' ? 1 : Number.POSITIVE_INFINITY;
  if (!(typeof eps === 'number' && eps > 0 && eps < most)) {
    const range = metric === 'cosine' ? 'a number above 0 and below 1' : 'a finite number above 0';
    throw new UsageError({ expected: `eps to be ${range}`, found: String(eps) });
  }
  checkMinPoints(minPoints);
  return { eps, minPoints, metric };
}

export function checkMetric(metric: DensityMetric): void {
  if (metric === 'euclidean' || metric === 'cosine') return;
  throw new UsageError({ expected: 'metric to be euclidean or cosine', found: `"${metric}"` });
}

export function checkMinPoints(minPoints: number): void {
  if (Number.isSafeInteger(minPoints) && minPoints >= 1) return;
  throw new UsageError({
    expected: 'minPoints to be a whole number of at least 1',
    found: String(minPoints),
  });
}
