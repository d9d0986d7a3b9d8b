import { buildKdTree, type KdTree } from '../../ops/tree/index.js';

/**
 * Clusters by their centroids and sizes, with a search for the nearest under Ward's distance
 * √(2 |A| |B| / (|A| + |B|)) · |a − b|. A merged cluster stays in the leaf of one of the two, whose boxes grow with
 * it; the tree is built anew whenever half of the clusters are gone.
 */
export class WardIndex {
  #tree!: KdTree;
  /** By place in the tree: the cluster there. */
  #clusters!: Int32Array;
  /** By cluster: its leaf, and its place. */
  readonly #leaf: Int32Array;
  readonly #place: Int32Array;
  /** By leaf: the place after its last cluster that is left. */
  #end!: Int32Array;
  /** By node: clusters that are left, the least of their sizes (or less), the corners of a box around them. */
  #left!: Int32Array;
  #least!: Float64Array;
  #low!: Float64Array;
  #high!: Float64Array;
  #count: number;

  /** Takes both arrays over. */
  constructor(
    readonly centroids: Float64Array,
    readonly features: number,
    readonly sizes: Float64Array,
  ) {
    this.#count = sizes.length;
    this.#leaf = new Int32Array(sizes.length);
    this.#place = new Int32Array(sizes.length);
    this.#build();
  }

  isLeft(cluster: number): boolean {
    return this.sizes[cluster] > 0;
  }

  squaredDistance(a: number, b: number): number {
    const { centroids, features, sizes } = this;
    let sum = 0;
    for (let f = 0; f < features; f++) {
      const difference = centroids[a * features + f] - centroids[b * features + f];
      sum += difference * difference;
    }
    return ((2 * sizes[a] * sizes[b]) / (sizes[a] + sizes[b])) * sum;
  }

  /** The nearest other cluster; `before` (-1: none) unless another one is nearer. */
  nearest(cluster: number, before: number): number {
    this.#nearest = before;
    this.#distance = before < 0 ? Number.POSITIVE_INFINITY : this.squaredDistance(cluster, before);
    this.#visit(0, cluster, this.#boxDistance(0, cluster));
    return this.#nearest;
  }

  #nearest = -1;
  #distance = 0;

  #visit(node: number, cluster: number, boxDistance: number): void {
    if (boxDistance >= this.#distance) return;
    if (node >= this.#tree.firstLeaf) {
      const clusters = this.#clusters;
      const end = this.#end[node - this.#tree.firstLeaf];
      for (let place = this.#tree.from[node]; place < end; place++) {
        const other = clusters[place];
        if (other === cluster) continue;
        const distance = this.squaredDistance(cluster, other);
        if (distance < this.#distance || this.#nearest < 0) {
          this.#distance = distance;
          this.#nearest = other;
        }
      }
      return;
    }
    const left = 2 * node + 1;
    const toLeft = this.#boxDistance(left, cluster);
    const toRight = this.#boxDistance(left + 1, cluster);
    if (toLeft <= toRight) {
      this.#visit(left, cluster, toLeft);
      this.#visit(left + 1, cluster, toRight);
    } else {
      this.#visit(left + 1, cluster, toRight);
      this.#visit(left, cluster, toLeft);
    }
  }

  /** No cluster of the node is nearer than this, squared. */
  #boxDistance(node: number, cluster: number): number {
    if (this.#left[node] === 0) return Number.POSITIVE_INFINITY;
    const features = this.features;
    const centroids = this.centroids;
    const low = this.#low;
    const high = this.#high;
    let sum = 0;
    for (let f = 0; f < features; f++) {
      const value = centroids[cluster * features + f];
      const below = low[node * features + f] - value;
      const above = value - high[node * features + f];
      const gap = below > 0 ? below : above > 0 ? above : 0;
      sum += gap * gap;
    }
    const size = this.sizes[cluster];
    const least = this.#least[node];
    return ((2 * size * least) / (size + least)) * sum;
  }

  /** Merges two clusters into the one with the lower number. */
  merge(a: number, b: number): void {
    const { centroids, features, sizes } = this;
    const [kept, gone] = [Math.min(a, b), Math.max(a, b)];
    const share = sizes[gone] / (sizes[kept] + sizes[gone]);
    for (let f = 0; f < features; f++) {
      const at = kept * features + f;
      centroids[at] += share * (centroids[gone * features + f] - centroids[at]);
    }
    sizes[kept] += sizes[gone];
    sizes[gone] = 0;
    this.#remove(gone);
    this.#count--;
    if (this.#count >= 64 && 2 * this.#count <= this.#tree.customers) this.#build();
    else this.#grow(kept);
  }

  #remove(cluster: number): void {
    const leaf = this.#leaf[cluster];
    const last = --this.#end[leaf - this.#tree.firstLeaf];
    const moved = this.#clusters[last];
    this.#clusters[this.#place[cluster]] = moved;
    this.#place[moved] = this.#place[cluster];
    for (let node = leaf; ; node = (node - 1) >> 1) {
      this.#left[node]--;
      if (node === 0) return;
    }
  }

  /** Widens the boxes around a cluster that has moved. */
  #grow(cluster: number): void {
    const { centroids, features } = this;
    for (let node = this.#leaf[cluster]; ; node = (node - 1) >> 1) {
      for (let f = 0; f < features; f++) {
        const value = centroids[cluster * features + f];
        const at = node * features + f;
        if (value < this.#low[at]) this.#low[at] = value;
        if (value > this.#high[at]) this.#high[at] = value;
      }
      if (node === 0) return;
    }
  }

  #build(): void {
    const { centroids, features, sizes } = this;
    const kept = Int32Array.from(sizes.keys()).filter(cluster => sizes[cluster] > 0);
    const points = new Float32Array(kept.length * features);
    kept.forEach((cluster, i) => {
      points.set(centroids.subarray(cluster * features, (cluster + 1) * features), i * features);
    });
    const tree = buildKdTree(points, features);
    const { nodes, firstLeaf, from, to } = tree;
    this.#tree = tree;
    this.#clusters = tree.order.map(row => kept[row]);
    this.#end = to.slice(firstLeaf);
    this.#left = to.map((end, node) => end - from[node]);
    this.#least = new Float64Array(nodes).fill(Number.POSITIVE_INFINITY);
    this.#low = new Float64Array(nodes * features).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float64Array(nodes * features).fill(Number.NEGATIVE_INFINITY);
    for (let leaf = firstLeaf; leaf < nodes; leaf++) {
      for (let place = from[leaf]; place < to[leaf]; place++) {
        const cluster = this.#clusters[place];
        this.#leaf[cluster] = leaf;
        this.#place[cluster] = place;
        for (let node = leaf; ; node = (node - 1) >> 1) {
          this.#least[node] = Math.min(this.#least[node], sizes[cluster]);
          if (node === 0) break;
        }
        this.#grow(cluster);
      }
    }
  }
}
