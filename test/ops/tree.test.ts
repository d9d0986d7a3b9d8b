import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import {
  connectMarked,
  corePoints,
  nearestMarked,
  nearestNeighbours,
  nearestOther,
  sortIntoTree,
  treeTensors,
} from '../../src/ops/tree/index.js';
import { Random } from '../../src/random.js';
import { onEveryDevice, read } from '../devices.js';

type Rows = number[][];

const squared = (a: number[], b: number[]) => a.reduce((sum, value, f) => sum + (value - b[f]) ** 2, 0);

/** Round groups, customers at the same place among them. */
function someRows(seed: number, customers: number, features: number): Rows {
  const random = new Random(seed);
  const rows = Array.from({ length: customers }, (_, i) =>
    Array.from({ length: features }, () => Math.fround(random.normal(3 * (i % 3)))),
  );
  return rows.map((row, i) => (i % 5 === 4 ? rows[i - 1] : row));
}

const shapes: [name: string, rows: Rows][] = [
  ['one customer', [[1, 2]]],
  ['customers at one place', Array.from({ length: 300 }, () => [4, -1])],
  ['one feature', someRows(1, 150, 1)],
  ['ten features', someRows(2, 500, 10)],
  ['sixty features', someRows(3, 100, 60)],
];

onEveryDevice('Trees', () => {
  it.each(shapes)('find what the definition says: %s', async (_, rows) => {
    const [n, d] = [rows.length, rows[0].length];
    const before = tf.memory().numTensors;
    const tree = await sortIntoTree(Float32Array.from(rows.flat()), d);
    const at = Array.from(tree.order, customer => rows[customer]);
    expect([...tree.points]).toEqual(at.flat());
    expect([...tree.order].sort((a, b) => a - b)).toEqual([...rows.keys()]);
    const tensors = treeTensors(tree);
    const distances = at.map(a => at.map(b => squared(a, b)));
    // Between two of the distances that occur.
    const sorted = distances.flat().sort((a, b) => a - b);
    const radius = sorted[Math.floor(sorted.length / 8)] * 1.0001 + 1e-9;

    const [core] = await read(
      corePoints(tensors, { squaredRadius: radius, minPoints: 6 }, 0, tree.nodes - tree.firstLeaf),
    );
    const near = distances.map(row => row.filter(distance => distance <= radius).length);
    expect(core).toEqual(near.map(count => (count >= 6 ? 1 : 0)));

    const marks = Int32Array.from(at, (_, place) => (place % 3 === 1 ? 1 : 0));
    const [order, marked] = [tf.tensor1d(tree.order, 'int32'), tf.tensor1d(marks, 'int32')];
    for (const reach of [radius, radius / 8]) {
      // Until nobody hears of an earlier place any more.
      const expected = Array.from(marks, (mark, place) => (mark ? place : -1));
      for (let before = ''; before !== String(expected); ) {
        before = String(expected);
        for (const [a, row] of distances.entries()) {
          for (const [b, distance] of row.entries()) {
            if (marks[a] && marks[b] && distance <= reach) expected[a] = Math.min(expected[a], expected[b]);
          }
        }
      }
      expect(await read(connectMarked(tensors, marked, reach))).toEqual([expected]);
    }
    const queries = tf.tensor2d(tree.points, [n, d]);
    const [nearest] = await read(nearestMarked(tensors, order, marked, queries, radius));
    nearest.forEach((found, place) => {
      const candidates = [...at.keys()].filter(i => marks[i] && distances[place][i] <= radius);
      const best = candidates.sort(
        (a, b) => distances[place][a] - distances[place][b] || tree.order[a] - tree.order[b],
      );
      expect(found).toBe(best[0] ?? -1);
    });

    const count = 4;
    const [places] = await read(nearestNeighbours(tensors, queries, count));
    distances.forEach((row, place) => {
      const expected = [...row].sort((a, b) => a - b).slice(0, count);
      const found = places.slice(place * count, (place + 1) * count);
      expect(found.slice(0, expected.length).map(i => row[i])).toEqual(expected);
      expect(found.slice(expected.length).every(i => i === -1)).toBe(true);
    });

    const neighbours = Int32Array.from(at, (_, place) => (n > 2 ? places[place * count + 2] : -1));
    const groups = Int32Array.from(at, (_, place) => Math.floor(place / 9) * 9);
    const reach = (a: number, b: number) =>
      Math.max(distances[a][b], ...[a, b].map(i => (neighbours[i] < 0 ? 0 : distances[i][neighbours[i]])));
    const [coreNeighbours, grouped] = [tf.tensor1d(neighbours, 'int32'), tf.tensor1d(groups, 'int32')];
    const start = {
      others: tf.tensor1d(new Int32Array(n).fill(-1), 'int32'),
      bounds: tf.tensor1d(new Float32Array(n)),
    };
    const { others, bounds } = nearestOther(tensors, coreNeighbours, grouped, start);
    const [ends, below] = await read(others, bounds);
    for (const group of new Set(groups)) {
      const members = [...groups.keys()].filter(place => groups[place] === group);
      const lengths = members.map(a =>
        Math.min(...at.map((_, b) => (groups[b] === group ? Number.POSITIVE_INFINITY : reach(a, b)))),
      );
      const found = members.filter(place => ends[place] >= 0 && groups[ends[place]] !== group);
      expect(Math.min(...found.map(place => reach(place, ends[place])))).toBe(Math.min(...lengths));
      members.forEach((place, i) => {
        expect(below[place]).toBeLessThanOrEqual(lengths[i]);
      });
    }
    tf.dispose([order, marked, queries, coreNeighbours, grouped, start.others, start.bounds, { ...tensors }]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
