import { digamma, logGamma, trigamma } from '../special-functions.js';
import type { Histories } from './histories.js';
import { PurchaseModel } from './purchase-model.js';

/**
 * The series of Gauss's hypergeometric function about e = 0: C (2F1(A, e; C; z) - 1) / e
 * = C Σ (A)_n (e + 1)_(n-1) / (C)_n zⁿ / n!, n ≥ 1, for 0 ≤ z < 1 and C > -1.
 */
function hypergeometricSlope(A: number, e: number, C: number, z: number): number {
  let term = A * z;
  let sum = term;
  for (let n = 1; n < 100_000; n++) {
    term *= (((A + n) / (C + n)) * (e + n) * z) / (n + 1);
    sum += term;
    if (Math.abs(term) < 1e-15 * Math.abs(sum)) break;
  }
  return sum;
}

/** Logarithm of 2F1(A, B; C; z), all terms positive: A, B and C > 0, 0 ≤ z < 1. */
function logHypergeometric(A: number, B: number, C: number, z: number): number {
  const LARGE = 1e250;
  let term = 1;
  let sum = 1;
  let logScale = 0;
  for (let n = 0; n < 1e6; n++) {
    const ratio = ((A + n) / (C + n)) * ((B + n) / (n + 1)) * z;
    term *= ratio;
    sum += term;
    if (ratio < 1 && term < 1e-17 * (1 - ratio) * sum) break;
    if (sum < LARGE) continue;
    sum /= LARGE;
    term /= LARGE;
    logScale += Math.log(LARGE);
  }
  return logScale + Math.log(sum);
}

/** Histories with what their times come to at a value of α. */
interface Times {
  counts: Float64Array;
  /** Of each history, the places of its times in the columns below. */
  T: Int32Array;
  recency: Int32Array;
  /** ln(α+T) and 1/(α+T) */
  stayLogs: Float64Array;
  stayInverses: Float64Array;
  /** ln(α+t_x) and 1/(α+t_x) */
  leaveLogs: Float64Array;
  leaveInverses: Float64Array;
}

/**
 * Sums over customers of one frequency of what derivatives are made of, L = ln((α+T) / (α+t_x)) and D = 1/(α+t_x) - 1/(α+T),
 * which is minus its derivative. Of the chance g to have left by T; and of g (1-g): `all` and the ones named `of`.
 */
interface HistorySums {
  /** Of -ln(1-g). */
  logs: number;
  /** Of ln(α+T). */
  stayed: number;
  /** Of the mean inverse of α plus the time at which a customer was last there, and of its square. */
  inverses: number;
  squares: number;
  gone: number;
  goneL: number;
  all: number;
  ofL: number;
  ofLL: number;
  ofSlope: number;
  ofLSlope: number;
  ofSlopeSquare: number;
}

/**
 * A function of its own, since V8 soon compiles what is called for each frequency; and each sum has its own `let`, since V8
 * would keep those of a pattern on the heap.
 */
function sumHistories(times: Times, from: number, to: number, power: number, leaveOdds: number): HistorySums {
  const { counts, T, recency, stayLogs, stayInverses, leaveLogs, leaveInverses } = times;
  let logs = 0;
  let product = 1;
  let stayed = 0;
  let inverses = 0;
  let squares = 0;
  let gone = 0;
  let goneL = 0;
  let all = 0;
  let ofL = 0;
  let ofLL = 0;
  let ofSlope = 0;
  let ofLSlope = 0;
  let ofSlopeSquare = 0;
  for (let i = from; i < to; i++) {
    const count = counts[i]!;
    const logT = stayLogs[T[i]!]!;
    const inverseT = stayInverses[T[i]!]!;
    const inverseTx = leaveInverses[recency[i]!]!;
    const L = logT - leaveLogs[recency[i]!]!;
    const odds = leaveOdds > 0 ? leaveOdds * Math.exp(power * L) : 0;
    const chance = odds < 1e300 ? odds / (1 + odds) : 1;
    if (count === 1 && odds < 1e100) {
      // One logarithm for many customers: that of the product of what they would each have one of.
      product *= 1 + odds;
      if (product > 1e200) {
        logs += Math.log(product);
        product = 1;
      }
    } else {
      logs += count * (odds < 1e300 ? Math.log(1 + odds) : Math.log(leaveOdds) + power * L);
    }
    const slope = inverseTx - inverseT;
    const weight = count * chance;
    const both = weight * (1 - chance);
    stayed += count * logT;
    inverses += count * inverseT + weight * slope;
    squares += count * inverseT * inverseT + weight * slope * (inverseTx + inverseT);
    gone += weight;
    goneL += weight * L;
    all += both;
    ofL += both * L;
    ofLL += both * L * L;
    ofSlope += both * slope;
    ofLSlope += both * L * slope;
    ofSlopeSquare += both * slope * slope;
  }
  logs += Math.log(product);
  return { logs, stayed, inverses, squares, gone, goneL, all, ofL, ofLL, ofSlope, ofLSlope, ofSlopeSquare };
}

/**
 * Purchases at a gamma distributed rate (r, α), and after a purchase a customer leaves with a beta distributed probability
 * (a, b). With `leavesAtOnce` = 0 that begins with the first repeat purchase: BG/NBD (Fader, Hardie and Lee, "Counting your
 * customers the easy way", Marketing Science 2005). With 1 the first purchase counts too: MBG/NBD (Batislam, Denizel and
 * Filiztekin 2007). Of d = x + leavesAtOnce chances to leave, a customer alive has let pass all, and
 *
 *   L = Γ(r+x) α^r / Γ(r) · [B(a, b+d) (α+T)^-(r+x) + {d > 0} B(a+1, b+d-1) (α+t_x)^-(r+x)] / B(a, b).
 */
export abstract class BetaGeometric extends PurchaseModel {
  readonly parameterNames = ['r', 'alpha', 'a', 'b'];
  protected abstract readonly leavesAtOnce: 0 | 1;

  protected override starts(rate: number): number[][] {
    const leaving = [
      [0.5, 2.5],
      [1, 10],
      [0.1, 0.3],
    ];
    return [0.3, 1.5].flatMap(r => leaving.map(([a, b]) => [r, r / rate, a!, b!]));
  }

  protected override likelihood(
    { frequencies, starts, counts, customers, recency, T }: Histories,
    parameters: Float64Array,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number {
    const [r, alpha, a, b] = parameters as unknown as [number, number, number, number];
    // Logarithms are the dear part; times repeat, so that there are far fewer of them than customers.
    const times: Times = {
      counts,
      T: T.index,
      recency: recency.index,
      stayLogs: T.values.map(time => Math.log(alpha + time)),
      stayInverses: T.values.map(time => 1 / (alpha + time)),
      leaveLogs: recency.values.map(time => Math.log(alpha + time)),
      leaveInverses: recency.values.map(time => 1 / (alpha + time)),
    };
    const logAlpha = Math.log(alpha);
    const [slopeR, curveR] = [digamma(r), trigamma(r)];
    const base = r * logAlpha - logGamma(r);
    const baseAB = logGamma(a + b) - logGamma(b);
    let value = 0;
    let byR = 0;
    let byAlpha = 0;
    let byA = 0;
    let byB = 0;
    let byRR = 0;
    let byRAlpha = 0;
    let byAlphaAlpha = 0;
    let byRA = 0;
    let byRB = 0;
    let byAlphaA = 0;
    let byAlphaB = 0;
    let byAA = 0;
    let byAB = 0;
    let byBB = 0;
    for (let k = 0; k < frequencies.length; k++) {
      const x = frequencies[k]!;
      const d = x + this.leavesAtOnce;
      const n = customers[k]!;
      const power = r + x;
      value += n * (base + logGamma(power));
      byR += n * (digamma(power) - slopeR + logAlpha);
      byRR += n * (trigamma(power) - curveR);
      byRAlpha += n / alpha;
      byAlpha += (n * r) / alpha;
      byAlphaAlpha -= (n * r) / (alpha * alpha);
      const leaveOdds = d > 0 ? a / (b + d - 1) : 0;
      const sums = sumHistories(times, starts[k]!, starts[k + 1]!, power, leaveOdds);
      value += sums.logs - power * sums.stayed;
      byR += sums.goneL - sums.stayed;
      byAlpha -= power * sums.inverses;
      byRR += sums.ofLL;
      byRAlpha -= sums.inverses + power * sums.ofLSlope;
      byAlphaAlpha += power * (sums.squares + power * sums.ofSlopeSquare);
      if (d === 0) continue;
      const chances = b + d - 1;
      value += n * (baseAB + logGamma(b + d) - logGamma(a + b + d));
      const [sumSlope, sumCurve] = [
        digamma(a + b) - digamma(a + b + d),
        trigamma(a + b) - trigamma(a + b + d),
      ];
      byA += n * sumSlope + sums.gone / a;
      byB += n * (sumSlope + digamma(b + d) - digamma(b)) - sums.gone / chances;
      byAA += n * sumCurve + (sums.all - sums.gone) / (a * a);
      byAB += n * sumCurve - sums.all / (a * chances);
      byBB += n * (sumCurve + trigamma(b + d) - trigamma(b)) + (sums.gone + sums.all) / (chances * chances);
      byRA += sums.ofL / a;
      byRB -= sums.ofL / chances;
      byAlphaA -= (power * sums.ofSlope) / a;
      byAlphaB += (power * sums.ofSlope) / chances;
    }
    const first = [byR, byAlpha, byA, byB];
    const upper = [
      byRR,
      byRAlpha,
      byRA,
      byRB,
      0,
      byAlphaAlpha,
      byAlphaA,
      byAlphaB,
      0,
      0,
      byAA,
      byAB,
      0,
      0,
      0,
      byBB,
    ];
    for (const [i, slope] of first.entries()) gradient[i]! += slope;
    for (const [i, curvature] of upper.entries()) hessian[i]! += curvature;
    return value;
  }

  protected override alive(x: number, tx: number, T: number, parameters: Float64Array): number {
    const [r, alpha, a, b] = parameters as unknown as [number, number, number, number];
    const d = x + this.leavesAtOnce;
    if (d === 0) return 1;
    return 1 / (1 + (a / (b + d - 1)) * Math.exp((r + x) * Math.log((alpha + T) / (alpha + tx))));
  }

  /**
   * (C / e) [1 - (1-z)^(r+x) 2F1(r+x, b+d; C; z)] with e = a-1, C = a+b+d-1 and z = t / (α+T+t). Euler's transformation turns the
   * bracket into 1 - (1-z)^e 2F1(C-r-x, e; C; z), which converges fast and can be written so that a = 1 is no pole. It cancels
   * for large parameters, that is for customers hardly different from each other; there the first form is summed.
   */
  protected override purchasesIfAlive(t: number, x: number, T: number, parameters: Float64Array): number {
    const [r, alpha, a, b] = parameters as unknown as [number, number, number, number];
    const d = x + this.leavesAtOnce;
    const C = a + b + d - 1;
    const e = a - 1;
    const z = t / (alpha + T + t);
    const logStays = Math.log1p(-z);
    if (a > 20 || Math.abs(C - r - x) > 20) {
      const apart = Math.abs(e) < 1e-6 ? 1e-6 : e;
      return (
        (-C / apart) * Math.expm1((r + x) * logStays + logHypergeometric(r + x, b + d, b + d + apart, z))
      );
    }
    const power = Math.exp(e * logStays);
    const powerSlope = e === 0 ? logStays : Math.expm1(e * logStays) / e;
    return -(C * powerSlope + power * hypergeometricSlope(C - r - x, e, C, z));
  }
}
