import { digamma, logGamma } from '../special-functions.js';
import { type Histories, PurchaseModel } from './purchase-model.js';

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

  protected override likelihood(rows: Histories, parameters: Float64Array, gradient: Float64Array): number {
    const [r, alpha, a, b] = parameters as unknown as [number, number, number, number];
    const { counts } = rows;
    const { values: frequencies, index: frequencyIndex } = rows.frequency;
    const { leavesAtOnce } = this;
    const logAlpha = Math.log(alpha);
    // What depends on x alone: log-likelihood and derivatives by r, a and b.
    const base = new Float64Array(frequencies.length);
    const byR = new Float64Array(frequencies.length);
    const byA = new Float64Array(frequencies.length);
    const byB = new Float64Array(frequencies.length);
    frequencies.forEach((x, k) => {
      const d = x + leavesAtOnce;
      base[k] = logGamma(r + x) - logGamma(r) + r * logAlpha;
      byR[k] = digamma(r + x) - digamma(r) + logAlpha;
      if (d === 0) return;
      base[k]! += logGamma(a + b) - logGamma(a + b + d) + logGamma(b + d) - logGamma(b);
      byA[k] = digamma(a + b) - digamma(a + b + d);
      byB[k] = byA[k]! + digamma(b + d) - digamma(b);
    });
    // Logarithms are the dear part; times repeat, so that there are far fewer of them than customers.
    const { values: Ts, index: TIndex } = rows.T;
    const { values: txs, index: txIndex } = rows.recency;
    const stayInverses = Ts.map(T => 1 / (alpha + T));
    const stayLogs = Ts.map(T => Math.log(alpha + T));
    const leaveInverses = txs.map(tx => 1 / (alpha + tx));
    const leaveLogs = txs.map(tx => Math.log(alpha + tx));
    let total = 0;
    let sumR = 0;
    let sumAlpha = 0;
    let sumA = 0;
    let sumB = 0;
    for (let i = 0; i < counts.length; i++) {
      const k = frequencyIndex[i]!;
      const x = frequencies[k]!;
      const d = x + leavesAtOnce;
      const count = counts[i]!;
      const stay = TIndex[i]!;
      const leave = txIndex[i]!;
      const logStays = stayLogs[stay]!;
      let own = base[k]! - (r + x) * logStays;
      /** Chance to have left, given the history. */
      let gone = 0;
      let logLeaves = 0;
      if (d > 0) {
        logLeaves = leaveLogs[leave]!;
        const odds = (a / (b + d - 1)) * Math.exp((r + x) * (logStays - logLeaves));
        gone = odds < Number.POSITIVE_INFINITY ? odds / (1 + odds) : 1;
        own +=
          odds < 1e300 ? Math.log(1 + odds) : Math.log(a / (b + d - 1)) + (r + x) * (logStays - logLeaves);
        sumA += (count * gone) / a;
        sumB -= (count * gone) / (b + d - 1);
      }
      total += count * own;
      sumR += count * (byR[k]! - (1 - gone) * logStays - gone * logLeaves);
      sumAlpha +=
        count * (r / alpha - (r + x) * ((1 - gone) * stayInverses[stay]! + gone * leaveInverses[leave]!));
      sumA += count * byA[k]!;
      sumB += count * byB[k]!;
    }
    gradient[0]! += sumR;
    gradient[1]! += sumAlpha;
    gradient[2]! += sumA;
    gradient[3]! += sumB;
    return total;
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
