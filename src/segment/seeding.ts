import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { Random } from '../random.js';
import { gatherColumns, type HostBatch } from './batches.js';
import { distinctCustomers, sampleOf } from './candidates.js';
import { randomly, type Seeds, spreadOut } from './initialise.js';
import { type IterateOptions, iterate } from './iterate.js';
import type { KMeansSettings } from './kmeans-options.js';
import type { Population } from './lloyd.js';

/** Multiply-adds of a seeding for which all customers are looked at. */
const seedingWork = 2e7;

/** Where they cost more, customers of the sample: at least so many, and so many for each segment. */
const leastSample = 1 << 14;
const samplePerSegment = 64;

/** Iterations on the sample, at most. */
const refinements = 100;

/**
 * First centroids, out of a sample of the customers. Those of k-means++ are refined on the sample, where an
 * iteration costs next to nothing, so that few iterations over all customers are left to do (P. S. Bradley
 * and U. M. Fayyad, "Refining initial points for k-means clustering", ICML 1998).
 */
export class Seeding {
  readonly #host: readonly HostBatch[];
  readonly #population: Population;
  readonly #settings: KMeansSettings;
  readonly #weights?: Float32Array;
  readonly #seeds: Seeds;
  /** `[features, sample]` */
  readonly #values: Float32Array;
  readonly #sampleWeights?: Float32Array;

  constructor(
    host: readonly HostBatch[],
    population: Population,
    settings: KMeansSettings,
    weights?: Float32Array,
  ) {
    const { features, customers } = population;
    const { k, seed } = settings;
    const size = Math.max(
      leastSample,
      samplePerSegment * k,
      seedingWork / (k * (2 + Math.log(k)) * features),
    );
    const sample = sampleOf(customers, Math.ceil(size), new Random(seed));
    this.#host = host;
    this.#population = population;
    this.#settings = settings;
    this.#weights = weights;
    this.#values = gatherColumns(host, features, sample);
    this.#sampleWeights = weights && Float32Array.from(sample, i => weights[i]);
    this.#seeds = {
      x: tensor2d(this.#values, [features, sample.length]),
      weights: this.#sampleWeights && tensor1d(this.#sampleWeights),
    };
  }

  /** `[k, features]`, others for each start. */
  async centroids(options: IterateOptions): Promise<Float32Array> {
    const { init } = this.#settings;
    const first = await this.#choose(options.start);
    const customers = this.#seeds.x.shape[1];
    if (init !== 'k-means++' || customers === this.#population.customers) return first;
    const { x, weights } = this.#seeds;
    const sample = { ...this.#population, customers, tensors: [x], weights: weights && [weights] };
    const { centroids } = await iterate(sample, [{ values: this.#values, customers, from: 0 }], first, {
      ...options,
      maxIterations: refinements,
      weights: this.#sampleWeights,
      onIteration: undefined,
    });
    return centroids;
  }

  async #choose(start: number): Promise<Float32Array> {
    const { k, init, seed } = this.#settings;
    const [features, count] = this.#seeds.x.shape;
    const initialise = init === 'random' ? randomly : spreadOut;
    const chosen = await initialise(this.#seeds, k, new Random(seed, start));
    const first = new Float32Array(k * features);
    for (const [j, i] of chosen.entries()) {
      for (let f = 0; f < features; f++) first[j * features + f] = this.#values[f * count + i];
    }
    // Customers may repeat each other so much that the sample holds too few distinct ones.
    const missing = k - chosen.length;
    if (missing > 0) {
      const known = Float64Array.from(first.subarray(0, chosen.length * features));
      first.set(distinctCustomers(this.#host, features, missing, this.#weights, known), known.length);
    }
    return first;
  }

  dispose(): void {
    this.#seeds.x.dispose();
    this.#seeds.weights?.dispose();
  }
}
