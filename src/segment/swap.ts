import type { Random } from '../random.js';
import type { Candidates } from './candidates.js';
import { type Exchanged, exchange } from './exchange.js';

/** A swap that gains less, relatively, has found the same segments again. */
const leastGain = 1e-9;

/** Sweeps that show whether a swap is worth going on with. */
const trialSweeps = 10;

/**
 * Puts a random centroid on a random customer, exchanges customers from there, and keeps what is better; so
 * many times. A poor optimum has a centroid too many here and one too few there, which this mends.
 * (P. Fränti, "Efficiency of random swap clustering", Journal of Big Data 5, 2018.)
 */
export function swap(
  candidates: Candidates,
  start: Exchanged,
  times: number,
  maxSweeps: number,
  random: Random,
): Exchanged {
  const { rows, count, features } = candidates;
  const k = start.centroids.length / features;
  let best = start;
  for (let i = 0; i < times && k > 1; i++) {
    const segment = random.integer(k);
    const customer = random.integer(count);
    const centroids = best.centroids.slice();
    centroids.set(rows.subarray(customer * features, (customer + 1) * features), segment * features);
    const found = exchange(candidates, centroids, trialSweeps);
    if (found.inertia < best.inertia * (1 - leastGain))
      best = exchange(candidates, found.centroids, maxSweeps);
  }
  return best;
}
