import { digamma, logGamma } from '../special-functions.js';
import { type FittedJson, type Histories, PurchaseModel } from './purchase-model.js';
import { gaussLegendre } from './quadrature.js';

const { nodes, weights } = gaussLegendre(32);
/** Where the integrand has fallen to e^-NEGLIGIBLE of its first value the integral is cut off. */
const NEGLIGIBLE = 45;

/** The integral over the time of leaving, as a multiple of e^logScale, and its derivatives by r, α, s and β. */
interface Left {
  logScale: number;
  value: number;
  byR: number;
  byAlpha: number;
  byS: number;
  byBeta: number;
}

const left: Left = { logScale: 0, value: 0, byR: 0, byAlpha: 0, byS: 0, byBeta: 0 };

/**
 * ∫ s β^s (β+τ)^-(s+1) (α+τ)^-(r+x) dτ from t_x to T, the customer left at τ; without the factor s β^s.
 * In w = ln(m+τ), m the smaller of α and β, the integrand has no singularity near the path, and 32 nodes give full precision.
 * The closed form is a difference of hypergeometric functions (Fader and Hardie 2005, "A note on deriving the Pareto/NBD
 * model") that cancels badly and whose derivatives are not elementary. The result is valid until the next call.
 */
function integrateLeft(
  r: number,
  alpha: number,
  s: number,
  beta: number,
  x: number,
  tx: number,
  T: number,
): Left {
  const m = Math.min(alpha, beta);
  const low = Math.log(m + tx);
  const cut = (alpha + tx) * Math.exp(NEGLIGIBLE / (r + x)) - alpha;
  const width = Math.log(m + Math.min(T, cut)) - low;
  const logScale = -(r + x) * Math.log(alpha + tx) - (s + 1) * Math.log(beta + tx);
  let [value, byR, byAlpha, byS, byBeta] = [0, 0, 0, 0, 0];
  for (let i = 0; i < nodes.length; i++) {
    const shifted = Math.exp(low + width * nodes[i]!);
    const tau = shifted - m;
    const logA = Math.log(alpha + tau);
    const logB = Math.log(beta + tau);
    const part = weights[i]! * width * shifted * Math.exp(-(r + x) * logA - (s + 1) * logB - logScale);
    value += part;
    byR -= part * logA;
    byAlpha -= (part * (r + x)) / (alpha + tau);
    byS -= part * logB;
    byBeta -= (part * (s + 1)) / (beta + tau);
  }
  return Object.assign(left, { logScale, value, byR, byAlpha, byS, byBeta });
}

/**
 * The Pareto/NBD model (Schmittlein, Morrison and Colombo 1987): purchases at a gamma distributed rate (r, α), and customers
 * leave at any time, at a gamma distributed rate (s, β). With the density and chance of leaving integrated over both rates,
 *
 *   L = Γ(r+x) α^r / Γ(r) · β^s [(α+T)^-(r+x) (β+T)^-s + s ∫ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ], τ from t_x to T.
 */
export class ParetoNbd extends PurchaseModel {
  readonly name = 'Pareto/NBD';
  readonly parameterNames = ['r', 'alpha', 's', 'beta'];

  static fromJSON(json: FittedJson): ParetoNbd {
    return new ParetoNbd().restore(json);
  }

  protected override starts(rate: number, time: number): number[][] {
    const leaving = [
      [0.5, time / 3],
      [1, 3 * time],
    ];
    return [0.3, 1.5].flatMap(r => leaving.map(([s, beta]) => [r, r / rate, s!, beta!]));
  }

  protected override likelihood(rows: Histories, parameters: Float64Array, gradient: Float64Array): number {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    const { counts } = rows;
    const { values: frequencies, index: frequencyIndex } = rows.frequency;
    const [, txs, Ts] = rows.columns as [Float64Array, Float64Array, Float64Array];
    const base = frequencies.map(
      x => logGamma(r + x) - logGamma(r) + r * Math.log(alpha) + s * Math.log(beta),
    );
    const baseByR = frequencies.map(x => digamma(r + x) - digamma(r) + Math.log(alpha));
    let total = 0;
    for (let i = 0; i < counts.length; i++) {
      const k = frequencyIndex[i]!;
      const x = frequencies[k]!;
      const T = Ts[i]!;
      const count = counts[i]!;
      const { logScale, value, byR, byAlpha, byS, byBeta } = integrateLeft(r, alpha, s, beta, x, txs[i]!, T);
      const logA = Math.log(alpha + T);
      const logB = Math.log(beta + T);
      // The chance to have stayed, on the same scale.
      const stayed = Math.exp(-(r + x) * logA - s * logB - logScale);
      const sum = stayed + s * value;
      total += count * (base[k]! + logScale + Math.log(sum));
      gradient[0]! += count * (baseByR[k]! + (s * byR - stayed * logA) / sum);
      gradient[1]! += count * (r / alpha + (s * byAlpha - (stayed * (r + x)) / (alpha + T)) / sum);
      gradient[2]! += count * (Math.log(beta) + (value + s * byS - stayed * logB) / sum);
      gradient[3]! += count * (s / beta + (s * byBeta - (stayed * s) / (beta + T)) / sum);
    }
    return total;
  }

  protected override alive(x: number, tx: number, T: number, parameters: Float64Array): number {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    const { logScale, value } = integrateLeft(r, alpha, s, beta, x, tx, T);
    const stayed = Math.exp(-(r + x) * Math.log(alpha + T) - s * Math.log(beta + T) - logScale);
    return stayed / (stayed + s * value);
  }

  /** (r+x)(β+T) / ((α+T)(s-1)) · [1 - ((β+T)/(β+T+t))^(s-1)], written so that s = 1 is no pole. */
  protected override purchasesIfAlive(t: number, x: number, T: number, parameters: Float64Array): number {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    const e = s - 1;
    const logPart = -Math.log1p(t / (beta + T));
    const slope = e === 0 ? -logPart : -Math.expm1(e * logPart) / e;
    return ((r + x) * (beta + T) * slope) / (alpha + T);
  }
}
