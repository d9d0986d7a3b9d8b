import type { Candidates } from './candidates.js';

/** Segments and what they leave. */
export interface Exchanged {
  /** `[k, features]`, the means of the segments. */
  centroids: Float64Array;
  /** Weighted sum of squared distances from them. */
  inertia: number;
}

/** Relative gain below which a move is but rounding. */
const leastGain = 1e-12;

/**
 * Moves single customers to another segment while that lessens the inertia, in float64 (J. A. Hartigan and
 * M. A. Wong, "Algorithm AS 136", Applied Statistics 28, 1979). Unlike Lloyd's step, a move reckons with the
 * centroids that it shifts itself: what is left is still an optimum of Lloyd's, and often a better one, as
 * long as customers are few enough for one to shift a mean.
 *
 * @param rows all customers.
 * @param centroids `[k, features]`, from which customers are first assigned.
 * @param maxSweeps times that all customers are looked at, at most.
 */
export function exchange(
  { rows, weights, count, features }: Candidates,
  centroids: Float64Array,
  maxSweeps: number,
): Exchanged {
  const k = centroids.length / features;
  const means = new Float64Array(k * features);
  const sizes = new Float64Array(k);
  const labels = new Int32Array(count);
  const squaredDistance = (to: Float64Array, i: number, segment: number) => {
    let sum = 0;
    for (let f = 0; f < features; f++) {
      const difference = rows[i * features + f] - to[segment * features + f];
      sum += difference * difference;
    }
    return sum;
  };

  for (let i = 0; i < count; i++) {
    let nearest = Number.POSITIVE_INFINITY;
    for (let segment = 0; segment < k; segment++) {
      const distance = squaredDistance(centroids, i, segment);
      if (distance >= nearest) continue;
      nearest = distance;
      labels[i] = segment;
    }
    sizes[labels[i]] += weights[i];
    for (let f = 0; f < features; f++) means[labels[i] * features + f] += weights[i] * rows[i * features + f];
  }
  for (let p = 0; p < means.length; p++) {
    const size = sizes[Math.floor(p / features)];
    means[p] = size > 0 ? means[p] / size : centroids[p];
  }

  // Adds a customer of the weight to a segment's mean, or takes them away where it is negative.
  const shift = (segment: number, i: number, weight: number) => {
    sizes[segment] += weight;
    for (let f = 0; f < features; f++) {
      const place = segment * features + f;
      means[place] += ((rows[i * features + f] - means[place]) * weight) / sizes[segment];
    }
  };
  let moves = 1;
  for (let sweep = 0; sweep < maxSweeps && moves > 0; sweep++) {
    moves = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i];
      const from = labels[i];
      // The margin keeps a segment from being left with nothing but rounding.
      if (weight === 0 || sizes[from] <= weight * 1.000001) continue;
      const cost = (squaredDistance(means, i, from) * sizes[from]) / (sizes[from] - weight);
      let least = cost * (1 - leastGain);
      let to = from;
      for (let segment = 0; segment < k; segment++) {
        if (segment === from) continue;
        const newCost = (squaredDistance(means, i, segment) * sizes[segment]) / (sizes[segment] + weight);
        if (newCost >= least) continue;
        least = newCost;
        to = segment;
      }
      if (to === from) continue;
      shift(from, i, -weight);
      shift(to, i, weight);
      labels[i] = to;
      moves++;
    }
  }
  let inertia = 0;
  for (let i = 0; i < count; i++) inertia += weights[i] * squaredDistance(means, i, labels[i]);
  return { centroids: means, inertia };
}
