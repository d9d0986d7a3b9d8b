import { digamma, logGamma, trigamma } from '../special-functions.js';
import type { FittedJson } from './fitted-model.js';
import type { Histories } from './histories.js';
import { PurchaseModel } from './purchase-model.js';
import { gaussLegendre } from './quadrature.js';

const { nodes, weights } = gaussLegendre(32);
/** Where the integrand has fallen to e^-NEGLIGIBLE of its first value the integral is cut off. */
const NEGLIGIBLE = 45;

/**
 * Sums over the time of leaving, weighted by the integrand and as multiples of e^logScale: `value` is the integral itself,
 * the rest are moments of ln(α+τ), 1/(α+τ), ln(β+τ) and 1/(β+τ), of which its derivatives are made.
 */
class Left {
  logScale = 0;
  value = 0;
  /** Of ln(α+τ), 1/(α+τ), ln(β+τ) and 1/(β+τ). */
  readonly means = new Float64Array(4);
  /** Of their products, the upper triangle row by row. */
  readonly products = new Float64Array(10);
}

/** Valid until the next integral. */
const left = new Left();

/**
 * ∫ (β+τ)^-(s+1) (α+τ)^-(r+x) dτ from t_x to T, the customer left at τ, and its moments where they are wanted.
 * In w = ln(m+τ), m the smaller of α and β, the integrand has no singularity near the path, and 32 nodes give full precision.
 * The closed form is a difference of hypergeometric functions (Fader and Hardie 2005, "A note on deriving the Pareto/NBD
 * model") that cancels badly and whose derivatives are not elementary. The result is valid until the next call.
 */
function integrate(
  r: number,
  alpha: number,
  s: number,
  beta: number,
  x: number,
  tx: number,
  T: number,
  hasMoments: boolean,
): Left {
  const m = Math.min(alpha, beta);
  const low = Math.log(m + tx);
  const isAlphaNear = alpha <= beta;
  const apart = Math.max(alpha, beta) - m;
  const cut = (alpha + tx) * Math.exp(NEGLIGIBLE / (r + x)) - alpha;
  const width = Math.log(m + Math.min(T, cut)) - low;
  const logScale = -(r + x) * Math.log(alpha + tx) - (s + 1) * Math.log(beta + tx);
  let value = 0;
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let aa = 0;
  let ab = 0;
  let ac = 0;
  let ad = 0;
  let bb = 0;
  let bc = 0;
  let bd = 0;
  let cc = 0;
  let cd = 0;
  let dd = 0;
  for (let i = 0; i < nodes.length; i++) {
    const logNear = low + width * nodes[i]!;
    const near = Math.exp(logNear);
    const logFar = apart === 0 ? logNear : Math.log(near + apart);
    const logA = isAlphaNear ? logNear : logFar;
    const logB = isAlphaNear ? logFar : logNear;
    const part = weights[i]! * width * Math.exp(logNear - (r + x) * logA - (s + 1) * logB - logScale);
    value += part;
    if (!hasMoments) continue;
    const inverseA = 1 / (isAlphaNear ? near : near + apart);
    const inverseB = 1 / (isAlphaNear ? near + apart : near);
    const partA = part * logA;
    const partIA = part * inverseA;
    const partB = part * logB;
    const partIB = part * inverseB;
    a += partA;
    b += partIA;
    c += partB;
    d += partIB;
    aa += partA * logA;
    ab += partA * inverseA;
    ac += partA * logB;
    ad += partA * inverseB;
    bb += partIA * inverseA;
    bc += partIA * logB;
    bd += partIA * inverseB;
    cc += partB * logB;
    cd += partB * inverseB;
    dd += partIB * inverseB;
  }
  left.logScale = logScale;
  left.value = value;
  if (hasMoments) {
    left.means.set([a, b, c, d]);
    left.products.set([aa, ab, ac, ad, bb, bc, bd, cc, cd, dd]);
  }
  return left;
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

  protected override likelihood(
    { frequencies, starts, counts, customers, recency, T }: Histories,
    parameters: Float64Array,
    gradient: Float64Array,
    hessian: Float64Array,
  ): number {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    let total = 0;
    /** Mean derivatives of the logarithm of the likelihood of one history, over the times at which the customer may have left or not. */
    const mean = new Float64Array(4);
    const square = new Float64Array(16);
    for (let k = 0; k < frequencies.length; k++) {
      const x = frequencies[k]!;
      const n = customers[k]!;
      total += n * (logGamma(r + x) - logGamma(r) + r * Math.log(alpha) + s * Math.log(beta));
      gradient[0]! += n * (digamma(r + x) - digamma(r) + Math.log(alpha));
      gradient[1]! += (n * r) / alpha;
      gradient[2]! += n * Math.log(beta);
      gradient[3]! += (n * s) / beta;
      hessian[0]! += n * (trigamma(r + x) - trigamma(r));
      hessian[1]! += n / alpha;
      hessian[5]! -= (n * r) / (alpha * alpha);
      hessian[11]! += n / beta;
      hessian[15]! -= (n * s) / (beta * beta);
      const power = r + x;
      for (let i = starts[k]!; i < starts[k + 1]!; i++) {
        const count = counts[i]!;
        const end = T.values[T.index[i]!]!;
        const { logScale, value, means, products } = integrate(
          r,
          alpha,
          s,
          beta,
          x,
          recency.values[recency.index[i]!]!,
          end,
          true,
        );
        const [logA, logB] = [Math.log(alpha + end), Math.log(beta + end)];
        const [inverseA, inverseB] = [1 / (alpha + end), 1 / (beta + end)];
        // The chance to have stayed, on the same scale.
        const stays = Math.exp(-power * logA - s * logB - logScale);
        const sum = stays + s * value;
        total += count * (logScale + Math.log(sum));
        const [stayed, gone] = [stays / sum, s / sum];
        const share = gone * value;
        const [a, b, c, d] = means as unknown as [number, number, number, number];
        const [aa, ab, ac, ad, bb, bc, bd, cc, cd, dd] = products as unknown as number[] as [
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        // Derivatives of the logarithm of the integrand: -ln(α+τ), -(r+x)/(α+τ), 1/s - ln(β+τ), -(s+1)/(β+τ); of having stayed: the
        // same at T, but for -ln(β+T) and -s/(β+T).
        const q = s + 1;
        mean[0] = -stayed * logA - gone * a;
        mean[1] = -power * (stayed * inverseA + gone * b);
        mean[2] = -stayed * logB + share / s - gone * c;
        mean[3] = -s * stayed * inverseB - q * gone * d;
        square[0] = stayed * logA * logA + gone * aa;
        square[1] = power * (stayed * logA * inverseA + gone * ab) - (stayed * inverseA + gone * b);
        square[2] = stayed * logA * logB + gone * (ac - a / s);
        square[3] = s * stayed * logA * inverseB + q * gone * ad;
        square[5] = power * (power + 1) * (stayed * inverseA * inverseA + gone * bb);
        square[6] = power * (stayed * inverseA * logB + gone * (bc - b / s));
        square[7] = power * (s * stayed * inverseA * inverseB + q * gone * bd);
        // (1/s - ln)² - 1/s²
        square[10] = stayed * logB * logB + gone * (cc - (2 * c) / s);
        square[11] = stayed * inverseB * (s * logB - 1) + gone * (q * cd - (q * d) / s - d);
        square[15] = s * (s + 1) * stayed * inverseB * inverseB + q * (q + 1) * gone * dd;
        for (let f = 0; f < 4; f++) {
          gradient[f]! += count * mean[f]!;
          for (let g = f; g < 4; g++)
            hessian[4 * f + g]! += count * (square[4 * f + g]! - mean[f]! * mean[g]!);
        }
      }
    }
    return total;
  }

  protected override alive(x: number, tx: number, T: number, parameters: Float64Array): number {
    const [r, alpha, s, beta] = parameters as unknown as [number, number, number, number];
    const { logScale, value } = integrate(r, alpha, s, beta, x, tx, T, false);
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
