import type { Random } from '../random.js';

/** Customers from which first centroids are chosen. */
export interface Candidates {
  /** `[count, features]` */
  rows: Float64Array;
  /** `[count]`; one of weight 0 is never chosen. */
  weights: Float64Array;
  count: number;
  features: number;
}

/** Chooses `k` candidates as first centroids; fewer where there are not as many distinct ones. */
export type Initialise = (candidates: Candidates, k: number, random: Random) => number[];

export function squaredDistance({ rows, features }: Candidates, i: number, j: number): number {
  let sum = 0;
  for (let f = 0; f < features; f++) {
    const difference = rows[i * features + f] - rows[j * features + f];
    sum += difference * difference;
  }
  return sum;
}

/** Index drawn in proportion to the weights behind the cumulative sums. */
function draw(cumulative: Float64Array, random: Random): number {
  const wanted = random.uniform() * cumulative[cumulative.length - 1];
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Rounds of drawing, before heavily repeated customers are given up on. */
const rounds = 8;

/** Different candidates one by one, each as likely as its weight. */
export const randomly: Initialise = (candidates, k, random) => {
  const { count, weights } = candidates;
  const chosen: number[] = [];
  const left = Float64Array.from(weights);
  const cumulative = new Float64Array(count);
  for (let round = 0; round < rounds && chosen.length < k; round++) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += left[i];
      cumulative[i] = total;
    }
    if (!(total > 0)) break;
    // A round of draws from one set of sums; one that falls on somebody taken since is void.
    for (let tries = 0; tries < k && chosen.length < k; tries++) {
      const drawn = draw(cumulative, random);
      if (left[drawn] === 0) continue;
      left[drawn] = 0;
      if (chosen.every(other => squaredDistance(candidates, drawn, other) > 0)) chosen.push(drawn);
    }
  }
  return chosen;
};

/** Distances that a new centroid shortens. */
interface Gain {
  potential: number;
  length: number;
  indices: Int32Array;
  distances: Float64Array;
}

/**
 * Greedy k-means++: each further centroid is the best of 2 + ln k candidates drawn in proportion to their
 * squared distance from the nearest centroid so far (D. Arthur and S. Vassilvitskii, "k-means++: the
 * advantages of careful seeding", SODA 2007, with the local trials of its section 6).
 *
 * On the host in float64, so that every device starts from the same customers. A candidate at least twice as
 * far from a customer's centroid as the customer itself is cannot be nearer: most distances are skipped.
 */
export const plusPlus: Initialise = (candidates, k, random) => {
  const { count, weights, features, rows } = candidates;
  const trials = 2 + Math.floor(Math.log(k));
  const chosen: number[] = [];
  const owner = new Int32Array(count);
  const distance = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  const cumulative = new Float64Array(count);
  const newGain = (): Gain => ({
    potential: 0,
    length: 0,
    indices: new Int32Array(count),
    distances: new Float64Array(count),
  });
  let [best, current] = [newGain(), newGain()];

  const gainOf = (candidate: number, gain: Gain) => {
    const toCentroids = Float64Array.from(chosen, centroid =>
      squaredDistance(candidates, candidate, centroid),
    );
    const start = candidate * features;
    gain.length = 0;
    gain.potential = 0;
    for (let i = 0; i < count; i++) {
      const limit = distance[i];
      if (chosen.length > 0 && toCentroids[owner[i]] >= 4 * limit) continue;
      let sum = 0;
      for (let f = 0, p = i * features; f < features; f++, p++) {
        const difference = rows[p] - rows[start + f];
        sum += difference * difference;
      }
      if (sum >= limit) continue;
      gain.indices[gain.length] = i;
      gain.distances[gain.length++] = sum;
      if (chosen.length > 0) gain.potential += weights[i] * (limit - sum);
    }
  };
  const add = (centroid: number, { length, indices, distances }: Gain) => {
    for (let p = 0; p < length; p++) {
      owner[indices[p]] = chosen.length;
      distance[indices[p]] = distances[p];
    }
    chosen.push(centroid);
  };

  while (chosen.length < k) {
    let total = 0;
    for (let i = 0; i < count; i++) {
      total += chosen.length === 0 ? weights[i] : weights[i] * distance[i];
      cumulative[i] = total;
    }
    if (!(total > 0)) break;
    let winner = -1;
    for (let trial = 0; trial < (chosen.length === 0 ? 1 : trials); trial++) {
      const candidate = draw(cumulative, random);
      gainOf(candidate, current);
      if (winner >= 0 && current.potential <= best.potential) continue;
      winner = candidate;
      [best, current] = [current, best];
    }
    add(winner, best);
  }
  return chosen;
};
