import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { type Device, openDevice } from '../../src/device/index.js';
import type { DispatchLimits, KernelBackend } from '../../src/device/webgpu/backend.js';
import { DeviceError } from '../../src/errors.js';
import { topKOnWebgpu } from '../../src/ops/cosine-topk-webgpu.js';
import {
  alsStep,
  type CsrTensors,
  centroidUpdate,
  cosineTopK,
  csrTensors,
  disposeCsr,
  featureMoments,
  gram,
  lloydStep,
  lloydSteps,
  metrics,
  nearestCentroid,
  pairwiseDistance,
  pairwiseDistanceBlocks,
  plusPlus,
  sparseCosineTopK,
  streamCopy,
  transpose,
} from '../../src/ops/index.js';
import { searchOnWebgpu } from '../../src/ops/nearest-centroid-webgpu.js';
import { radiusCounts, radiusNeighbours } from '../../src/ops/radius-neighbours.js';
import { Random } from '../../src/random.js';
import { read } from '../devices.js';
import { randomCsr, randomMatrix } from '../ops/oracle.js';

let device: Device | undefined;
let absence = '';

beforeAll(async () => {
  try {
    device = await openDevice('webgpu');
  } catch (error) {
    absence = (error as Error).message;
    if (process.env.CI) throw error;
    console.warn(`skipped: ${absence}`);
  }
});
afterAll(() => device?.close());
beforeEach(({ skip }) => {
  skip(!device, absence);
});

const backend = () => tf.backend() as KernelBackend;

function random2d(seed: number, rows: number, columns: number): tf.Tensor2D {
  return tf.tensor2d(randomMatrix(seed, rows, columns), [rows, columns]);
}

function randomLabels(seed: number, customers: number, k: number): tf.Tensor1D {
  const random = new Random(seed);
  return tf.tensor1d(
    Array.from({ length: customers }, () => random.integer(k)),
    'int32',
  );
}

/** Every kernel once, on shapes that take several workgroups. */
async function results(): Promise<number[][]> {
  const [x, few, many] = [random2d(1, 5, 3000), random2d(2, 9, 5), random2d(3, 70, 5)];
  const [some, byFeature] = [random2d(7, 5, 200), random2d(8, 5, 70)];
  const [a, b] = [randomCsr(4, 90, 40, 0.1), randomCsr(5, 300, 40, 0.1)];
  const [left, right] = [csrTensors(a), csrTensors(transpose(b))];
  const labels = randomLabels(6, 3000, 1500);
  const numbers = tf.ones<tf.Rank.R1>([4001]);
  const found = await read(
    ...Object.values(nearestCentroid(x, few)),
    ...Object.values(nearestCentroid(x, many)),
    ...Object.values(lloydStep(x, few)),
    ...Object.values(lloydStep(x, many)),
    ...Object.values(centroidUpdate(x, labels, 1500)),
    ...Object.values(featureMoments(x)),
    ...metrics.map(metric => pairwiseDistance(some, byFeature, metric)),
    ...Object.values(cosineTopK(some, x, { topK: 7 })),
    ...Object.values(cosineTopK(x, some, { topK: 3, metric: 'dot' })),
    ...Object.values(sparseCosineTopK(left, right, { topK: 5 })),
    streamCopy(numbers),
  );
  tf.dispose([x, few, many, some, byFeature, labels, numbers]);
  disposeCsr(left);
  disposeCsr(right);
  return found;
}

describe('A WebGPU device', () => {
  it('tells what it is', () => {
    expect(device).toMatchObject({ name: 'webgpu', backend: 'webgpu' });
    expect(device!.hardware).not.toBe('');
    expect(device!.can.join()).toContain('tensors up to');
  });

  it('opens again after it was closed', async () => {
    await device!.close();
    device = await openDevice('webgpu');
    const [y] = await read(streamCopy(tf.tensor1d([1, 2, 3])));
    expect(y).toEqual([1, 2, 3]);
  });

  it('tells how long it was at work by its own clock', async ({ skip }) => {
    const busy = device!.busy;
    if (!busy) return skip('it has no clock');
    const x = tf.ones<tf.Rank.R1>([1 << 16]);
    expect(await busy(() => streamCopy(x, 20).dispose())).toBeGreaterThan(0);
    expect(await busy(() => {})).toBe(undefined);
    // The next is timed from its own beginning, and nothing is left behind.
    expect(await busy(() => streamCopy(x).dispose())).toBeGreaterThan(0);
    x.dispose();
  });

  it('gives back the memory of tensors that are gone, and of no others', async () => {
    const [kept, gone] = [tf.tensor1d([1, 2, 3]), tf.ones<tf.Rank.R1>([1 << 20])];
    const copies = [streamCopy(kept), streamCopy(gone)];
    tf.dispose([gone, copies[1]]);
    await device!.finish();
    const allocated = () => (backend().memory() as unknown as Record<string, number>).numBytesAllocatedInGPU;
    const before = allocated();
    device!.trim?.();
    expect(before - allocated()).toBeGreaterThanOrEqual(2 * 4 * (1 << 20));
    expect(await read(copies[0], streamCopy(kept))).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    kept.dispose();
  });

  it('refuses a processor that plays a graphics card unless it was asked for', async () => {
    const software = device!.software;
    await device!.close();
    const { webgpu } = await import('../../src/device/webgpu/index.js');
    const opened = webgpu.open({}).then(({ close }) => close());
    await (software
      ? expect(opened).rejects.toThrow(/expected a graphics card with a WebGPU driver, found/)
      : expect(opened).resolves.toBeUndefined());
    device = await openDevice('webgpu');
  });
});

describe('WebGPU kernels', () => {
  let limits: DispatchLimits;
  beforeEach(() => {
    limits = { ...backend().limits };
  });
  afterEach(() => {
    Object.assign(backend().limits, limits);
  });

  it('give the same bits on every run, leave no tensor behind, and keep to small limits', async () => {
    const tensors = tf.memory().numTensors;
    const expected = await results();
    expect(tf.memory().numTensors - tensors).toBeLessThanOrEqual(0);
    expect(await results()).toEqual(expected);
    Object.assign(backend().limits, { workgroupsPerAxis: 13, scratchBytes: 10_000 });
    expect(await results()).toEqual(expected);
  });

  it('write a result that is larger than a binding in parts', async () => {
    const [a, b] = [random2d(1, 3, 200), random2d(2, 3, 70)];
    const [expected] = await read(pairwiseDistance(a, b, 'euclidean'));
    backend().limits.bindingBytes = 4 * 70 * 130;
    const [inParts] = await read(pairwiseDistance(a, b, 'euclidean'));
    tf.dispose([a, b]);
    expect(inParts).toEqual(expected);
  });

  it('take factors, entries and lists that are larger than a binding in parts', async () => {
    const [m, n, factors] = [700, 300, 9];
    const weights = csrTensors(randomCsr(1, m, n, 0.1));
    const [x, y] = [random2d(2, m, factors), random2d(3, n, factors)];
    const customers = random2d(4, 3, 900);
    const options = { radius: 2.5, metric: 'euclidean' } as const;
    const all = async () => {
      const squares = gram(x);
      const step = alsStep(weights, x, y, squares, { regularisation: 0.1, steps: 2 });
      const found = await read(squares, step, radiusCounts(customers, customers, options));
      const { indptr, indices } = await radiusNeighbours(customers, customers, options);
      return [...found, [...indptr], [...indices]];
    };
    const expected = await all();
    // Of 25,200 bytes of x, some 84,000 of the entries, and as many edges as a few hundred customers have.
    backend().limits.bindingBytes = 20_000;
    expect(weights.indices.size * 4).toBeGreaterThan(2 * 20_000);
    expect(expected[4].length * 4).toBeGreaterThan(2 * 20_000);
    expect(await all()).toEqual(expected);
    tf.dispose([x, y, customers]);
    disposeCsr(weights);
  });

  it('take matrices of customers that are larger than a binding in parts', async () => {
    const [x, few, many] = [random2d(1, 5, 3000), random2d(2, 9, 5), random2d(3, 70, 5)];
    const [other, items] = [random2d(9, 5, 400), random2d(7, 5, 100)];
    const labels = randomLabels(6, 3000, 300);
    const weights = tf.tensor1d(Float32Array.from({ length: 3000 }, (_, i) => (i % 7) / 4));
    const exclude = csrTensors(randomCsr(4, 3000, 100, 0.02));
    const options = { radius: 1.2, metric: 'cosine' } as const;
    const all = async () => {
      // What was found before belongs to the values, not to how they are bound.
      const fresh = tf.add<tf.Tensor2D>(x, 0);
      const found = await read(
        ...[few, many].flatMap(centroids => [
          ...Object.values(nearestCentroid(fresh, centroids)),
          ...Object.values(lloydStep(fresh, centroids)),
          ...Object.values(lloydStep(fresh, centroids, weights)),
          ...Object.values(lloydSteps({ x: fresh, centroids, weights }, { steps: 3, tolerance: 0 })),
        ]),
        ...Object.values(centroidUpdate(fresh, labels, 300)),
        ...Object.values(featureMoments(fresh)),
        ...Object.values(featureMoments(fresh, weights)),
        ...Object.values(cosineTopK(fresh, items, { topK: 7, exclude })),
        pairwiseDistance(fresh, items, 'euclidean'),
        radiusCounts(fresh, other, options),
        radiusCounts(other, fresh, { radius: 2, metric: 'manhattan' }),
      );
      const { indptr, indices } = await radiusNeighbours(other, fresh, options);
      fresh.dispose();
      return [...found, [...indptr], [...indices]];
    };
    const expected = await all();
    const tensors = tf.memory().numTensors;
    // x takes 60,000 bytes.
    backend().limits.bindingBytes = 54_000;
    expect(await all()).toEqual(expected);
    backend().limits.bindingBytes = 30_000;
    backend().limits.scratchBytes = 20_000;
    expect(await all()).toEqual(expected);
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose([x, few, many, other, items, labels, weights]);
    disposeCsr(exclude);
  });

  it('choose the first centroids and the best items out of more than can be bound', async () => {
    const [x, queries] = [random2d(1, 5, 3000), random2d(2, 5, 70)];
    const weights = tf.tensor1d(Float32Array.from({ length: 3000 }, (_, i) => (i % 7) / 4));
    const chances = (trials: number) =>
      tf.tensor2d(randomMatrix(3, 6, trials).map(row => row.map(v => Math.abs(v) % 1)));
    const [few, many] = [chances(4), chances(9)];
    const exclude = csrTensors(randomCsr(4, 70, 3000, 0.02));
    const equals = tf.zeros<tf.Rank.R2>([5, 3000]);
    const topK = (filtered: boolean) =>
      topKOnWebgpu(
        { queries, items: x, excludeIndptr: exclude.indptr, excludeIndices: exclude.indices },
        { topK: 12, metric: 'cosine' },
        backend(),
        filtered,
      ).map(output => tf.engine().makeTensorFromTensorInfo(output));
    const all = () =>
      read(
        ...[few, many].flatMap(draws => [plusPlus(x, draws), plusPlus(x, draws, weights)]),
        ...topK(false),
        ...topK(true),
        ...Object.values(cosineTopK(x, x, { topK: 3, metric: 'dot' })),
        ...Object.values(cosineTopK(queries, equals, { topK: 70 })),
      );
    const expected = await all();
    const tensors = tf.memory().numTensors;
    // x takes 60,000 bytes.
    backend().limits.bindingBytes = 54_000;
    expect(await all()).toEqual(expected);
    backend().limits.bindingBytes = 30_000;
    backend().limits.scratchBytes = 20_000;
    expect(await all()).toEqual(expected);
    expect(tf.memory().numTensors).toBe(tensors);
    tf.dispose([x, queries, weights, few, many, equals]);
    disposeCsr(exclude);
  });

  it('find neighbours by entries that cannot all be bound', async () => {
    const [m, n, columns] = [200, 300, 60];
    const [a, b] = [csrTensors(randomCsr(1, m, columns, 0.3)), randomCsr(2, n, columns, 0.3)];
    const transposed = csrTensors(transpose(b));
    const exclude = csrTensors(randomCsr(3, m, n, 0.1));
    const all = () =>
      read(
        ...Object.values(sparseCosineTopK(a, transposed, { topK: 7 })),
        ...Object.values(sparseCosineTopK(a, transposed, { topK: 5, metric: 'dot', exclude })),
      );
    const expected = await all();
    backend().limits.bindingBytes = 8_000;
    for (const { indices } of [a, transposed, exclude]) expect(4 * indices.size).toBeGreaterThan(8_000);
    expect(await all()).toEqual(expected);
    backend().limits.bindingBytes = 240_000;
    backend().limits.scratchBytes = 100_000;
    expect(await all()).toEqual(expected);
    for (const matrix of [a, transposed, exclude]) disposeCsr(matrix);
  });

  it('measure all pairs of matrices neither of which can be bound', async () => {
    const [a, b] = [random2d(1, 100, 200), random2d(2, 100, 150)];
    const all = async () => {
      const found = await read(...metrics.map(metric => pairwiseDistance(a, b, metric)));
      const blocks: number[][] = [];
      for await (const { distances } of pairwiseDistanceBlocks(a, b, 'cosine', { rows: 77 }))
        blocks.push([...distances]);
      return [...found, blocks.flat()];
    };
    const expected = await all();
    // Of 80,000 and 60,000 bytes.
    backend().limits.bindingBytes = 40_000;
    expect(await all()).toEqual(expected);
    tf.dispose([a, b]);
  });

  it('take rows from the host as long as no buffer can hold them all', async () => {
    const host = randomMatrix(1, 5, 3000);
    const centroids = random2d(2, 9, 5);
    const found = async () => {
      const x = tf.tensor2d(host);
      const values = await read(
        ...Object.values(nearestCentroid(x, centroids)),
        ...Object.values(featureMoments(x)),
      );
      x.dispose();
      return values;
    };
    const expected = await found();
    backend().limits.bindingBytes = 30_000;
    const most = vi.spyOn(backend().device.limits, 'maxBufferSize', 'get').mockReturnValue(50_000);
    expect(await found()).toEqual(expected);
    most.mockRestore();
    centroids.dispose();
  });

  it('find factors by others that cannot all be bound, but no row of more entries than that', async () => {
    const [m, n, factors] = [200, 300, 9];
    const [x, y] = [random2d(2, m, factors), random2d(3, n, factors)];
    const squares = gram(y);
    const step = async (density: number) => {
      const weights = csrTensors(randomCsr(1, m, n, density));
      try {
        return await read(alsStep(weights, x, y, squares, { regularisation: 0.1, steps: 2 }));
      } finally {
        disposeCsr(weights);
      }
    };
    const expected = await step(0.1);
    // Of 10,800 bytes of y; 64 entries begin in a window.
    backend().limits.bindingBytes = 8_000;
    expect(await step(0.1)).toEqual(expected);
    await expect(step(0.4)).rejects.toThrow('expected at most 64 entries of a row at a time');
    tf.dispose([x, y, squares]);
  });

  it('refuse a tensor that does not fit', () => {
    backend().limits.bindingBytes = 1000;
    const x = tf.ones<tf.Rank.R1>([251]);
    expect(() => streamCopy(x)).toThrow(
      'expected at most 1000 bytes of a tensor at a time on this graphics card, found 1004 bytes of one of shape [251]',
    );
    x.dispose();
  });

  test.each([
    ['NearestCentroid', () => Object.values(nearestCentroid(tf.zeros([3, 0]), tf.zeros([2, 3])))],
    ['LloydStep', () => Object.values(lloydStep(tf.zeros([3, 0]), tf.zeros([2, 3])))],
    ['PairwiseDistance', () => [pairwiseDistance(tf.zeros([3, 0]), tf.zeros([3, 2]), 'cosine')]],
    ['CosineTopK', () => Object.values(cosineTopK(tf.zeros([3, 2]), tf.zeros([3, 0]), { topK: 2 }))],
  ])('%s takes no columns at all', async (_, run) => {
    const values = await read(...run());
    expect(values.flat().every(value => value === 0 || value === -1 || value === -Infinity)).toBe(true);
  });

  it('end on NaN and infinities', async () => {
    const x = tf.tensor2d([
      [NaN, 1, Infinity, -1, 0],
      [1, 2, 3, 4, 5],
    ]);
    const few = tf.tensor2d([
      [0, 1],
      [NaN, 2],
    ]);
    const many = tf.concat([few, random2d(1, 40, 2)]) as tf.Tensor2D;
    for (const centroids of [few, many]) {
      const k = centroids.shape[0];
      const [labels] = await read(...Object.values(nearestCentroid(x, centroids)));
      expect(labels.every(label => label >= 0 && label < k)).toBe(true);
      const [, sums] = await read(...Object.values(lloydStep(x, centroids)));
      // The feature that is not finite somewhere has no sums, the other keeps its own.
      expect(sums.filter((_, i) => i % 2 === 0).every(Number.isNaN)).toBe(true);
      expect(sums.filter((_, i) => i % 2 === 1).reduce((sum, value) => sum + value)).toBe(15);
    }
    const [indices, scores] = await read(...Object.values(cosineTopK(x, x, { topK: 5, metric: 'dot' })));
    expect(indices.slice(0, 5)).toEqual([-1, -1, -1, -1, -1]);
    expect(scores.some(Number.isNaN)).toBe(false);
    for (const metric of metrics) {
      expect((await read(pairwiseDistance(x, x, metric)))[0]).toHaveLength(25);
    }
  });

  it('tell of a failure when a result is read', async () => {
    const x = tf.tensor1d([1, 2]);
    const y = tf.engine().makeTensorFromTensorInfo(backend().output([2]));
    backend().dispatch({
      shader: 'stream-copy',
      entry: 'no such entry point',
      sizes: { elements: 2 },
      tensors: { x, y },
      workgroups: 1,
    });
    await expect(y.data()).rejects.toThrow(DeviceError);
    await device!.close();
    device = await openDevice('webgpu');
  });
});

describe('Sums of segments in WGSL', () => {
  /** The exact sum of float32 products, as a float64, by integers of any length. */
  function exactSum(values: number[], weights: number[]): number {
    const unit = 2 ** 149;
    // Each factor is a whole number of 2^-149, so that the product of two is exact as an integer.
    const whole = (value: number) => {
      const [mantissa, exponent] = split(value);
      return BigInt(mantissa) << BigInt(exponent + 149);
    };
    const sum = values.reduce((total, value, i) => total + whole(value) * whole(weights[i]), 0n);
    // Leave 120 bits behind the point of 2^-149 to the division.
    return Number(sum / BigInt(unit)) / unit;
  }

  /** A float32 as a whole number times a power of two that is at least 2^-149. */
  function split(value: number): [mantissa: number, exponent: number] {
    let [mantissa, exponent] = [value, 0];
    while (!Number.isInteger(mantissa)) [mantissa, exponent] = [mantissa * 2, exponent - 1];
    return [mantissa, exponent];
  }

  it.each([
    ['of one magnitude', 0, 0],
    ['of many magnitudes', 12, 0],
    ['weighted', 5, 5],
    ['of tiny weights', 3, -80],
  ])('are those of exact arithmetic: %s', async (_, spread, weightExponent) => {
    const random = new Random(1);
    const float = (exponents: number) =>
      Math.fround((random.uniform() - 0.3) * 2 ** Math.round((random.uniform() - 0.5) * exponents));
    const values = Array.from({ length: 3000 }, () => float(spread));
    const weights = values.map(() =>
      weightExponent === 0 ? 1 : Math.fround(Math.abs(float(4)) * 2 ** Math.min(0, weightExponent)),
    );
    const x = tf.tensor2d([values]);
    const labels = tf.zeros<tf.Rank.R1>([3000], 'int32');
    const weightTensor = tf.tensor1d(weights);
    const result = centroidUpdate(x, labels, 1, weightExponent === 0 ? undefined : weightTensor);
    const [[sum], [residual]] = await read(result.sums, result.residuals, result.counts);
    tf.dispose([x, labels, weightTensor]);
    const exact = exactSum(values, weights);
    expect(sum).toBe(Math.fround(exact));
    expect(Math.abs(sum + residual - exact)).toBeLessThanOrEqual(2 ** -47 * Math.abs(exact));
  });

  it.each([
    ['the greatest there are, of one sign', () => Math.fround(2 - 2 ** -23)],
    ['too small for arithmetic in float32', (i: number) => Math.fround((i - 2900) * 1.7 * 2 ** -125)],
    ['some of which are far below others', (i: number) => Math.fround((-1.3) ** (i % 60) * 2 ** -40)],
  ])('are those of exact arithmetic: many values, %s', async (_, numberAt) => {
    const values = Array.from({ length: 6000 }, (_, i) => numberAt(i));
    const [x, labels] = [tf.tensor2d([values]), tf.zeros<tf.Rank.R1>([6000], 'int32')];
    const results = [centroidUpdate(x, labels, 1), lloydStep(x, tf.tensor2d([[0]]))];
    const exact = exactSum(
      values,
      values.map(() => 1),
    );
    for (const { sums, residuals } of results) {
      const [[sum], [residual]] = await read(sums, residuals);
      expect(sum).toBe(Math.fround(exact));
      expect(Math.abs(sum + residual - exact)).toBeLessThanOrEqual(2 ** -47 * Math.abs(exact));
    }
    tf.dispose([x, labels]);
  });

  it('overflow to infinity and underflow to zero', async () => {
    const x = tf.tensor2d([
      [3e38, 3e38, 1e-38],
      [1e-45, 1e-45, -3e38],
    ]);
    const labels = tf.tensor1d([0, 0, 1], 'int32');
    const [sums] = await read(...Object.values(centroidUpdate(x, labels, 2)));
    tf.dispose([x, labels]);
    expect(sums).toEqual([Infinity, 0, 0, Math.fround(-3e38)]);
  });

  it('meet all of very many segments', async () => {
    const k = 7000;
    const labels = randomLabels(1, 2000, k);
    const x = random2d(2, 1, 2000);
    const [sums, , counts] = await read(...Object.values(centroidUpdate(x, labels, k)));
    const expected = new Array<number>(k).fill(0);
    const [values, segments] = [await x.data(), await labels.data()];
    segments.forEach((segment, i) => {
      expected[segment] += values[i];
    });
    tf.dispose([x, labels]);
    expect(sums).toEqual(expected.map(Math.fround));
    expect(counts.reduce((sum, count) => sum + count)).toBe(2000);
  });
});

describe("Steps of Lloyd's algorithm in WGSL", () => {
  it.each([
    ['in one pass', 3, 5, false],
    ['in several passes', 3, 40, false],
    ['weighted', 20, 9, true],
  ])('go on from the means that float64 gives, to the last bit: %s', async (_, features, k, weighted) => {
    const customers = 3000;
    const random = new Random(3);
    const x = tf.tensor2d(
      Float32Array.from({ length: features * customers }, () => random.normal(0.3) * 2 ** random.integer(9)),
      [features, customers],
    );
    const weights = weighted
      ? tf.tensor1d(Float32Array.from({ length: customers }, () => 3 * random.uniform()))
      : undefined;
    const first = tf.tidy(() => tf.transpose(tf.slice2d(x, [0, 0], [features, k])) as tf.Tensor2D);
    const steps = 20;
    const result = lloydSteps({ x, centroids: first, weights }, { steps, tolerance: 0 });
    const [sums, residuals, counts] = await read(result.sums, result.residuals, result.counts, result.state);
    let centroids = first;
    for (let step = 0; step < steps && counts[step * k] >= 0; step++) {
      const plain = lloydStep(x, centroids, weights);
      const found = await read(plain.sums, plain.residuals, plain.counts, plain.labels);
      centroids.dispose();
      const part = (values: number[], length: number) => values.slice(step * length, (step + 1) * length);
      expect(part(sums, k * features)).toEqual(found[0]);
      expect(part(residuals, k * features)).toEqual(found[1]);
      expect(part(counts, k)).toEqual(found[2]);
      centroids = tf.tensor2d(
        found[0].map((sum, i) => (sum + found[1][i]) / found[2][Math.floor(i / features)]),
        [k, features],
      );
    }
    tf.dispose([x, weights ?? [], centroids]);
  });

  it('end at a segment that is empty', async () => {
    const x = tf.tensor2d([[1, 2, 3]]);
    const centroids = tf.tensor2d([[2], [100]]);
    const result = lloydSteps({ x, centroids }, { steps: 4, tolerance: 0 });
    const [sums, , counts] = await read(result.sums, result.residuals, result.counts, result.state);
    tf.dispose([x, centroids]);
    expect(sums).toEqual([6, 0, 0, 0, 0, 0, 0, 0]);
    expect(counts).toEqual([3, 0, -1, -1, -1, -1, -1, -1]);
  });
});

describe('The float16 filter of the nearest centroid in WGSL', () => {
  /** Labels, distances, and how many were looked for, with the filter and without. */
  async function search(x: tf.Tensor2D, centroids: tf.Tensor2D, filtered: boolean): Promise<number[][]> {
    const customers = x.shape[1];
    const [labels, distances] = [backend().output([customers], 'int32'), backend().output([customers])];
    searchOnWebgpu({ x, centroids }, { labels, distances }, backend(), filtered);
    return read(...[labels, distances].map(output => tf.engine().makeTensorFromTensorInfo(output)));
  }

  const groups = (k: number, features: number, customers: number, spread: number) =>
    tf.tidy(() => {
      const centroids = tf.randomNormal<tf.Rank.R2>([k, features], 0, 1, 'float32', 5);
      const noise = tf.randomNormal([features, customers], 0, spread, 'float32', 6);
      const picks = tf.tensor1d(new Int32Array(customers).map((_, i) => (7 * i) % k));
      const x = tf.add(tf.gather(tf.transpose(centroids), picks, 1), noise) as tf.Tensor2D;
      return { x, centroids };
    });

  it.each([
    ['clear groups', () => groups(130, 33, 300, 0.1)],
    ['groups that overlap', () => groups(200, 40, 300, 1.5)],
    ['no groups', () => ({ x: random2d(1, 5, 500), centroids: random2d(2, 140, 5) })],
    ['few customers and centroids', () => ({ x: random2d(1, 3, 2), centroids: random2d(2, 33, 3) })],
    [
      'ties, and a customer that is not a number',
      () => ({
        x: tf.tensor2d([
          [0, 1, 2, NaN],
          [3, 0.5, 1, 0],
        ]),
        centroids: tf.tensor2d(Array.from({ length: 70 }, (_, c) => [c % 4, Math.floor(c / 4) % 3])),
      }),
    ],
    [
      'outliers, far from the origin',
      () => ({
        x: tf.tensor2d(
          randomMatrix(3, 4, 200).map(row => row.map((v, i) => 1000 + (i % 50 === 3 ? 1e7 : 1) * v)),
        ),
        centroids: tf.tensor2d(randomMatrix(4, 90, 4).map(row => row.map(v => 1000 + v))),
      }),
    ],
  ])('leaves labels and distances as they are: %s', async (_, make) => {
    const { x, centroids } = make();
    const plain = await search(x, centroids, false);
    expect(await search(x, centroids, true)).toEqual(plain);
    tf.dispose([x, centroids]);
  });
});

describe('The float16 filter of the best candidates in WGSL', () => {
  /** Indices and scores, with the filter and without. */
  async function search(
    queries: tf.Tensor2D,
    items: tf.Tensor2D,
    options: { topK: number; metric: 'cosine' | 'dot'; exclude?: CsrTensors },
    filtered: boolean,
  ): Promise<number[][]> {
    const { exclude, ...attributes } = options;
    const inputs = { queries, items, excludeIndptr: exclude?.indptr, excludeIndices: exclude?.indices };
    const outputs = topKOnWebgpu(inputs, attributes, backend(), filtered);
    return read(...outputs.map(output => tf.engine().makeTensorFromTensorInfo(output)));
  }

  it.each([
    ['random directions', () => [random2d(1, 40, 90), random2d(2, 40, 2500)]],
    ['few factors, queries and items', () => [random2d(1, 3, 2), random2d(2, 3, 70)]],
    [
      'items that are alike, many of them equal',
      () => [tf.add(random2d(1, 17, 70), 9), tf.add(tf.tile(random2d(2, 17, 400), [1, 3]), 9)],
    ],
    [
      'each better than all before',
      () => [tf.ones([4, 65]), tf.tile(tf.reshape(tf.range(1, 700), [1, -1]), [4, 1])],
    ],
    [
      'no direction, not a number, too long for float32',
      () => [
        tf.tensor2d([
          [0, NaN, 1, 1e20, -1, 1e-30],
          [0, 1, 2, 1, 1, 0],
        ]),
        tf.concat(
          [
            random2d(3, 2, 300),
            tf.tensor2d([
              [0, NaN, 3, 1e25, Infinity],
              [0, 0, 1e-30, 2, 1],
            ]),
          ],
          1,
        ),
      ],
    ],
  ] as [string, () => [tf.Tensor2D, tf.Tensor2D]][])('leaves results as they are: %s', async (_, make) => {
    const [queries, items] = make();
    const exclude = csrTensors(randomCsr(4, queries.shape[1], items.shape[1], 0.1));
    for (const options of [
      { topK: 10, metric: 'cosine' },
      { topK: 7, metric: 'dot' },
      { topK: 3, metric: 'dot', exclude },
    ] as const) {
      const plain = await search(queries, items, options, false);
      expect(await search(queries, items, options, true)).toEqual(plain);
    }
    tf.dispose([queries, items]);
    disposeCsr(exclude);
  });
});

describe('The best candidates in WGSL', () => {
  it('are the lowest of equals, also across the shares of several workgroups', async () => {
    const [query, items] = [tf.ones<tf.Rank.R2>([2, 1]), tf.ones<tf.Rank.R2>([2, 5000])];
    const [indices] = await read(...Object.values(cosineTopK(query, items, { topK: 300 })));
    tf.dispose([query, items]);
    expect(indices).toEqual(Array.from({ length: 300 }, (_, i) => i));
  });

  it('are found when each candidate is better than all before', async () => {
    const values = Array.from({ length: 3000 }, (_, i) => i);
    const [queries, items] = [tf.ones<tf.Rank.R2>([1, 65]), tf.tensor2d([values])];
    const [indices] = await read(...Object.values(cosineTopK(queries, items, { topK: 4, metric: 'dot' })));
    tf.dispose([queries, items]);
    expect(indices).toEqual(Array.from({ length: 65 }, () => [2999, 2998, 2997, 2996]).flat());
  });
});
