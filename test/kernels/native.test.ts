import { afterAll, describe, expect, test } from 'vitest';
import { loadAddon, type NativeAddon, type Pattern } from '../../src/device/native/addon.js';
import { type Csr, likersOf, type Metric, metrics, transpose } from '../../src/ops/index.js';
import { buildKdTree, treeShape } from '../../src/ops/tree/kd-tree.js';
import { Random } from '../../src/random.js';
import { centred, cosine, denseRows, dot, excludedOf, randomCsr, squaredEuclidean } from '../ops/oracle.js';

function tryAddon(): { addon?: NativeAddon; absence?: string } {
  try {
    return { addon: loadAddon() };
  } catch (error) {
    if (process.env.CI) throw error;
    return { absence: (error as Error).message };
  }
}

const { addon, absence } = tryAddon();
if (!addon) console.warn(`skipped: ${absence}`);
else if (process.arch === 'x64' && !addon.simdLevels().includes('amx')) {
  console.warn('skipped: the SIMD level amx, which this processor or system does not have');
}

type Outputs = Record<string, Float32Array | Int32Array>;

/**
 * Runs a kernel on every SIMD level with 1, 2 and 3 threads, expects the same bits each time and returns
 * them.
 */
function same<T extends Outputs>(run: (native: NativeAddon) => T): T {
  const native = addon!;
  let first: T | undefined;
  for (const level of native.simdLevels()) {
    for (const threads of [1, 2, 3]) {
      native.simd(level);
      native.threads(threads);
      const outputs = run(native);
      first ??= outputs;
      for (const [name, values] of Object.entries(outputs)) {
        const differs = values.findIndex((value, i) => !Object.is(value, first![name][i]));
        expect(differs, `first difference of ${name} on ${level} with ${threads} threads`).toBe(-1);
      }
    }
  }
  return first!;
}

/** `[rows, columns]`, normally distributed around `centre`. */
function matrix(seed: number, rows: number, columns: number, centre = 0): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: rows * columns }, () => centre + random.normal());
}

function columnOf(x: Float32Array, columns: number, index: number): number[] {
  return Array.from({ length: x.length / columns }, (_, row) => x[row * columns + index]);
}

function rowOf(x: Float32Array, columns: number, index: number): number[] {
  return [...x.subarray(index * columns, (index + 1) * columns)];
}

function nearest(x: Float32Array, centroids: Float32Array, d: number, n: number, k: number) {
  return same(native => {
    const [labels, distances] = [new Int32Array(n), new Float32Array(n)];
    native.nearestCentroid(x, centroids, d, n, k, labels, distances);
    return { labels, distances };
  });
}

function label(x: Float32Array, centroids: Float32Array, d: number, n: number, k: number) {
  return same(native => {
    const labels = new Int32Array(n);
    const finite = native.nearestLabel(x, centroids, d, n, k, labels);
    return { labels, finite: Int32Array.of(finite ? 1 : 0) };
  });
}

function step(
  x: Float32Array,
  centroids: Float32Array,
  d: number,
  n: number,
  k: number,
  weights?: Float32Array,
) {
  return same(native => {
    const labels = new Int32Array(n);
    const [sums, residuals, counts] = [k * d, k * d, k].map(length => new Float32Array(length));
    native.lloydStep(x, centroids, weights, d, n, k, labels, sums, residuals, counts);
    return { labels, sums, residuals, counts };
  });
}

/** Sizes on both sides of every tile: customers of 16 and 64, features of 8, centroids of 4 and 6. */
const shapes = [
  { d: 1, n: 1, k: 1 },
  { d: 1, n: 700, k: 9 },
  { d: 2, n: 3, k: 5 },
  { d: 3, n: 63, k: 2 },
  { d: 7, n: 257, k: 6 },
  { d: 8, n: 9000, k: 8 },
  { d: 9, n: 130, k: 33 },
  { d: 16, n: 5000, k: 13 },
  { d: 17, n: 1025, k: 32 },
  { d: 33, n: 65, k: 64 },
  { d: 64, n: 301, k: 129 },
  { d: 48, n: 1000, k: 128 },
  { d: 13, n: 5000, k: 48 },
  { d: 16, n: 4500, k: 32 },
  { d: 31, n: 2049, k: 33 },
  { d: 600, n: 40, k: 40 },
  { d: 71, n: 333, k: 150 },
  { d: 100, n: 97, k: 300 },
  { d: 300, n: 70, k: 7 },
  { d: 5, n: 200, k: 1100 },
];

describe.skipIf(!addon)('The addon on every SIMD level with 1, 2 and 3 threads', () => {
  afterAll(() => {
    addon!.simd(addon!.simdLevels()[0]);
    addon!.threads(0);
  });

  test.each(shapes)('NearestCentroid finds the nearest of $k in $d features, for $n customers', ({
    d,
    n,
    k,
  }) => {
    const x = matrix(1, d, n, 100);
    const centroids = matrix(2, k, d, 100);
    const { labels, distances } = nearest(x, centroids, d, n, k);
    const worst = { choice: 0, distance: 0 };
    for (let i = 0; i < n; i++) {
      const customer = columnOf(x, n, i);
      const exact = Array.from({ length: k }, (_, j) => squaredEuclidean(customer, rowOf(centroids, d, j)));
      const chosen = exact[labels[i]];
      worst.choice = Math.max(worst.choice, chosen - Math.min(...exact));
      worst.distance = Math.max(worst.distance, Math.abs(distances[i] - chosen) / chosen);
    }
    // Where two are nearly as near, either may win: float32 tells them apart to about 1e-6 of the spread.
    expect(worst.choice).toBeLessThanOrEqual(4e-6 * (1 + d));
    expect(worst.distance).toBeLessThanOrEqual(1e-5);
    expect(label(x, centroids, d, n, k)).toEqual({ labels, finite: Int32Array.of(1) });
  });

  test.each(shapes)('LloydStep labels and sums: $k in $d features, $n customers', ({ d, n, k }) => {
    const x = matrix(3, d, n, 5);
    const centroids = matrix(4, k, d, 5);
    const weights = Float32Array.from({ length: n }, (_, i) => 0.5 + (i % 7) / 4);
    for (const given of [undefined, weights]) {
      const { labels, sums, residuals, counts } = step(x, centroids, d, n, k, given);
      expect(labels).toEqual(nearest(x, centroids, d, n, k).labels);
      const [exact, total] = [new Float64Array(k * d), new Float64Array(k)];
      labels.forEach((label, i) => {
        total[label] += given?.[i] ?? 1;
        for (let f = 0; f < d; f++) exact[label * d + f] += (given?.[i] ?? 1) * x[f * n + i];
      });
      expect([...counts]).toEqual([...Float32Array.from(total)]);
      const errors = exact.map((sum, i) => Math.abs(sums[i] + residuals[i] - sum) / (1 + Math.abs(sum)));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1e-11);
      expect(sums.every((sum, i) => sum === Math.fround(sum + residuals[i]))).toBe(true);
      const updated = same(native => {
        const outputs = { sums: sums.slice(), residuals: residuals.slice(), counts: counts.slice() };
        for (const values of Object.values(outputs)) values.fill(-1);
        native.centroidUpdate(x, labels, given, d, n, k, outputs.sums, outputs.residuals, outputs.counts);
        return outputs;
      });
      expect(updated).toEqual({ sums, residuals, counts });
    }
  });

  test('ties go to the lowest index, also far from the origin', () => {
    for (const offset of [0, 1e6]) {
      // Customers at 0 … 8, centroids at 0, 4, 4 and 8: 2 is as far from 0 as from 4, and so on.
      const x = Float32Array.from({ length: 9 }, (_, i) => offset + i);
      const centroids = Float32Array.from([0, 4, 4, 8], c => offset + c);
      const { labels, distances } = nearest(x, centroids, 1, 9, 4);
      expect([...labels]).toEqual([0, 0, 0, 1, 1, 1, 1, 3, 3]);
      expect([...distances]).toEqual([0, 1, 4, 1, 0, 1, 4, 1, 0]);
    }
  });

  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3e38, 1e19, -0, 1e-45];
  const manners: Record<string, (value: number, place: number) => number> = {
    'whole numbers, with ties': value => Math.round(value),
    'all the same': () => 7,
    'far from the origin': value => 1000 + value,
    'one feature far away': (value, place) => (place < 500 ? 1e6 + value : value),
    'so large that squares are infinite': value => 1e19 * value,
    'so small that squares vanish': value => 1e-25 * value,
    denormal: value => 1e-39 * value,
    'with values that are none': (value, place) => (place % 997 === 0 ? special[place % 7] : value),
  };

  test.each(
    Object.keys(manners),
  )('NearestCentroid, NearestLabel and LloydStep, many features and centroids: %s', name => {
    const [d, n, k] = [52, 500, 140];
    const x = matrix(14, d, n).map(manners[name]);
    const centroids = matrix(15, k, d).map(manners[name]);
    for (let j = 3; j < k; j += 10) centroids.copyWithin(j * d, (j - 3) * d, (j - 2) * d);
    const { labels } = nearest(x, centroids, d, n, k);
    expect(step(x, centroids, d, n, k).labels).toEqual(labels);
    const alone = label(x, centroids, d, n, k);
    expect(alone.labels).toEqual(labels);
    // It may not be certain of great values.
    if (!x.every(Number.isFinite) || name === 'whole numbers, with ties')
      expect(alone.finite[0]).toBe(x.every(Number.isFinite) ? 1 : 0);
    expect(labels.every(label => label >= 0 && label < k)).toBe(true);
  });

  test('a customer with a NaN gets label 0 and distance NaN, and others are not touched by it', () => {
    const x = Float32Array.from([1, Number.NaN, 9, 1, 2, 9]);
    const { labels, distances } = nearest(x, Float32Array.from([1, 1, 9, 9]), 2, 3, 2);
    expect([...labels]).toEqual([0, 0, 1]);
    expect([...distances]).toEqual([0, Number.NaN, 0]);
  });

  test('NearestLabel sees a single value that is none, wherever it is', () => {
    for (const { d, n, k } of shapes) {
      const x = matrix(1, d, n);
      const centroids = matrix(2, k, d);
      for (const place of [0, n - 1, (d - 1) * n, d * n - 1]) {
        for (const value of special.slice(0, 3)) {
          const [kept] = x.subarray(place);
          x[place] = value;
          expect(label(x, centroids, d, n, k).finite[0]).toBe(0);
          x[place] = kept;
        }
      }
    }
  });

  test('CentroidUpdate passes over labels that name no centroid', () => {
    const labels = Int32Array.from([0, -1, 2, 1, 1, 7, 0, 0, 0, 0]);
    const { sums, counts } = same(native => {
      const [sums, residuals, counts] = [2, 2, 2].map(length => new Float32Array(length));
      native.centroidUpdate(
        new Float32Array(10).fill(3),
        labels,
        undefined,
        1,
        10,
        2,
        sums,
        residuals,
        counts,
      );
      return { sums, residuals, counts };
    });
    expect([...counts]).toEqual([5, 2]);
    expect([...sums]).toEqual([15, 6]);
  });

  test('no customers at all are nothing to do', () => {
    const none = new Float32Array(0);
    expect(nearest(none, new Float32Array(6), 3, 0, 2).labels).toHaveLength(0);
    expect([...step(none, new Float32Array(6), 3, 0, 2).counts]).toEqual([0, 0]);
  });

  const exactly: Record<Metric, (a: number[], b: number[]) => number> = {
    'squared-euclidean': squaredEuclidean,
    euclidean: (a, b) => Math.sqrt(squaredEuclidean(a, b)),
    manhattan: (a, b) => a.reduce((sum, value, i) => sum + Math.abs(value - b[i]), 0),
    cosine: (a, b) => 1 - cosine(a, b),
    correlation: (a, b) => 1 - cosine(centred(a), centred(b)),
  };

  describe.each(metrics)('PairwiseDistance, %s', metric => {
    test.each([
      [1, 1, 1],
      [3, 5, 64],
      [8, 50, 67],
      [33, 7, 130],
      [300, 49, 3],
      [20, 200, 333],
      [2, 60, 4100],
    ])('%i features, %i by %i', (d, m, n) => {
      const a = matrix(5, d, m, 1);
      const b = matrix(6, d, n, 1);
      // A column without length, and one without variance.
      for (let f = 0; f < d; f++) a[f * m] = 0.1;
      if (m > 1) for (let f = 0; f < d; f++) a[f * m + 1] = 0;
      const { distances } = same(native => {
        const distances = new Float32Array(m * n);
        native.pairwiseDistance(a, b, metric, d, m, n, 0, m, distances);
        return { distances };
      });
      const columns = Array.from({ length: n }, (_, j) => columnOf(b, n, j));
      let worst = 0;
      for (let i = 0; i < m; i++) {
        const column = columnOf(a, m, i);
        for (let j = 0; j < n; j++) {
          const wanted = metric === 'correlation' && i < 2 ? 1 : exactly[metric](column, columns[j]);
          worst = Math.max(worst, Math.abs(distances[i * n + j] - wanted) / (1 + wanted));
        }
      }
      expect(worst).toBeLessThanOrEqual(2e-6);
    });
  });

  /** Compares with the exact scores: a place may only be taken by one that is as good as the right one. */
  function checkTop(
    { indices, scores }: { indices: Int32Array; scores: Float32Array },
    topK: number,
    exact: Map<number, number>[],
  ): void {
    for (const [row, candidates] of exact.entries()) {
      const best = [...candidates.values()].sort((a, b) => b - a).slice(0, topK);
      const found = indices.subarray(row * topK, (row + 1) * topK);
      expect(new Set(found.subarray(0, best.length)).size).toBe(best.length);
      let worst = 0;
      let ordered = true;
      for (const [place, wanted] of best.entries()) {
        const score = scores[row * topK + place];
        for (const exactScore of [wanted, candidates.get(found[place])!]) {
          worst = Math.max(worst, Math.abs(score - exactScore) / (1 + Math.abs(wanted)));
        }
        const before = place === 0 ? Number.POSITIVE_INFINITY : scores[row * topK + place - 1];
        ordered &&= before > score || (before === score && found[place - 1] < found[place]);
      }
      expect(worst).toBeLessThanOrEqual(2e-6);
      expect(ordered).toBe(true);
      const left = scores.subarray(row * topK + best.length, (row + 1) * topK);
      expect(left.every(score => score === Number.NEGATIVE_INFINITY)).toBe(true);
      expect(found.subarray(best.length).every(index => index === -1)).toBe(true);
    }
  }

  test.each([
    { f: 1, m: 1, n: 1, topK: 3, normalise: true },
    { f: 3, m: 2, n: 65, topK: 70, normalise: false },
    { f: 10, m: 203, n: 1000, topK: 10, normalise: true },
    { f: 33, m: 7, n: 300, topK: 1, normalise: false },
    { f: 64, m: 1, n: 20_000, topK: 100, normalise: true },
    { f: 300, m: 13, n: 130, topK: 20, normalise: true },
    // Enough of both for AMX tiles to look first.
    { f: 10, m: 101, n: 2501, topK: 10, normalise: true },
    { f: 11, m: 64, n: 2560, topK: 3, normalise: false },
    { f: 64, m: 67, n: 2400, topK: 10, normalise: true },
  ])('CosineTopK: top $topK of $n for $m queries of $f factors', ({ f, m, n, topK, normalise }) => {
    const queries = matrix(7, f, m);
    const items = matrix(8, f, n);
    for (let i = 0; i < f; i++) items[i * n] = 0;
    const owned = randomCsr(9, m, n, 0.1);
    for (const exclude of [undefined, owned]) {
      const found = same(native => {
        const [indices, scores] = [new Int32Array(m * topK), new Float32Array(m * topK)];
        native.cosineTopK(queries, items, f, m, n, topK, normalise, exclude, indices, scores);
        return { indices, scores };
      });
      const score = normalise ? cosine : dot;
      const columns = Array.from({ length: n }, (_, j) => columnOf(items, n, j));
      const exact = Array.from({ length: m }, (_, i) => {
        const [query, left] = [columnOf(queries, m, i), excludedOf(exclude, i)];
        return new Map(columns.flatMap((item, j) => (left.has(j) ? [] : [[j, score(query, item)] as const])));
      });
      checkTop(found, topK, exact);
    }
  });

  test.each([
    10, 40,
  ])('CosineTopK finds what follows the best items where those are excluded, %i factors', f => {
    const [m, n, left, topK] = [70, 6000, 40, 10];
    const [queries, items] = [matrix(13, f, m), matrix(14, f, n)];
    const top = (count: number, exclude?: Pattern) =>
      same(native => {
        const [indices, scores] = [new Int32Array(m * count), new Float32Array(m * count)];
        native.cosineTopK(queries, items, f, m, n, count, false, exclude, indices, scores);
        return { indices, scores };
      }).indices;
    const all = top(left + topK);
    const excluded = Array.from({ length: m }, (_, i) =>
      rowOf(Float32Array.from(all), left + topK, i).slice(0, left),
    );
    const exclude = {
      rows: m,
      columns: n,
      indptr: Int32Array.from({ length: m + 1 }, (_, i) => i * left),
      indices: Int32Array.from(excluded.flatMap(row => row.sort((a, b) => a - b))),
    };
    const wanted = Array.from({ length: m }, (_, i) =>
      rowOf(Float32Array.from(all), left + topK, i).slice(left),
    );
    expect([...top(topK, exclude)]).toEqual(wanted.flat());
  });

  test('CosineTopK gives equal items in the order of their index, however many there are', () => {
    const [n, topK] = [5000, 50];
    const { indices } = same(native => {
      const [indices, scores] = [new Int32Array(topK), new Float32Array(topK)];
      native.cosineTopK(
        new Float32Array([1]),
        new Float32Array(n).fill(2),
        1,
        1,
        n,
        topK,
        true,
        undefined,
        indices,
        scores,
      );
      return { indices, scores };
    });
    expect([...indices]).toEqual(Array.from({ length: topK }, (_, i) => i));
  });

  /** Of enough queries and items for AMX tiles to look first. */
  function topOf(
    { f, m, n }: { f: number; m: number; n: number },
    queries: Float32Array,
    items: Float32Array,
    { topK = 10, normalise = true, exclude }: { topK?: number; normalise?: boolean; exclude?: Pattern } = {},
  ) {
    return same(native => {
      const [indices, scores] = [new Int32Array(m * topK), new Float32Array(m * topK)];
      native.cosineTopK(queries, items, f, m, n, topK, normalise, exclude, indices, scores);
      return { indices, scores };
    });
  }

  /** Best first by these float64 scores, of equal ones the lower index. */
  function ranked(scores: number[], topK: number): number[] {
    const order = scores.map((_, j) => j).sort((a, b) => scores[b] - scores[a] || a - b);
    return order.slice(0, topK);
  }

  test.each([
    { f: 10, spread: 1e-1 },
    { f: 10, spread: 1e-4 },
    { f: 24, spread: 1e-1 },
    { f: 24, spread: 1e-2 },
    { f: 64, spread: 1e-6 },
  ])('CosineTopK tells apart items that differ by $spread of $f factors', ({ f, spread }) => {
    const shape = { f, m: 70, n: 2500 };
    const queries = matrix(21, f, shape.m, 1);
    const items = matrix(22, f, shape.n).map(value => 1 + spread * value);
    const { indices, scores } = topOf(shape, queries, items);
    const columns = Array.from({ length: shape.n }, (_, j) => columnOf(items, shape.n, j));
    for (let i = 0; i < shape.m; i++) {
      const query = columnOf(queries, shape.m, i);
      const exact = columns.map(item => cosine(query, item));
      ranked(exact, 10).forEach((item, place) => {
        const [index, score] = [indices[10 * i + place], scores[10 * i + place]];
        expect(Math.abs(exact[item] - score)).toBeLessThan(1e-6);
        expect(Math.abs(exact[index] - score)).toBeLessThan(1e-6);
      });
    }
  });

  test.each([
    true,
    false,
  ])('CosineTopK gives equal items by index among thousands, normalised: %s', normalise => {
    // Whole numbers of few bits: their products are exact, so that equal scores are.
    const shape = { f: 16, m: 80, n: 3001 };
    const random = new Random(23);
    const few = (count: number) =>
      Float32Array.from({ length: shape.f * count }, () => random.integer(3) - 1);
    const [queries, items] = [few(shape.m), few(shape.n)];
    const { indices } = topOf(shape, queries, items, { normalise: false });
    const columns = Array.from({ length: shape.n }, (_, j) => columnOf(items, shape.n, j));
    const wanted = Array.from({ length: shape.m }, (_, i) => {
      const query = columnOf(queries, shape.m, i);
      return ranked(
        columns.map(item => dot(query, item)),
        10,
      );
    });
    if (!normalise) expect([...indices]).toEqual(wanted.flat());
    const twins = Float32Array.from({ length: shape.f * shape.n }, (_, p) => items[p - (p % shape.n)]);
    const all = topOf(shape, queries, twins, { normalise }).indices;
    expect(rowOf(Float32Array.from(all), 10, 7)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test('CosineTopK of products with items of very different lengths', () => {
    const shape = { f: 20, m: 66, n: 2600 };
    const random = new Random(24);
    const lengths = Array.from({ length: shape.n }, () => Math.exp(3 * random.normal()));
    const queries = matrix(25, shape.f, shape.m);
    const items = matrix(26, shape.f, shape.n).map((value, p) => value * lengths[p % shape.n]);
    const { indices } = topOf(shape, queries, items, { normalise: false });
    const columns = Array.from({ length: shape.n }, (_, j) => columnOf(items, shape.n, j));
    const wanted = Array.from({ length: shape.m }, (_, i) => {
      const query = columnOf(queries, shape.m, i);
      return ranked(
        columns.map(item => dot(query, item)),
        10,
      );
    });
    expect([...indices]).toEqual(wanted.flat());
  });

  test('CosineTopK where every item points away', () => {
    const shape = { f: 30, m: 65, n: 2305 };
    const positive = (x: Float32Array) => x.map(value => 0.5 + Math.abs(value));
    const queries = positive(matrix(27, shape.f, shape.m));
    const items = positive(matrix(28, shape.f, shape.n)).map(value => -value);
    const { indices, scores } = topOf(shape, queries, items);
    expect(indices.every(index => index >= 0 && index < shape.n)).toBe(true);
    expect(scores.every(score => score < 0)).toBe(true);
  });

  test('CosineTopK never gives a NaN, nor loses an item beside one', () => {
    const shape = { f: 12, m: 70, n: 2500 };
    const queries = matrix(29, shape.f, shape.m);
    const items = matrix(30, shape.f, shape.n);
    // Query 1 has no direction, query 2 is no number.
    for (let i = 0; i < shape.f; i++) queries[i * shape.m + 1] = 0;
    queries[2] = Number.NaN;
    const clean = topOf(shape, queries, items);
    expect(rowOf(clean.scores, 10, 1)).toEqual(new Array(10).fill(0));
    expect([...clean.indices.subarray(10, 20)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect([...clean.indices.subarray(20, 30)]).toEqual(new Array(10).fill(-1));
    // Beside each of the best of query 0 one that is no number or infinite.
    const best = [...clean.indices.subarray(0, 10)];
    const broken = items.slice();
    const spoilt = [...new Set(best.flatMap(item => [item ^ 16, (item + 32) % shape.n]))].filter(
      item => item < shape.n && !best.includes(item),
    );
    for (const [i, item] of spoilt.entries()) broken[item] = i % 2 ? Number.NaN : Number.POSITIVE_INFINITY;
    const found = topOf(shape, queries, broken);
    expect([...found.indices.subarray(0, 10)]).toEqual(best);
    expect(found.scores.some(Number.isNaN)).toBe(false);
    expect(spoilt.some(item => found.indices.includes(item))).toBe(false);
  });

  test('CosineTopK for customers who own nearly everything', () => {
    const shape = { f: 16, m: 64, n: 2400 };
    const queries = matrix(31, shape.f, shape.m);
    const items = matrix(32, shape.f, shape.n);
    const rows = Array.from({ length: shape.m }, (_, i) => {
      const left = i % 4 === 0 ? 4 : i % 4 === 1 ? 700 : shape.n;
      return Array.from({ length: shape.n }, (_, j) => j).filter(
        j => i % 4 !== 2 && (j * 7 + i) % shape.n >= left,
      );
    });
    const exclude = {
      rows: shape.m,
      columns: shape.n,
      indptr: Int32Array.from(
        [0, ...rows].map((_, i) => rows.slice(0, i).reduce((sum, row) => sum + row.length, 0)),
      ),
      indices: Int32Array.from(rows.flat()),
    };
    const { indices } = topOf(shape, queries, items, { exclude });
    for (let i = 0; i < shape.m; i++) {
      const found = [...indices.subarray(10 * i, 10 * i + 10)].filter(index => index >= 0);
      const owned = new Set(rows[i]);
      expect(found.some(index => owned.has(index))).toBe(false);
      expect(found).toHaveLength(Math.min(10, shape.n - owned.size));
    }
  });

  function sparseTop(a: Csr, b: Csr, topK: number, normalise: boolean, exclude?: Pattern) {
    return same(native => {
      const [indices, scores] = [new Int32Array(a.rows * topK), new Float32Array(a.rows * topK)];
      native.sparseCosineTopK(a, transpose(b), topK, normalise, exclude, indices, scores);
      return { indices, scores };
    });
  }

  test.each([
    { m: 1, c: 1, n: 1, density: 1, topK: 2 },
    { m: 40, c: 30, n: 50, density: 0.2, topK: 5 },
    { m: 7, c: 200, n: 70_000, density: 0.002, topK: 100 },
    { m: 300, c: 50, n: 129, density: 0.05, topK: 200 },
  ])('SparseCosineTopK: top $topK of $n for $m rows of $c columns', ({ m, c, n, density, topK }) => {
    const a = randomCsr(10, m, c, density);
    const b = randomCsr(11, n, c, density);
    const exclude = randomCsr(12, m, n, 0.05);
    const others = denseRows(b);
    for (const normalise of [true, false]) {
      const score = normalise ? cosine : dot;
      const exact = denseRows(a).map((row, i) => {
        const left = excludedOf(exclude, i);
        const sharing = others.flatMap((other, j) => (!left.has(j) && dot(row, other) !== 0 ? [j] : []));
        return new Map(sharing.map(j => [j, score(row, others[j])]));
      });
      checkTop(sparseTop(a, b, topK, normalise, exclude), topK, exact);
    }
  });

  test('SparseCosineTopK: products that cancel still make a candidate, rows without a common column do not', () => {
    const csr = (columns: number, ...rows: [number, number][][]): Csr => ({
      rows: rows.length,
      columns,
      indptr: Int32Array.from([0, ...rows.map((_, i) => rows.slice(0, i + 1).flat().length)]),
      indices: Int32Array.from(rows.flat(), ([column]) => column),
      values: Float32Array.from(rows.flat(), ([, value]) => value),
    });
    const a = csr(
      3,
      [
        [0, 1],
        [1, 1],
      ],
      [],
    );
    const b = csr(
      3,
      [[2, 1]],
      [
        [0, 1],
        [1, -1],
      ],
      [[0, -1]],
    );
    const { indices, scores } = sparseTop(a, b, 3, false);
    expect([...indices]).toEqual([1, 2, -1, -1, -1, -1]);
    expect([...scores.subarray(0, 2)]).toEqual([0, -1]);
  });

  test.each([1, 15, 1000, 100_003])('StreamCopy and FusedMultiplyAdds: %i elements', n => {
    const x = matrix(13, 1, n);
    const { copy, y } = same(native => {
      const [copy, y] = [new Float32Array(n), new Float32Array(n)];
      native.streamCopy(x, copy);
      native.fusedMultiplyAdds(x, 3, y);
      return { copy, y };
    });
    expect(copy).toEqual(x);
    const errors = y.map((value, i) => Math.abs(value - (1 + (x[i] - 1) * 0.75 ** 3)));
    expect(errors.every(error => error < 1e-5)).toBe(true);
  });

  test.each([
    [40, 30, 5],
    [60, 300, 64],
    [9, 50, 70],
  ])('AlsStep and Gram: %i × %i, %i factors', (m, n, f) => {
    const weights = randomCsr(15, m, n, 0.4);
    const [y, start] = [matrix(16, n, f), matrix(17, m, f)];
    const { products, x } = same(native => {
      const [products, x] = [new Float32Array(f * f), new Float32Array(m * f)];
      native.gram(y, n, f, products);
      native.alsStep(weights, start, y, products, f, 2, 3, x);
      return { products, x };
    });
    expect(products[f + 1]).toBeCloseTo(
      Array.from({ length: n }, (_, i) => y[i * f + 1] ** 2).reduce((sum, square) => sum + square),
      3,
    );
    expect(x.every(Number.isFinite)).toBe(true);
  });

  test.each(metrics)('DistanceSums, %s: segments of all sizes', metric => {
    const [d, m, n] = [5, 37, 3000];
    const [a, b] = [matrix(18, d, m), matrix(19, d, n)];
    const starts = Int32Array.of(0, 1, 1, 18, 1500, n);
    const { sums } = same(native => {
      const sums = new Float32Array(5 * m);
      native.distanceSums(a, b, metric, d, m, n, starts, 5, sums);
      return { sums };
    });
    const distances = new Float32Array(m * n);
    addon!.pairwiseDistance(a, b, metric, d, m, n, 0, m, distances);
    sums.forEach((sum, place) => {
      const [row, segment] = [Math.floor(place / 5) * n, place % 5];
      const known = distances
        .subarray(row + starts[segment], row + starts[segment + 1])
        .reduce((x, y) => x + y, 0);
      expect(Math.abs(sum - known)).toBeLessThanOrEqual(1e-5 * known);
    });
  });

  test.each([
    { d: 3, m: 1, n: 1, around: 0 },
    { d: 5, m: 37, n: 1063, around: 0 },
    { d: 16, m: 50, n: 2100, around: 0 },
    { d: 12, m: 7, n: 9000, around: 0 },
    { d: 70, m: 13, n: 97, around: 0 },
    // So far out that products of float32 tell nothing.
    { d: 20, m: 20, n: 333, around: 1e5 },
  ])('RadiusNeighbours: $d features, $m × $n around $around', ({ d, m, n, around }) => {
    const [a, b] = [matrix(24, d, m, around), matrix(25, d, n, around)];
    const limits = {
      'squared-euclidean': 1.6 * d,
      euclidean: Math.sqrt(1.6 * d),
      manhattan: d,
      cosine: 0.9,
      correlation: 0.9,
    };
    const words = Math.ceil(n / 32);
    for (const metric of metrics) {
      const { counts, marks } = same(native => {
        const [counts, marks] = [new Int32Array(m), new Int32Array(m * words)];
        native.radiusNeighbours(a, b, metric, limits[metric], d, m, n, counts, marks);
        const alone = new Int32Array(m);
        native.radiusNeighbours(a, b, metric, limits[metric], d, m, n, alone);
        expect(alone).toEqual(counts);
        return { counts, marks };
      });
      const distances = new Float32Array(m * n);
      addon!.pairwiseDistance(a, b, metric, d, m, n, 0, m, distances);
      const limit = Math.fround(limits[metric]);
      for (let i = 0; i < m; i++) {
        const near = Array.from({ length: n }, (_, j) => (distances[i * n + j] <= limit ? 1 : 0));
        const marked = near.map((_, j) => (marks[i * words + (j >> 5)] >>> (j & 31)) & 1);
        expect(marked).toEqual(near);
        expect(counts[i]).toBe(near.reduce<number>((sum, one) => sum + one, 0));
      }
    }
  });

  test('RadiusNeighbours decides at the limit, for infinite distances and for what is no number', () => {
    const [d, n] = [16, 70];
    // Whole numbers: many squared distances are exactly the limit.
    const b = matrix(26, d, n).map(Math.round);
    b[3] = Number.NaN;
    b[4] = Number.POSITIVE_INFINITY;
    b[5] = 3e38;
    b[6] = 3e38;
    const limits = [0, 16, 1e30, Number.POSITIVE_INFINITY];
    const { counts } = same(native => {
      const counts = new Int32Array(limits.length * n);
      limits.forEach((limit, i) => {
        native.radiusNeighbours(
          b,
          b,
          'squared-euclidean',
          limit,
          d,
          n,
          n,
          counts.subarray(i * n, (i + 1) * n),
        );
      });
      return { counts };
    });
    for (let i = 0; i < n; i++) {
      const squares = Array.from({ length: n }, (_, j) =>
        squaredEuclidean(columnOf(b, n, i), columnOf(b, n, j)),
      );
      limits.forEach((limit, l) => {
        const known = squares.filter(square => square <= limit).length;
        if (Number.isFinite(limit)) expect(counts[l * n + i]).toBe(known);
        else expect(counts[l * n + i]).toBeLessThanOrEqual(n);
      });
    }
  });

  test('StrongestOwned names an owned item', () => {
    const [m, n, f, count] = [30, 50, 20, 3];
    const owned = randomCsr(20, m, n, 0.2);
    const factors = matrix(21, n, f);
    const recommended = Int32Array.from({ length: m * count }, (_, i) => (i % 11) - 1);
    const { because } = same(native => {
      const because = new Int32Array(m * count);
      native.strongestOwned(owned, factors, f, recommended, count, because);
      return { because };
    });
    because.forEach((item, place) => {
      const row = Math.floor(place / count);
      const items = owned.indices.subarray(owned.indptr[row], owned.indptr[row + 1]);
      const strengths = [...items].map((other, i) => {
        const [one, two] = [rowOf(factors, f, other), rowOf(factors, f, Math.max(0, recommended[place]))];
        return owned.values[owned.indptr[row] + i] * cosine(one, two);
      });
      const most = Math.max(0, ...strengths);
      expect(item).toBe(recommended[place] < 0 || most === 0 ? -1 : items[strengths.indexOf(most)]);
    });
  });

  test('StrongestNeighbour gives all the same', () => {
    const [m, n, count] = [2000, 200, 10];
    const [owned, similar] = [randomCsr(22, m, n, 0.1), randomCsr(23, n, n, 0.2)];
    const recommended = Int32Array.from({ length: m * count }, (_, i) => ((i * 7) % (n + 1)) - 1);
    const likers = likersOf(similar);
    const { because } = same(native => {
      const because = new Int32Array(m * count);
      native.strongestNeighbour(owned, similar, likers, recommended, count, because);
      return { because };
    });
    expect(because.some(item => item >= 0)).toBe(true);
  });

  test.each([
    [1, 1],
    [17, 3],
    [700, 2],
    [3000, 10],
    [500, 60],
  ])('trees and searches in them: %i customers, %i features', (n, d) => {
    // Whole numbers: many are at the same place, or equally far.
    const x = matrix(14, n, d).map(value => Math.round(2 * value));
    const { nodes } = treeShape(n);
    const known = buildKdTree(x.slice(), d);
    const { points, order, low, high, ...found } = same(native => {
      const [points, order] = [new Float32Array(n * d), new Int32Array(n)];
      const [low, high] = [new Float32Array(nodes * d), new Float32Array(nodes * d)];
      native.kdTree(x, n, d, points, order, low, high);
      const tree = { points, low, high, customers: n, features: d };
      const core = new Int32Array(Math.min(n, 8 * (nodes + 1)));
      native.corePoints(tree, 2.5 * d, 5, 0, (nodes + 1) / 2, core);
      const [nearest, places] = [new Int32Array(n), new Int32Array(3 * n)];
      const groupsOfCore = new Int32Array(n);
      native.connectMarked(tree, core.subarray(0, n), 0.5 * d, groupsOfCore);
      native.nearestMarked(tree, order, core.subarray(0, n), points, n, 4 * d, nearest);
      native.nearestNeighbours(tree, points, n, 3, places);
      const groups = Int32Array.from({ length: n }, (_, i) => i - (i % Math.min(n, 7)));
      const [others, bounds] = [new Int32Array(n).fill(-1), new Float32Array(n)];
      const coreNeighbours = Int32Array.from({ length: n }, (_, i) => places[3 * i + 2]);
      native.nearestOther(tree, coreNeighbours, groups, others, bounds);
      return { points, order, low, high, core, groupsOfCore, nearest, places, others, bounds };
    });
    expect({ points, order, low, high }).toEqual({
      points: known.points,
      order: known.order,
      low: known.low,
      high: known.high,
    });
    expect(found.core.length).toBe(n);
  });

  test('arguments that do not fit are refused, never read past their end', () => {
    const native = addon!;
    const [four, labels] = [new Float32Array(4), new Int32Array(4)];
    expect(() => native.nearestCentroid(four, four, 2, 4, 2, labels, four)).toThrow(
      'expected x to have 8 values, found 4',
    );
    expect(() => native.nearestCentroid(four, four, 1, 4, -1, labels, four)).toThrow(
      'expected k to be a whole number',
    );
    const wrong = { ...randomCsr(1, 2, 2, 1), indices: Int32Array.from([0, 1, 0, 2]) };
    expect(() => native.sparseCosineTopK(wrong, wrong, 1, true, undefined, labels, four)).toThrow(
      'expected a.indices to ascend within each row and to be less than columns',
    );
    expect(() => native.simd('sse' as 'plain')).toThrow(
      'expected a SIMD level that this processor has, found "sse"',
    );
  });
});
