import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { Random } from '../random.js';
import { gatherColumns, type HostBatch } from './batches.js';
import { distinctCustomers, sampleOf } from './candidates.js';
import { randomly, type Seeds, spreadOut, spreadOutStarts } from './initialise.js';
import { type IterateOptions, iterate } from './iterate.js';
import type { KMeansSettings } from './kmeans-options.js';
import type { Population } from './lloyd.js';
import { oversampled } from './oversampled.js';
import type { Visit } from './visit.js';

/** Multiply-adds of a seeding for which all customers are looked at. */
const seedingWork = 2e7;

/** Where they cost more, customers of the sample: at least so many, and so many for each segment. */
const leastSample = 1 << 14;
const samplePerSegment = 64;

/** Customers that first centroids are chosen from; everybody where they are no more. */
export function seedSample({ k }: Pick<KMeansSettings, 'k'>, features: number): number {
  const work = seedingWork / (k * (2 + Math.log(k)) * features);
  return Math.ceil(Math.max(leastSample, samplePerSegment * k, work));
}

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
  readonly #visit: Visit;
  readonly #everybody: number;
  /** Whether the tensor of the seeds is the population's own. */
  readonly #borrowed: boolean;

  /**
   * @param visit of all customers, for `k-means||`.
   * @param everybody how many they are, where the population is a sample of them already.
   */
  constructor(
    host: readonly HostBatch[],
    population: Population,
    settings: KMeansSettings,
    visit: Visit,
    weights?: Float32Array,
    everybody = population.customers,
  ) {
    const { features, customers, tensors } = population;
    const { seed } = settings;
    const size = seedSample(settings, features);
    this.#borrowed = tensors.length === 1 && customers <= size;
    this.#host = host;
    this.#population = population;
    this.#settings = settings;
    this.#weights = weights;
    this.#visit = visit;
    this.#everybody = everybody;
    if (this.#borrowed) {
      this.#values = host[0].values;
      this.#sampleWeights = weights;
      this.#seeds = { x: tensors[0], weights: population.weights?.[0] };
      return;
    }
    const sample = sampleOf(customers, size, new Random(seed));
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
    if (init !== 'k-means++' || customers === this.#everybody) return first;
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

  /** First centroids of each start, for little data: without a sample there is nothing to refine. */
  async firsts(starts: number): Promise<Float32Array[]> {
    const { k, init, seed } = this.#settings;
    if (init === 'k-means++') {
      const randoms = Array.from({ length: starts }, (_, start) => new Random(seed, start + 1));
      const chosen = await spreadOutStarts(this.#seeds, k, randoms);
      return chosen.map(customers => this.#completed(this.#rowsOf(customers)));
    }
    const found: Float32Array[] = [];
    for (let start = 1; start <= starts; start++) found.push(await this.#choose(start));
    return found;
  }

  async #choose(start: number): Promise<Float32Array> {
    const { k, init, seed } = this.#settings;
    const { features } = this.#population;
    const random = new Random(seed, start);
    const found =
      init === 'k-means||'
        ? await oversampled(
            this.#visit,
            { k, features, weight: this.#population.spread.weight },
            this.#settings,
            random,
          )
        : this.#rowsOf(await (init === 'random' ? randomly : spreadOut)(this.#seeds, k, random));
    return this.#completed(found);
  }

  /** `k` of them, whatever was found. */
  #completed(found: Float32Array): Float32Array {
    const { k } = this.#settings;
    const { features } = this.#population;
    const first = new Float32Array(k * features);
    first.set(found);
    // Customers may repeat each other so much that the sample holds too few distinct ones.
    const missing = k - found.length / features;
    if (missing > 0) {
      const known = Float64Array.from(found);
      first.set(distinctCustomers(this.#host, features, missing, this.#weights, known), known.length);
    }
    return first;
  }

  /** `[chosen, features]`, customers of the sample. */
  #rowsOf(chosen: readonly number[]): Float32Array {
    const [features, count] = this.#seeds.x.shape;
    return Float32Array.from(
      chosen.flatMap(i => Array.from({ length: features }, (_, f) => this.#values[f * count + i])),
    );
  }

  dispose(): void {
    if (this.#borrowed) return;
    this.#seeds.x.dispose();
    this.#seeds.weights?.dispose();
  }
}
