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

  test('LloydSteps', () => {
    for (const given of [undefined, weights]) {
      expectSame(native => {
        const state = new Int32Array(native.lloydStepsMemory(d, n, k));
        const [sums, residuals] = [new Float32Array(12 * k * d), new Float32Array(12 * k * d)];
        const counts = new Float32Array(12 * k);
        const made = native.lloydSteps(x, first, given, d, n, k, 12, 0, state, sums, residuals, counts);
        return Float32Array.from([made, ...sums, ...residuals, ...counts, ...state]);
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
