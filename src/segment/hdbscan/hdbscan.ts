import { DataError, UsageError } from '../../errors.js';
import { checkHeader, readModelAs, writeModel } from '../../model-file.js';
import {
  buildKdTree,
  type KdTree,
  sortIntoTree,
  squaredCoreOf,
  squaredDistance,
} from '../../ops/tree/index.js';
import { takeTurns } from '../../turns.js';
import { batchesOf, type Features } from '../batches.js';
import { checkMetric, checkMinPoints, type DensityMetric } from '../dbscan/options.js';
import { decodeNumbers, encodeNumbers } from '../encoded-numbers.js';
import { mergesOf } from '../hierarchical/merges.js';
import {
  checkModelFeatures,
  loadedFeatures,
  ofFit,
  type SavedFeatures,
  savedFeatures,
} from '../model-features.js';
import { numberClusters } from '../number-clusters.js';
import { distanceOf, rowsOf } from '../tree/rows.js';
import { SearchTree } from '../tree/search-tree.js';
import { neighbourhoodOf, spanningTree } from '../tree/spanning-tree.js';
import { type CondensedTree, condense } from './condense.js';
import { membershipsOf } from './membership.js';
import { type ClusterSelection, selectClusters } from './select.js';

export interface HdbscanOptions {
  /** Customers that make a cluster. 5, as in scikit-learn; for marketing rather the smallest audience worth it. */
  minClusterSize?: number;
  /** Neighbours, the customer included, whose reach tells how dense it is. Default: `minClusterSize`. */
  minPoints?: number;
  /** Default: euclidean. */
  metric?: DensityMetric;
  /** Default: excess-of-mass. */
  selection?: ClusterSelection;
}

export interface HdbscanFitOptions {
  /** Names of the features: saved with the model and used in messages. */
  features?: readonly string[];
  /** Stops the fit. */
  signal?: AbortSignal;
}

export interface SoftAssignment {
  /** `[customers]`, -1 for noise. */
  labels: Int32Array;
  /** `[customers]`, how strongly each belongs to its cluster, 0 … 1; 0 for noise. */
  probabilities: Float32Array;
}

interface Fitted extends SoftAssignment {
  featureCount: number;
  features?: readonly string[];
  sizes: number[];
  condensed: CondensedTree;
  /** By label: the cluster's number in the condensed tree. */
  clusters: number[];
  tree: KdTree;
  /** By place in the tree: squared core distance. */
  squaredCore: Float64Array;
  /** By row: the customer. */
  kept: Int32Array;
}

/** A saved model: enough to give new customers their clusters. */
export interface HdbscanJson {
  kind: 'hdbscan';
  version: 1;
  options: Required<HdbscanOptions>;
  /** Their names, or how many. */
  features: SavedFeatures;
  sizes: number[];
  /** By label: densities at which the cluster begins and ends. */
  births: number[];
  deaths: number[];
  /** Little-endian, in base64: float32 `[customers, features]`, float64 `[customers]` by place in the tree, int32 `[customers]`. */
  points: string;
  squaredCore: string;
  labels: string;
}

const header = { kind: 'hdbscan', version: 1 } as const;

/**
 * HDBSCAN: clusters of differing densities, without a radius to choose. The hierarchy of DBSCAN over all radii is
 * cut where clusters last longest. (R. J. G. B. Campello, D. Moulavi and J. Sander, "Density-based clustering
 * based on hierarchical density estimates", PAKDD 2013.) Neighbours and the spanning tree come from a k-d tree
 * (L. McInnes and J. Healy, "Accelerated hierarchical density based clustering", ICDMW 2017), so that memory is
 * that of the customers and time is short for few features.
 *
 * Mergers at the same distance are one: customers through whom several clusters meet belong to none of them, where
 * other programs let the order of the customers decide.
 *
 * Clusters are numbered by size, the largest is 0. For cosine, a customer whose features are all 0 is noise.
 *
 * @example
 * const model = await new Hdbscan({ minClusterSize: 50 }).fit(x);
 * model.labels; model.probabilities; model.memberships();
 */
export class Hdbscan {
  readonly options: Required<HdbscanOptions>;
  #fitted?: Fitted;

  /** @throws UsageError that names the option that is out of its range. */
  constructor(options: HdbscanOptions = {}) {
    const { minClusterSize = 5, metric = 'euclidean', selection = 'excess-of-mass' } = options;
    if (!Number.isSafeInteger(minClusterSize) || minClusterSize < 2) {
      throw new UsageError({
        expected: 'minClusterSize to be a whole number of at least 2',
        found: String(minClusterSize),
      });
    }
    if (selection !== 'excess-of-mass' && selection !== 'leaf') {
      throw new UsageError({ expected: 'selection to be excess-of-mass or leaf', found: `"${selection}"` });
    }
    const { minPoints = minClusterSize } = options;
    checkMinPoints(minPoints);
    checkMetric(metric);
    this.options = { minClusterSize, minPoints, metric, selection };
  }

  /** How many were found. */
  get clusters(): number {
    return this.#model.sizes.length;
  }

  /** `[clusters]`, customers of each. */
  get sizes(): readonly number[] {
    return this.#model.sizes;
  }

  /** Customers that belong to no cluster. */
  get noise(): number {
    return this.labels.length - this.sizes.reduce((sum, size) => sum + size, 0);
  }

  /** `[customers]`, -1 for noise. */
  get labels(): Int32Array {
    return this.#model.labels;
  }

  /** `[customers]`, how strongly each belongs to its cluster, 0 … 1; 0 for noise. */
  get probabilities(): Float32Array {
    return this.#model.probabilities;
  }

  /**
   * `[clusters, customers]`, how strongly each customer of the fit belongs to each cluster, 0 … 1; they need not
   * sum to 1. Of the own cluster it is the customer's probability; noise, too, is nearer to one than to another.
   */
  memberships(): Float32Array {
    const { condensed, clusters, kept, labels } = this.#model;
    const known = membershipsOf(condensed, clusters);
    if (kept.length === labels.length) return known;
    const all = new Float32Array(clusters.length * labels.length);
    for (let cluster = 0; cluster < clusters.length; cluster++) {
      kept.forEach((customer, row) => {
        all[cluster * labels.length + customer] = known[cluster * kept.length + row];
      });
    }
    return all;
  }

  /**
   * Finds the clusters of these customers.
   *
   * @param x features of the customers, `[features, customers]`, whole or in batches.
   * @throws DataError for NaN or infinite values, and for fewer customers than `minPoints`.
   */
  async fit(x: Features, { features: names, signal }: HdbscanFitOptions = {}): Promise<this> {
    const { metric, minPoints, minClusterSize, selection } = this.options;
    const batches = batchesOf(x);
    const { points, kept } = await rowsOf(batches, metric, names);
    if (kept.length < minPoints) {
      throw new DataError({
        expected: `at least ${minPoints} customers`,
        found: `${kept.length}`,
        hint: 'Give more customers, or take fewer for a segment or a dense place (in a configuration minimumSize, minimumPoints).',
      });
    }
    const turn = takeTurns(signal);
    const search = new SearchTree(await sortIntoTree(points, batches.features), turn);
    const { tree } = search;
    const neighbourhood = await neighbourhoodOf(search, minPoints);
    const { a, b, squaredLengths } = await spanningTree(search, neighbourhood);
    search.dispose();
    const squaredCore = squaredCoreOf(tree, neighbourhood.coreNeighbours);
    const heights = squaredLengths.map(squared => distanceOf(squared, metric));
    const condensed = condense(
      mergesOf({ a, b, heights }, new Float64Array(kept.length).fill(1)),
      minClusterSize,
    );
    const taken = selectClusters(condensed, selection);

    const owner = ownersOf(condensed, taken);
    const { labels: rowLabels, sizes } = numberClusters(condensed.lastCluster.map(cluster => owner[cluster]));
    const clusters = new Array<number>(sizes.length);
    rowLabels.forEach((label, row) => {
      if (label >= 0) clusters[label] = owner[condensed.lastCluster[row]];
    });
    const labels = new Int32Array(batches.customers).fill(-1);
    const probabilities = new Float32Array(batches.customers);
    kept.forEach((customer, row) => {
      const label = rowLabels[row];
      if (label < 0) return;
      const most = condensed.death[clusters[label]];
      labels[customer] = label;
      probabilities[customer] = Math.min(condensed.leaves[row], most) / most;
    });
    const featureCount = batches.features;
    this.#fitted = {
      featureCount,
      features: names,
      sizes,
      condensed,
      clusters,
      tree,
      squaredCore,
      kept,
      labels,
      probabilities,
    };
    return this;
  }

  /**
   * Clusters of new customers: that of the neighbour to which the mutual reachability (the distance, or the core
   * distance of either if greater) is least, unless the customer would join only at a density below that of the
   * cluster's birth.
   *
   * @throws DataError for other features than the fit's and for NaN or infinite values.
   */
  async predict(x: Features, options: { features?: readonly string[] } = {}): Promise<SoftAssignment> {
    const { metric, minPoints } = this.options;
    const { featureCount, tree, squaredCore, kept: fitted, condensed, clusters, labels: known } = this.#model;
    const batches = batchesOf(x);
    checkModelFeatures(this.#model, batches.features, options.features);
    const { points, kept } = await rowsOf(batches, metric, options.features);
    const labels = new Int32Array(batches.customers).fill(-1);
    const probabilities = new Float32Array(batches.customers);
    const search = new SearchTree(tree, takeTurns());
    const count = 2 * minPoints;
    const places = await search.nearestNeighbours(points, count).finally(() => search.dispose());
    const squared = new Float64Array(count);
    for (const [row, customer] of kept.entries()) {
      const found = places.subarray(row * count, (row + 1) * count);
      const end = found.indexOf(-1);
      const neighbours = end < 0 ? count : end;
      for (let i = 0; i < neighbours; i++) {
        squared[i] = squaredDistance(
          points,
          row * featureCount,
          tree.points,
          found[i] * featureCount,
          featureCount,
        );
      }
      // The customer itself would be the first of its neighbours.
      const core = minPoints > 1 ? squared[Math.min(minPoints - 1, neighbours) - 1] : 0;
      let [nearest, least] = [-1, Number.POSITIVE_INFINITY];
      for (let i = 0; i < neighbours; i++) {
        const reach = Math.max(squared[i], core, squaredCore[found[i]]);
        if (reach < least) {
          least = reach;
          nearest = found[i];
        }
      }
      const label = known[fitted[tree.order[nearest]]];
      const density = 1 / distanceOf(least, metric);
      if (label < 0 || density < condensed.birth[clusters[label]]) continue;
      labels[customer] = label;
      probabilities[customer] = Math.min(1, density / condensed.death[clusters[label]]);
    }
    return { labels, probabilities };
  }

  toJSON(): HdbscanJson {
    const { featureCount, sizes, condensed, clusters, tree, squaredCore, kept, labels } = this.#model;
    const points = new Float32Array(tree.points.length);
    tree.order.forEach((row, place) => {
      points.set(tree.points.subarray(place * featureCount, (place + 1) * featureCount), row * featureCount);
    });
    return {
      ...header,
      options: this.options,
      features: savedFeatures(this.#model),
      sizes,
      births: clusters.map(cluster => condensed.birth[cluster]),
      deaths: clusters.map(cluster => condensed.death[cluster]),
      points: encodeNumbers(points),
      squaredCore: encodeNumbers(squaredCore),
      labels: encodeNumbers(kept.map(customer => labels[customer])),
    };
  }

  /** @throws DataError unless it is an HDBSCAN model of this version of the format. */
  static fromJSON(json: unknown): Hdbscan {
    checkHeader(json, header);
    const { options, features, sizes, births, deaths, points, squaredCore, labels } = json as HdbscanJson;
    const model = new Hdbscan(options);
    const saved = loadedFeatures(features);
    const rowLabels = new Int32Array(decodeNumbers(labels));
    model.#fitted = {
      ...saved,
      sizes,
      // The tree of clusters is not needed any more: the clusters alone, by label.
      condensed: {
        parent: new Int32Array(sizes.length).fill(-1),
        birth: Float64Array.from(births),
        death: Float64Array.from(deaths),
        sizes: Int32Array.from(sizes),
        lastCluster: rowLabels,
        leaves: new Float64Array(rowLabels.length),
      },
      clusters: [...sizes.keys()],
      tree: buildKdTree(new Float32Array(decodeNumbers(points)), saved.featureCount),
      squaredCore: new Float64Array(decodeNumbers(squaredCore)),
      kept: Int32Array.from(rowLabels.keys()),
      labels: rowLabels,
      probabilities: new Float32Array(rowLabels.length),
    };
    return model;
  }

  /** Writes `hdbscan.json` into the folder. */
  async save(folder: string): Promise<void> {
    await writeModel(folder, this.toJSON());
  }

  /** @throws DataError if the folder holds no HDBSCAN model of this version of the format. */
  static async load(folder: string): Promise<Hdbscan> {
    return readModelAs(folder, header.kind, Hdbscan.fromJSON);
  }

  get #model(): Fitted {
    return ofFit(this.#fitted);
  }
}

/** `[clusters]`, the taken cluster that each one is or is within; -1 for none. */
function ownersOf({ parent }: CondensedTree, taken: readonly number[]): Int32Array {
  const owner = new Int32Array(parent.length).fill(-1);
  for (const cluster of taken) owner[cluster] = cluster;
  for (let cluster = 1; cluster < parent.length; cluster++) {
    if (owner[cluster] < 0) owner[cluster] = owner[parent[cluster]];
  }
  return owner;
}
