import { UsageError } from '../errors.js';
import { checkHeader, readModelAs, writeModel } from '../model-file.js';
import { assign, assignLabels } from './assign.js';
import { type Batches, batchesOf, type Features, readBatches } from './batches.js';
import { type FitOptions, fitSegments, type Segmentation, type Segments } from './fit.js';
import { fitStream, type StreamFitOptions } from './fit-stream.js';
import { type KMeansOptions, type KMeansSettings, settingsOf } from './kmeans-options.js';
import {
  checkModelFeatures,
  loadedFeatures,
  ofFit,
  type SavedFeatures,
  savedFeatures,
} from './model-features.js';
import type { NamedInit } from './named-inits.js';
import { areFinite, checkFinite } from './spread.js';
import { type CustomerStream, onBatches } from './visit.js';

interface Fitted extends Omit<Segments, keyof Segmentation> {
  featureCount: number;
  features?: readonly string[];
}

/** A saved model. */
export interface KMeansJson {
  kind: 'k-means';
  version: 1;
  options: Omit<KMeansSettings, 'init'> & { init: NamedInit | 'given' };
  /** Their names, or how many. */
  features: SavedFeatures;
  centroids: number[][];
  sizes: number[];
  inertia: number;
  iterations: number;
  converged: boolean;
}

const header = { kind: 'k-means', version: 1 } as const;

/**
 * k-means: `k` segments such that the squared Euclidean distances of customers from the centroid (the mean) of
 * their segment sum to little, by Lloyd's algorithm.
 *
 * Segments are numbered by size, the largest is 0; of equal sizes the one with the smaller centroid, feature
 * by feature, comes first. The numbers depend on nothing but the segments.
 *
 * @example
 * const model = await new KMeans({ k: 5, seed: 1 }).fit(x);
 * const { labels, distances } = await model.predict(newCustomers);
 */
export class KMeans {
  readonly options: KMeansSettings;
  #fitted?: Fitted;
  #training?: Segmentation;
  #isStreamed = false;

  /** @throws UsageError that names the option that is out of its range. */
  constructor(options: KMeansOptions) {
    this.options = settingsOf(options);
  }

  /** `[k, features]`, row by row. */
  get centroids(): Float32Array {
    return this.#model.centroids;
  }

  /** Names of the features, where the fit was told. */
  get features(): readonly string[] | undefined {
    return this.#model.features;
  }

  /** Features a customer has. */
  get featureCount(): number {
    return this.#model.featureCount;
  }

  /** `[k]`, customers of each segment in the fit; with weights, the sum of theirs. */
  get sizes(): readonly number[] {
    return this.#model.sizes;
  }

  /** Weighted sum of squared distances from the segments' centroids. */
  get inertia(): number {
    return this.#model.inertia;
  }

  /** Iterations of the start that was kept. */
  get iterations(): number {
    return this.#model.iterations;
  }

  /** Whether the start that was kept came to rest before `maxIterations`. */
  get converged(): boolean {
    return this.#model.converged;
  }

  /** `[customers]`, the segments of the customers of the fit; not part of a saved model. */
  get labels(): Int32Array {
    return this.#segmentation.labels;
  }

  /** `[customers]`, squared distances of the customers of the fit; not part of a saved model. */
  get distances(): Float32Array {
    return this.#segmentation.distances;
  }

  /**
   * Finds the segments of these customers.
   *
   * @param x features of the customers, `[features, customers]`, whole or in batches.
   * @throws DataError for NaN or infinite values and for no customers.
   * @throws UsageError if there are fewer distinct customers than segments.
   */
  async fit(x: Features, options: FitOptions = {}): Promise<this> {
    const batches = batchesOf(x);
    const { labels, distances, ...found } = await fitSegments(batches, this.options, options);
    this.#training = { labels, distances };
    this.#isStreamed = false;
    this.#fitted = { ...found, featureCount: batches.features, features: options.features };
    return this;
  }

  /**
   * Finds the segments of customers who need not fit into memory: every pass reads them again, one batch at a time. The
   * segments are those that `fit` finds without `exchange`. Labels are not kept: predict them batch by batch.
   *
   * @param stream all customers from the first to the last, each time that it is called; with `batchSize`, in an order that
   * has nothing to do with their features.
   * @throws DataError for NaN or infinite values, for weights below 0 and for no customers.
   * @throws UsageError if there are fewer distinct customers than segments.
   *
   * @example
   * await new KMeans({ k: 5 }).fitStream(() => encoder.transformBatches(database));
   */
  async fitStream(stream: CustomerStream, options: StreamFitOptions = {}): Promise<this> {
    const found = await fitStream(stream, this.options, options);
    this.#training = undefined;
    this.#isStreamed = true;
    this.#fitted = { ...found, features: options.features };
    return this;
  }

  /**
   * Segments of customers that the fit need not have seen; batches of any size give the same result.
   *
   * @param options names of the features of `x`, to be compared with the model's.
   * @throws DataError for other features than the model's and for NaN or infinite values.
   */
  async predict(x: Features, options: { features?: readonly string[] } = {}): Promise<Segmentation> {
    const batches = this.#batchesOf(x, options);
    const found = await assign(batches, this.centroids);
    // A value that is not finite shows in the distance: the values themselves need not be read.
    if (!(await areFinite(found.distances))) await this.#checkFinite(batches, options);
    return found;
  }

  /**
   * The labels of {@link predict} alone, `[customers]`, in less time.
   *
   * @throws DataError for other features than the model's and for NaN or infinite values.
   */
  async predictLabels(x: Features, options: { features?: readonly string[] } = {}): Promise<Int32Array> {
    const batches = this.#batchesOf(x, options);
    const { labels, finite } = await assignLabels(batches, this.centroids);
    if (!finite) await this.#checkFinite(batches, options);
    return labels;
  }

  /**
   * As {@link predict}, of customers who need not fit into memory: the segments of one batch after another.
   */
  async *predictStream(
    stream: CustomerStream,
    options: { features?: readonly string[] } = {},
  ): AsyncGenerator<Segmentation> {
    yield* onBatches(stream, x => this.predict(x, options));
  }

  /** Lets go of the segments of the customers of the fit, which {@link predict} finds again. */
  forgetCustomers(): void {
    this.#training = undefined;
  }

  toJSON(): KMeansJson {
    const { centroids, featureCount, features, ...results } = this.#model;
    const { init, ...options } = this.options;
    return {
      ...header,
      options: { ...options, init: typeof init === 'string' ? init : 'given' },
      features: savedFeatures(this.#model),
      centroids: Array.from({ length: options.k }, (_, segment) =>
        Array.from(centroids.subarray(segment * featureCount, (segment + 1) * featureCount)),
      ),
      ...results,
    };
  }

  /** @throws DataError unless it is a k-means model of this version of the format. */
  static fromJSON(json: unknown): KMeans {
    checkHeader(json, header);
    const { kind, version, options, features, centroids, ...results } = json as KMeansJson;
    const { init, ...rest } = options;
    const fitted = {
      ...results,
      centroids: Float32Array.from(centroids.flat()),
      ...loadedFeatures(features),
    };
    // Centroids that were given are not saved: those that came of them stand for them.
    const model = new KMeans({ ...rest, init: init === 'given' ? fitted : init });
    model.#fitted = fitted;
    return model;
  }

  /** Writes `k-means.json` into the folder. */
  async save(folder: string): Promise<void> {
    await writeModel(folder, this.toJSON());
  }

  /** @throws DataError if the folder holds no k-means model of this version of the format. */
  static async load(folder: string): Promise<KMeans> {
    return readModelAs(folder, header.kind, KMeans.fromJSON);
  }

  #batchesOf(x: Features, { features }: { features?: readonly string[] }): Batches {
    const batches = batchesOf(x);
    checkModelFeatures(this.#model, batches.features, features);
    return batches;
  }

  async #checkFinite(batches: Batches, { features }: { features?: readonly string[] }): Promise<void> {
    checkFinite(await readBatches(batches), this.featureCount, features ?? this.features);
  }

  get #model(): Fitted {
    return ofFit(this.#fitted);
  }

  get #segmentation(): Segmentation {
    if (this.#training) return this.#training;
    throw new UsageError({
      expected: 'a model fitted in this process',
      found: this.#isStreamed ? 'one of a stream' : this.#fitted ? 'a loaded one' : 'one before its fit',
      hint: 'Labels are kept neither with a saved model nor of a stream: call predict().',
    });
  }
}
