import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkHeader, readModelAs, writeModel } from '../model-file.js';
import { assign } from './assign.js';
import { batchesOf, type Features, type HostBatch, readBatches } from './batches.js';
import { Dbscan } from './dbscan/index.js';
import { Hdbscan } from './hdbscan/index.js';
import { KMeans } from './kmeans.js';
import { checkModelFeatures, loadedFeatures, type SavedFeatures, savedFeatures } from './model-features.js';
import type { SegmentAlgorithm } from './segment-algorithms.js';
import { areFinite, checkFinite } from './spread.js';
import { type CustomerStream, onBatches } from './visit.js';

/** The segments of some customers. */
export interface SegmentAssignment {
  /** `[customers]`, -1 for those who belong to none. */
  labels: Int32Array;
  /** `[customers]`, Euclidean distance from the centroid of the own segment; NaN for those who belong to none. */
  distances: Float64Array;
  /** `[customers]`, how strongly each belongs to their segment, 0 … 1; HDBSCAN alone knows. */
  memberships?: Float32Array;
}

/** The algorithm's own model; hierarchical clustering has none: new customers belong to the nearest centroid. */
type Clusterer =
  | { algorithm: 'kmeans'; model: KMeans }
  | { algorithm: 'dbscan'; model: Dbscan }
  | { algorithm: 'hdbscan'; model: Hdbscan }
  | { algorithm: 'hierarchical' };

/** What a model of segments is made of. */
export interface SegmentModelParts {
  clusterer: Clusterer;
  /** `[k]`, the segment's number of each cluster of the algorithm. */
  numbers: Int32Array;
  /** `[k, features]`, by segment. */
  centroids: Float32Array;
  /** `[k]`, customers of each segment in the fit. */
  sizes: number[];
  featureCount: number;
  features?: readonly string[];
}

interface SegmentModelJson {
  kind: 'segments';
  version: 1;
  algorithm: SegmentAlgorithm;
  numbers: number[];
  /** Their names, or how many. */
  features: SavedFeatures;
  sizes: number[];
  centroids: number[][];
}

const header = { kind: 'segments', version: 1 } as const;

/**
 * Segments, whichever algorithm found them: gives new customers theirs, and keeps the segments' numbers apart from
 * those that the algorithm gave its clusters, so that a segment can keep its number from one fit to the next.
 */
export class SegmentModel {
  readonly #parts: SegmentModelParts;

  constructor(parts: SegmentModelParts) {
    this.#parts = parts;
  }

  /** What it is made of; the constructor makes the same model of it. */
  get parts(): Readonly<SegmentModelParts> {
    return this.#parts;
  }

  get algorithm(): SegmentAlgorithm {
    return this.#parts.clusterer.algorithm;
  }

  /** Segments. */
  get k(): number {
    return this.#parts.sizes.length;
  }

  /** `[k]`, customers of each segment in the fit. */
  get sizes(): readonly number[] {
    return this.#parts.sizes;
  }

  /** `[k, features]`, row by row, in scaled features. */
  get centroids(): Float32Array {
    return this.#parts.centroids;
  }

  /** Features a customer has. */
  get featureCount(): number {
    return this.#parts.featureCount;
  }

  /** Names of the features, where the fit was told. */
  get features(): readonly string[] | undefined {
    return this.#parts.features;
  }

  /** The same segments under other numbers: `numbers[segment]` is the new one. */
  renumbered(numbers: Int32Array): SegmentModel {
    const { sizes, centroids, featureCount } = this.#parts;
    const moved = centroids.slice();
    const movedSizes = [...sizes];
    numbers.forEach((number, segment) => {
      movedSizes[number] = sizes[segment];
      moved.set(
        centroids.subarray(segment * featureCount, (segment + 1) * featureCount),
        number * featureCount,
      );
    });
    return new SegmentModel({
      ...this.#parts,
      numbers: this.#parts.numbers.map(segment => numbers[segment]),
      sizes: movedSizes,
      centroids: moved,
    });
  }

  /**
   * Segments of customers that the fit need not have seen: by k-means and after hierarchical clustering that of the
   * nearest centroid, by DBSCAN and HDBSCAN that of the customers among whom they lie, or none.
   *
   * @param options names of the features of `x`, to be compared with the model's.
   * @throws DataError for other features than the model's and for NaN or infinite values.
   */
  async predict(x: Features, options: { features?: readonly string[] } = {}): Promise<SegmentAssignment> {
    const batches = batchesOf(x);
    checkModelFeatures(this.#parts, batches.features, options.features);
    const { clusterer, centroids } = this.#parts;
    const found = await this.#assign(x, options);
    const labels = this.#numbered(found.labels);
    if (clusterer.algorithm === 'kmeans' || clusterer.algorithm === 'hierarchical') {
      if (!(await areFinite(found.distances))) {
        checkFinite(await readBatches(batches), batches.features, options.features ?? this.features);
      }
      return { labels, distances: Float64Array.from(found.distances, Math.sqrt) };
    }
    const host = await readBatches(batches);
    const distances = centroidDistances(host, batches.features, labels, centroids);
    return { labels, distances, memberships: found.memberships };
  }

  /** As {@link predict}, of customers who need not fit into memory: the segments of one batch after another. */
  async *predictStream(
    stream: CustomerStream,
    options: { features?: readonly string[] } = {},
  ): AsyncGenerator<SegmentAssignment> {
    yield* onBatches(stream, x => this.predict(x, options));
  }

  /** Writes `segments.json` and the algorithm's own model into the folder. */
  async save(folder: string): Promise<void> {
    const { clusterer, numbers, sizes } = this.#parts;
    if (clusterer.algorithm !== 'hierarchical') await clusterer.model.save(folder);
    const json: SegmentModelJson = {
      ...header,
      algorithm: clusterer.algorithm,
      numbers: [...numbers],
      features: savedFeatures(this.#parts),
      sizes,
      centroids: this.centroidRows(),
    };
    await writeModel(folder, json);
  }

  /** @throws DataError if the folder holds no model of segments of this version of the format. */
  static async load(folder: string): Promise<SegmentModel> {
    // Before there were other algorithms, k-means was saved alone.
    if (!existsSync(join(folder, `${header.kind}.json`))) return ofKMeans(await KMeans.load(folder));
    return readModelAs(folder, header.kind, async json => {
      checkHeader(json, header);
      const { algorithm, numbers, features, sizes, centroids } = json as SegmentModelJson;
      return new SegmentModel({
        clusterer: await loadClusterer(folder, algorithm),
        numbers: Int32Array.from(numbers),
        sizes,
        centroids: Float32Array.from(centroids.flat()),
        ...loadedFeatures(features),
      });
    });
  }

  /** The centroids as rows. */
  centroidRows(): number[][] {
    const { sizes, centroids, featureCount } = this.#parts;
    return sizes.map((_, segment) =>
      Array.from(centroids.subarray(segment * featureCount, (segment + 1) * featureCount)),
    );
  }

  #numbered(labels: Int32Array): Int32Array {
    const { clusterer, numbers } = this.#parts;
    // The nearest centroid is that of a segment already.
    if (clusterer.algorithm === 'hierarchical') return labels;
    return labels.map(label => (label < 0 ? -1 : numbers[label]));
  }

  async #assign(x: Features, options: { features?: readonly string[] }) {
    const { clusterer, centroids } = this.#parts;
    switch (clusterer.algorithm) {
      case 'kmeans':
        return { ...(await clusterer.model.predict(x, options)), memberships: undefined };
      case 'hierarchical':
        return { ...(await assign(batchesOf(x), centroids)), memberships: undefined };
      case 'dbscan':
        return { ...(await clusterer.model.predict(x, options)), memberships: undefined };
      case 'hdbscan': {
        const { labels, probabilities } = await clusterer.model.predict(x, options);
        return { labels, distances: probabilities, memberships: probabilities };
      }
    }
  }
}

async function loadClusterer(folder: string, algorithm: SegmentAlgorithm): Promise<Clusterer> {
  switch (algorithm) {
    case 'kmeans':
      return { algorithm, model: await KMeans.load(folder) };
    case 'dbscan':
      return { algorithm, model: await Dbscan.load(folder) };
    case 'hdbscan':
      return { algorithm, model: await Hdbscan.load(folder) };
    case 'hierarchical':
      return { algorithm };
  }
}

/** The segments of k-means, numbered as its clusters are. */
export function ofKMeans(model: KMeans): SegmentModel {
  return new SegmentModel({
    clusterer: { algorithm: 'kmeans', model },
    numbers: Int32Array.from(model.sizes.keys()),
    sizes: [...model.sizes],
    centroids: model.centroids,
    featureCount: model.featureCount,
    features: model.features,
  });
}

/**
 * The segments of customers who are labelled already, with the means of their features as centroids.
 *
 * @param labels `[customers]`, 0 … k - 1; -1 for those who belong to none.
 */
export async function ofLabels(
  clusterer: Clusterer,
  x: Features,
  labels: Int32Array,
  k: number,
  features?: readonly string[],
): Promise<SegmentModel> {
  const batches = batchesOf(x);
  const sums = new Float64Array(k * batches.features);
  const sizes = new Array<number>(k).fill(0);
  for (const label of labels) if (label >= 0) sizes[label]++;
  for (const { values, customers, from } of await readBatches(batches)) {
    for (let f = 0; f < batches.features; f++) {
      for (let i = 0; i < customers; i++) {
        const label = labels[from + i];
        if (label >= 0) sums[label * batches.features + f] += values[f * customers + i];
      }
    }
  }
  return new SegmentModel({
    clusterer,
    numbers: Int32Array.from(sizes.keys()),
    sizes,
    centroids: Float32Array.from(sums, (sum, i) => sum / sizes[Math.floor(i / batches.features)]),
    featureCount: batches.features,
    features,
  });
}

/** Euclidean distance of each customer from the centroid of the own segment; NaN for those who belong to none. */
export function centroidDistances(
  host: readonly HostBatch[],
  features: number,
  labels: Int32Array,
  centroids: Float32Array,
): Float64Array {
  const squares = new Float64Array(labels.length);
  for (const { values, customers, from } of host) {
    for (let f = 0; f < features; f++) {
      for (let i = 0; i < customers; i++) {
        const label = labels[from + i];
        squares[from + i] +=
          label < 0 ? Number.NaN : (values[f * customers + i] - centroids[label * features + f]) ** 2;
      }
    }
  }
  return squares.map(Math.sqrt);
}
