import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { logGamma } from './special-functions.js';

/** One round of the 32-bit finaliser of MurmurHash3 (Appleby 2011): neighbouring seeds give unrelated states. */
function scramble(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

function initialState(seed: number, stream: number): number[] {
  const words = [seed, seed / 2 ** 32, stream, stream / 2 ** 32];
  let h = 0;
  for (const word of words) h = scramble((h + Math.floor(word) + 0x9e3779b9) | 0);
  const state = words.map((_, i) => scramble((h + Math.imul(i + 1, 0x9e3779b9)) | 0));
  return state.some(word => word !== 0) ? state : [1, 0, 0, 0];
}

/**
 * The engine's only source of chance: xoroshiro128+ bits, the same sequence for a seed on every platform.
 * `stream` gives independent sequences of one seed, for example one per customer, whatever the order they are drawn in.
 */
export class Random {
  readonly #bits;
  #spareNormal = Number.NaN;

  constructor(seed: number, stream = 0) {
    this.#bits = xoroshiro128plusFromState(initialState(seed, stream));
  }

  /** A multiple of 2^-53 in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.#bits);
  }

  /** An integer in [0, n), 1 <= n <= 2^53. */
  integer(n: number): number {
    return Math.floor(this.uniform() * n);
  }

  /** Polar method (Marsaglia and Bray 1964). */
  normal(mean = 0, standardDeviation = 1): number {
    const spare = this.#spareNormal;
    if (!Number.isNaN(spare)) {
      this.#spareNormal = Number.NaN;
      return mean + standardDeviation * spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const square = u * u + v * v;
      if (square === 0 || square >= 1) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spareNormal = v * factor;
      return mean + standardDeviation * u * factor;
    }
  }

  /** Mean 1 / rate; by inversion. */
  exponential(rate = 1): number {
    return -Math.log(1 - this.uniform()) / rate;
  }

  /** Mean shape * scale, shape > 0 (Marsaglia and Tsang 2000, "A simple method for generating gamma variables"). */
  gamma(shape: number, scale = 1): number {
    if (shape < 1) return this.gamma(shape + 1, scale) * (1 - this.uniform()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * scale;
    }
  }

  /** In (0, 1), mean a / (a + b), as a ratio of gammas. */
  beta(a: number, b: number): number {
    const x = this.gamma(a);
    return x / (x + this.gamma(b));
  }

  /** Knuth's product of uniforms for a small mean, else transformed rejection PTRS (Hörmann 1993). */
  poisson(mean: number): number {
    if (mean < 10) {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = this.uniform(); product > limit; product *= this.uniform()) count++;
      return count;
    }
    const b = 0.931 + 2.53 * Math.sqrt(mean);
    const a = -0.059 + 0.02483 * b;
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
    const vr = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      const u = this.uniform() - 0.5;
      const v = this.uniform();
      const us = 0.5 - Math.abs(u);
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
      if (us >= 0.07 && v <= vr) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - logGamma(k + 1)) {
        return k;
      }
    }
  }

  /** Index of one weight, drawn in proportion to the weights (>= 0, not all 0). For many draws use `WeightedChoice`. */
  choice(weights: ArrayLike<number>): number {
    let total = 0;
    for (let i = 0; i < weights.length; i++) total += weights[i]!;
    let rest = this.uniform() * total;
    let last = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! <= 0) continue;
      rest -= weights[i]!;
      last = i;
      if (rest < 0) break;
    }
    return last;
  }

  /** Shuffles in place (Fisher and Yates, as in Durstenfeld 1964) and returns its argument. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    const list: { [index: number]: unknown } = items;
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = list[i];
      list[i] = list[j];
      list[j] = kept;
    }
    return items;
  }
}

/** Repeated draws from fixed weights in constant time: the alias method (Walker 1977, tables as in Vose 1991). */
export class WeightedChoice {
  readonly #probability: Float64Array;
  readonly #alias: Int32Array;

  /** Weights >= 0, not all 0; they need not sum to 1. */
  constructor(weights: ArrayLike<number>) {
    const n = weights.length;
    let total = 0;
    for (let i = 0; i < n; i++) total += weights[i]!;
    if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`expected weights with a positive finite sum, found ${total}`);
    }
    this.#probability = Float64Array.from({ length: n }, (_, i) => (weights[i]! * n) / total);
    this.#alias = Int32Array.from({ length: n }, (_, i) => i);
    const small: number[] = [];
    const large: number[] = [];
    this.#probability.forEach((p, i) => {
      (p < 1 ? small : large).push(i);
    });
    while (small.length > 0 && large.length > 0) {
      const low = small.pop()!;
      const high = large.at(-1)!;
      this.#alias[low] = high;
      this.#probability[high]! -= 1 - this.#probability[low]!;
      if (this.#probability[high]! < 1) small.push(large.pop()!);
    }
    // What is left over differs from 1 by rounding only.
    for (const i of [...small, ...large]) this.#probability[i] = 1;
  }

  /** An index, in proportion to the weights. */
  draw(random: Random): number {
    const place = random.uniform() * this.#alias.length;
    const i = Math.floor(place);
    return place - i < this.#probability[i]! ? i : this.#alias[i]!;
  }
}
