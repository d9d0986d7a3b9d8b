import * as tf from '@tensorflow/tfjs-core';
import {
  connectMarked,
  type KdTree,
  leafSize,
  nearestMarked,
  nearestNeighbours,
  corePoints as onDevice,
  type TreeTensors,
  treeTensors,
} from '../../ops/tree/index.js';

/** Customers asked about at a time, at least: less than that is not worth the call. */
const customersAtATime = 1 << 14;

/** Into how many parts the work on many customers is cut, between which others have their turn. */
const parts = 16;

/** A k-d tree whose searches run on the device, some customers at a time. */
export class SearchTree {
  readonly #tensors: TreeTensors;

  /** Of at least one customer; the caller disposes. */
  constructor(
    readonly tree: KdTree,
    readonly turn: () => Promise<void>,
  ) {
    this.#tensors = treeTensors(tree);
  }

  /** The tree on the device. */
  get tensors(): TreeTensors {
    return this.#tensors;
  }

  dispose(): void {
    tf.dispose({ ...this.#tensors });
  }

  /** Flags, by place, of those who have at least `minPoints` customers, themselves included, within the radius. */
  async corePoints(squaredRadius: number, minPoints: number): Promise<Int32Array> {
    const { customers, from, firstLeaf, nodes } = this.tree;
    const core = new Int32Array(customers);
    const leaves = nodes - firstLeaf;
    for (const [first, last] of this.#batches(leaves, customersAtATime / leafSize)) {
      await this.turn();
      const flags = onDevice(this.#tensors, { squaredRadius, minPoints }, first, last);
      core.set(await flags.data<'int32'>(), from[firstLeaf + first]);
      flags.dispose();
    }
    return core;
  }

  /** Of marked customers, by place, the first place of those to whom pairs within the radius link them; else -1. */
  async connectMarked(marks: Int32Array, squaredRadius: number): Promise<Int32Array> {
    await this.turn();
    const marked = tf.tensor1d(marks, 'int32');
    const groups = connectMarked(this.#tensors, marked, squaredRadius);
    const read = await groups.data<'int32'>();
    tf.dispose([marked, groups]);
    return read as Int32Array;
  }

  /**
   * Of each point the place of the nearest marked customer within the radius, -1 for nobody; of equally near ones
   * that with the lowest number.
   *
   * @param marks `[customers]` by place, 1 or 0.
   * @param points `[points, features]`
   */
  async nearestMarked(marks: Int32Array, points: Float32Array, squaredRadius: number): Promise<Int32Array> {
    const [order, marked] = [tf.tensor1d(this.tree.order, 'int32'), tf.tensor1d(marks, 'int32')];
    try {
      return await this.#ask(points, 1, queries =>
        nearestMarked(this.#tensors, order, marked, queries, squaredRadius),
      );
    } finally {
      tf.dispose([order, marked]);
    }
  }

  /** Of each point the places of the `count` nearest customers, the nearest first, -1 where there are no more. */
  nearestNeighbours(points: Float32Array, count: number): Promise<Int32Array> {
    return this.#ask(points, count, queries => nearestNeighbours(this.#tensors, queries, count));
  }

  async #ask(
    points: Float32Array,
    answers: number,
    search: (queries: tf.Tensor2D) => tf.Tensor,
  ): Promise<Int32Array> {
    const { features } = this.tree;
    const found = new Int32Array((points.length / features) * answers);
    for (const [first, last] of this.#batches(points.length / features, customersAtATime / answers)) {
      await this.turn();
      const some = points.subarray(first * features, last * features);
      const queries = tf.tensor2d(some, [last - first, features]);
      const places = search(queries);
      found.set((await places.data()) as Int32Array, first * answers);
      tf.dispose([queries, places]);
    }
    return found;
  }

  *#batches(count: number, least: number): Generator<[first: number, last: number]> {
    const atATime = Math.ceil(Math.max(least, count / parts));
    for (let first = 0; first < count; first += atATime) yield [first, Math.min(count, first + atATime)];
  }
}
