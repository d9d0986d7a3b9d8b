import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../errors.js';
import { checkHeader, readModelAs, writeModel } from '../../model-file.js';
import { nearestCentroid } from '../../ops/index.js';
import { sortIntoTree, squaredDistance } from '../../ops/tree/index.js';
import { takeTurns } from '../../turns.js';
import { batchesOf, type Features } from '../batches.js';
import { decodeNumbers, encodeNumbers } from '../encoded-numbers.js';
import {
  checkModelFeatures,
  loadedFeatures,
  ofFit,
  type SavedFeatures,
  savedFeatures,
} from '../model-features.js';
import { numberClusters } from '../number-clusters.js';
import { distanceOf, rowsOf, squaredRadius } from '../tree/rows.js';
import { SearchTree } from '../tree/search-tree.js';
import { type DbscanOptions, type DbscanSettings, settingsOf } from './options.js';
import type { Scan } from './scan.js';
import { forBlocks, rowsAt, scanBlocks } from './scan-blocks.js';
import { scanTree } from './scan-tree.js';

/**
 * Features up to which boxes separate customers well enough for a tree to beat comparing all with all. Of 20,000
 * customers of one round group, on a processor: at 16 features a tree takes from a 28th to 1.4 times as long, by the
 * radius, at 20 a 16th to 5 times, at 64 3 to 29 times. Groups far apart favour the tree further.
 */
const treeFeatures = 20;

/** Pairs of a customer and a core customer that are compared before others have their turn: 0.2 s with 64 features on two cores. */
const comparedAtATime = 1 << 28;

/** Customers up to which a tree does, whatever the features. */
const treeCustomers = 2000;

export interface DbscanFitOptions {
  /** Names of the features: saved with the model and used in messages. */
  features?: readonly string[];
  /** Stops the fit. */
  signal?: AbortSignal;
}

export interface DensityAssignment {
  /** `[customers]`, the cluster of each; -1 for noise. */
  labels: Int32Array;
  /** `[customers]`, distance to the nearest core customer; infinite for noise. */
  distances: Float32Array;
}

interface Fitted {
  featureCount: number;
  features?: readonly string[];
  sizes: number[];
  noise: number;
  /** `[core customers, features]`; directions for cosine. */
  corePoints: Float32Array;
  /** Their clusters. */
  coreLabels: Int32Array;
}

/** A saved model. */
export interface DbscanJson {
  kind: 'dbscan';
  version: 1;
  options: DbscanSettings;
  /** Their names, or how many. */
  features: SavedFeatures;
  sizes: number[];
  noise: number;
  /** Little-endian float32 `[core customers, features]` and int32 `[core customers]`, in base64. */
  corePoints: string;
  coreLabels: string;
}

const header = { kind: 'dbscan', version: 1 } as const;

/**
 * DBSCAN: clusters of any shape where customers lie densely, the others are noise. A customer with `minPoints`
 * neighbours within `eps` is core; core customers within `eps` of each other share a cluster; another one belongs
 * to the nearest core customer within `eps` (the lowest number of equally near ones), or is noise. (M. Ester,
 * H.-P. Kriegel, J. Sander and X. Xu, "A density-based algorithm for discovering clusters", KDD 1996.)
 *
 * Clusters are numbered by size, the largest is 0. Memory grows with the customers, never with their square.
 * For cosine, a customer whose features are all 0 has no direction and is noise.
 *
 * @example
 * const model = await new Dbscan({ eps: 0.5, minPoints: 5 }).fit(x);
 * model.labels; // -1 for noise
 */
export class Dbscan {
  readonly options: DbscanSettings;
  #fitted?: Fitted;
  #training?: { labels: Int32Array; core: Uint8Array };

  /** @throws UsageError that names the option that is out of its range. */
  constructor(options: DbscanOptions) {
    this.options = settingsOf(options);
  }

  /** How many were found. */
  get clusters(): number {
    return this.#model.sizes.length;
  }

  /** `[clusters]`, customers of each in the fit. */
  get sizes(): readonly number[] {
    return this.#model.sizes;
  }

  /** Customers of the fit that belong to no cluster. */
  get noise(): number {
    return this.#model.noise;
  }

  /** Names of the features, where the fit was told. */
  get features(): readonly string[] | undefined {
    return this.#model.features;
  }

  /** Features a customer has. */
  get featureCount(): number {
    return this.#model.featureCount;
  }

  /** `[customers]`, the clusters of the customers of the fit, -1 for noise; not part of a saved model. */
  get labels(): Int32Array {
    return this.#segmentation.labels;
  }

  /** `[customers]`, 1 for the core customers of the fit; not part of a saved model. */
  get core(): Uint8Array {
    return this.#segmentation.core;
  }

  /**
   * Finds the clusters of these customers.
   *
   * @param x features of the customers, `[features, customers]`, whole or in batches.
   * @throws DataError for NaN or infinite values and for no customers.
   */
  async fit(x: Features, options: DbscanFitOptions = {}): Promise<this> {
    const batches = batchesOf(x);
    const { features } = batches;
    const { points, kept } = await rowsOf(batches, this.options.metric, options.features);
    const { core, groups } = await this.#scan(points, features, takeTurns(options.signal));
    const { labels, sizes } = numberClusters(groups);

    const coreRows = Int32Array.from(core.keys()).filter(row => core[row]);
    const corePoints = rowsAt(points, features, coreRows);
    const coreLabels = coreRows.map(row => labels[row]);

    const training = {
      labels: new Int32Array(batches.customers).fill(-1),
      core: new Uint8Array(batches.customers),
    };
    kept.forEach((customer, row) => {
      training.labels[customer] = labels[row];
      training.core[customer] = core[row];
    });
    const noise = batches.customers - sizes.reduce((sum, size) => sum + size, 0);
    this.#training = training;
    this.#fitted = {
      featureCount: features,
      features: options.features,
      sizes,
      noise,
      corePoints,
      coreLabels,
    };
    return this;
  }

  /**
   * Clusters of customers that the fit need not have seen: that of the nearest core customer within `eps`.
   *
   * @throws DataError for other features than the model's and for NaN or infinite values.
   */
  async predict(x: Features, options: { features?: readonly string[] } = {}): Promise<DensityAssignment> {
    const batches = batchesOf(x);
    checkModelFeatures(this.#model, batches.features, options.features);
    const { featureCount: features, corePoints, coreLabels } = this.#model;
    const { points, kept } = await rowsOf(batches, this.options.metric, options.features);
    const labels = new Int32Array(batches.customers).fill(-1);
    const distances = new Float32Array(batches.customers).fill(Number.POSITIVE_INFINITY);
    await this.#nearestCore(points, features, corePoints, (row, coreCustomer, distance) => {
      labels[kept[row]] = coreLabels[coreCustomer];
      distances[kept[row]] = distance;
    });
    return { labels, distances };
  }

  toJSON(): DbscanJson {
    const { sizes, noise, corePoints, coreLabels } = this.#model;
    return {
      ...header,
      options: this.options,
      features: savedFeatures(this.#model),
      sizes,
      noise,
      corePoints: encodeNumbers(corePoints),
      coreLabels: encodeNumbers(coreLabels),
    };
  }

  /** @throws DataError unless it is a DBSCAN model of this version of the format. */
  static fromJSON(json: unknown): Dbscan {
    checkHeader(json, header);
    const { options, features, sizes, noise, corePoints, coreLabels } = json as DbscanJson;
    const model = new Dbscan(options);
    model.#fitted = {
      ...loadedFeatures(features),
      sizes,
      noise,
      corePoints: new Float32Array(decodeNumbers(corePoints)),
      coreLabels: new Int32Array(decodeNumbers(coreLabels)),
    };
    return model;
  }

  /** Writes `dbscan.json` into the folder. */
  async save(folder: string): Promise<void> {
    await writeModel(folder, this.toJSON());
  }

  /** @throws DataError if the folder holds no DBSCAN model of this version of the format. */
  static async load(folder: string): Promise<Dbscan> {
    return readModelAs(folder, header.kind, Dbscan.fromJSON);
  }

  async #scan(points: Float32Array, features: number, turn: () => Promise<void>): Promise<Scan> {
    const { eps, metric, minPoints } = this.options;
    const customers = points.length / features;
    if (features <= treeFeatures || customers <= treeCustomers) {
      return scanTree(points, features, squaredRadius(eps, metric), minPoints, turn);
    }
    return scanBlocks(points, features, eps, metric, minPoints, turn);
  }

  /** Calls back with those customers that have a core customer within `eps`, and that core customer. */
  async #nearestCore(
    points: Float32Array,
    features: number,
    corePoints: Float32Array,
    found: (row: number, coreCustomer: number, distance: number) => void,
  ): Promise<void> {
    const { eps, metric } = this.options;
    const turn = takeTurns();
    const coreCustomers = corePoints.length / features;
    if (coreCustomers === 0) return;
    if (features <= treeFeatures || coreCustomers <= treeCustomers) {
      const search = new SearchTree(await sortIntoTree(corePoints, features), turn);
      const everybody = new Int32Array(coreCustomers).fill(1);
      try {
        const places = await search.nearestMarked(everybody, points, squaredRadius(eps, metric));
        const { tree } = search;
        places.forEach((place, row) => {
          if (place < 0) return;
          const [at, atCore] = [row * features, place * features];
          const squared = squaredDistance(points, at, tree.points, atCore, features);
          found(row, tree.order[place], distanceOf(squared, metric));
        });
      } finally {
        search.dispose();
      }
      return;
    }
    const core = tf.tensor2d(corePoints, [coreCustomers, features]);
    const within = squaredRadius(eps, metric);
    try {
      await forBlocks(
        points,
        features,
        Math.ceil(comparedAtATime / coreCustomers),
        turn,
        async (block, from) => {
          const { labels, distances } = nearestCentroid(block, core);
          const nearest = await labels.data<'int32'>();
          tf.dispose([labels, distances]);
          nearest.forEach((place, i) => {
            // Measured again as the tree measures them, whatever the rounding of the device.
            const squared = squaredDistance(
              points,
              (from + i) * features,
              corePoints,
              place * features,
              features,
            );
            if (squared <= within) found(from + i, place, distanceOf(squared, metric));
          });
        },
      );
    } finally {
      core.dispose();
    }
  }

  get #model(): Fitted {
    return ofFit(this.#fitted);
  }

  get #segmentation(): { labels: Int32Array; core: Uint8Array } {
    if (this.#training) return this.#training;
    throw new UsageError({
      expected: 'a model fitted in this process',
      found: this.#fitted ? 'a loaded one' : 'one before its fit',
      hint: 'Labels are not saved with a model: call predict().',
    });
  }
}
