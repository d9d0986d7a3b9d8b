import { afterAll, describe, expect, test } from 'vitest';
import { loadAddon, type NativeAddon } from '../../src/device/native/addon.js';
import { Random } from '../../src/random.js';

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

const [d, n, k] = [20, 40_000, 40];

/** Around `k` middles that overlap: `[d, n]`. */
function customers(): Float32Array {
  const random = new Random(1);
  const middles = Float32Array.from({ length: k * d }, () => random.normal());
  return Float32Array.from({ length: d * n }, (_, p) =>
    random.normal(middles[((p % n) % k) * d + Math.floor(p / n)], 0.6),
  );
}

describe.skipIf(!addon)('The addon on every SIMD level with 1, 2 and 3 threads', () => {
  const x = customers();
  const weights = Float32Array.from({ length: n }, (_, i) => (i % 3) / 2);
  // Some groups get two centroids and others none: a long way until they rest.
  const first = Float32Array.from({ length: k * d }, (_, p) => {
    const segment = Math.floor(p / d);
    return x[(p % d) * n + (segment % 33) + (segment < 33 ? 0 : k)];
  });

  /** Expects the same bits each time. */
  function expectSame(run: (native: NativeAddon) => Float32Array | Float64Array | Int32Array): void {
    let wanted: ReturnType<typeof run> | undefined;
    for (const level of addon!.simdLevels()) {
      for (const threads of [1, 2, 3]) {
        addon!.simd(level);
        addon!.threads(threads);
        const found = run(addon!);
        wanted ??= found;
        const difference = found.findIndex((value, i) => !Object.is(value, wanted![i]));
        expect(difference, `first difference on ${level} with ${threads} threads`).toBe(-1);
      }
    }
  }

  afterAll(() => {
    addon!.simd(addon!.simdLevels()[0]);
    addon!.threads(0);
  });

  /** Steps by the first features from the first centroids. */
  function steps(native: NativeAddon, given: Float32Array | undefined, features: number, segments: number) {
    const [some, size] = [x.subarray(0, features * n), segments * features];
    const from = Float32Array.from(
      { length: size },
      (_, p) => first[Math.floor(p / features) * d + (p % features)],
    );
    const state = new Int32Array(native.lloydStepsMemory(features, n, segments));
    const [sums, residuals] = [new Float32Array(12 * size), new Float32Array(12 * size)];
    const counts = new Float32Array(12 * segments);
    const shape = [features, n, segments] as const;
    const made = native.lloydSteps(some, from, given, ...shape, 12, 0, state, sums, residuals, counts);
    return { made, sums, residuals, counts, state };
  }

  // By few features and centroids every distance is computed; by many those that cannot matter are skipped.
  test.each([
    [d, k],
    [3, 5],
    [8, 8],
  ])('LloydSteps, %i features and %i centroids', (features, segments) => {
    for (const given of [undefined, weights]) {
      expectSame(native => {
        const { made, sums, residuals, counts, state } = steps(native, given, features, segments);
        return Float32Array.from([made, ...sums, ...residuals, ...counts, ...state]);
      });
    }
  });

  test('LloydSteps: the sums that follow those who move are the sums of all members', () => {
    const { made, sums, residuals, counts, state } = steps(addon!, undefined, 8, 8);
    // The labels stand at the end of what is remembered, a byte each.
    const labels = new Uint8Array(state.buffer, state.byteLength - 4 * Math.ceil(n / 4), n);
    const [exact, members] = [new Float64Array(64), new Float64Array(8)];
    labels.forEach((label, i) => {
      members[label]++;
      for (let f = 0; f < 8; f++) exact[label * 8 + f] += x[f * n + i];
    });
    const last = (made - 1) * 64;
    const errors = exact.map(
      (sum, i) => Math.abs(sums[last + i] + residuals[last + i] - sum) / Math.abs(sum),
    );
    expect(made).toBe(12);
    expect([...counts.subarray((made - 1) * 8, made * 8)]).toEqual([...members]);
    expect(Math.max(...errors)).toBeLessThan(1e-10);
  });

  test.each([
    [8, 8],
    [16, 32],
    [20, 40],
    [1, 300],
  ])('are the same wherever in memory the customers lie: %i features, %i centroids', (features, segments) => {
    const customers = 8192 + 1024 + 16;
    const random = new Random(3);
    const values = Float32Array.from({ length: features * customers }, () => random.normal());
    const from = Float32Array.from({ length: segments * features }, () => random.normal());
    const shape = [features, customers, segments] as const;
    const size = segments * features;
    const memory = new Float32Array(values.length + 16);
    let wanted: Float32Array | undefined;
    for (const place of [0, 1, 4, 12, 15]) {
      const some = memory.subarray(place, place + values.length);
      some.set(values);
      expectSame(native => {
        const [labels, alone] = [new Int32Array(customers), new Int32Array(customers)];
        const distances = new Float32Array(customers);
        native.nearestCentroid(some, from, ...shape, labels, distances);
        native.nearestLabel(some, from, ...shape, alone);
        const one = [size, size, segments].map(length => new Float32Array(length));
        native.lloydStep(some, from, undefined, ...shape, labels, one[0], one[1], one[2]);
        const state = new Int32Array(native.lloydStepsMemory(...shape));
        const many = [size, size, segments].map(length => new Float32Array(4 * length));
        native.lloydSteps(some, from, undefined, ...shape, 4, 0, state, many[0], many[1], many[2]);
        const parts = [labels, alone, distances, ...one, ...many];
        const found = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
        let filled = 0;
        for (const part of parts) {
          found.set(part, filled);
          filled += part.length;
        }
        wanted ??= found;
        expect(found.findIndex((value, i) => !Object.is(value, wanted![i]))).toBe(-1);
        return found;
      });
    }
  });

  test('PlusPlus', () => {
    const random = new Random(2);
    const draws = Float32Array.from({ length: k * 7 }, () => random.uniform() * 0.999);
    for (const given of [undefined, weights]) {
      expectSame(native => {
        const chosen = new Int32Array(k);
        native.plusPlus(x, given, draws, d, n, k, 7, chosen);
        return chosen;
      });
    }
  });

  test('FeatureMoments', () => {
    for (const given of [undefined, weights]) {
      expectSame(native => {
        const moments = new Float64Array(3 * d);
        native.featureMoments(x, given, d, n, moments);
        return moments;
      });
    }
  });
});
