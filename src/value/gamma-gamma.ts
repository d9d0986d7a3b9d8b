import { DataError } from '../errors.js';
import { digamma, logGamma, trigamma } from '../special-functions.js';
import { type Collapsed, Collapser } from './collapse.js';
import { type FittedJson, FittedModel } from './fitted-model.js';
import { maximumLikelihood, type Sample, trialRows } from './maximum-likelihood.js';

export interface SpendSummary {
  /** Repeat purchases. */
  frequency: ArrayLike<number>;
  /** Mean value of a repeat purchase; not looked at where there is none. */
  monetary: ArrayLike<number>;
}

/** What depends on the number of purchases alone: log-likelihood and its derivatives. */
interface CountTerms {
  base: number;
  byP: number;
  byQ: number;
  byPP: number;
  byPQ: number;
  byQQ: number;
}

/**
 * Log-likelihood of x purchases of mean z:
 * lnΓ(px+q) - lnΓ(px) - lnΓ(q) + q ln v + (px-1) ln z + px ln x - (px+q) ln(v + xz).
 */
function likelihood(
  rows: Collapsed,
  parameters: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): number {
  const [p, q, v] = parameters as unknown as [number, number, number];
  const [xs, zs] = rows.columns as [Float64Array, Float64Array];
  const terms = new Map<number, CountTerms>();
  const logV = Math.log(v);
  let total = 0;
  for (let i = 0; i < xs.length; i++) {
    const x = xs[i]!;
    const z = zs[i]!;
    const count = rows.counts[i]!;
    let term = terms.get(x);
    if (term === undefined) {
      const both = digamma(p * x + q);
      const bothSlope = trigamma(p * x + q);
      term = {
        base: logGamma(p * x + q) - logGamma(p * x) - logGamma(q) + q * logV + p * x * Math.log(x),
        byP: x * (both - digamma(p * x) + Math.log(x)),
        byQ: both - digamma(q) + logV,
        byPP: x * x * (bothSlope - trigamma(p * x)),
        byPQ: x * bothSlope,
        byQQ: bothSlope - trigamma(q),
      };
      terms.set(x, term);
    }
    const logZ = Math.log(z);
    const sum = v + x * z;
    const logSum = Math.log(sum);
    total += count * (term.base + (p * x - 1) * logZ - (p * x + q) * logSum);
    gradient[0]! += count * (term.byP + x * (logZ - logSum));
    gradient[1]! += count * (term.byQ - logSum);
    gradient[2]! += count * (q / v - (p * x + q) / sum);
    hessian[0]! += count * term.byPP;
    hessian[1]! += count * term.byPQ;
    hessian[2]! -= (count * x) / sum;
    hessian[4]! += count * term.byQQ;
    hessian[5]! += count * (1 / v - 1 / sum);
    hessian[8]! += count * ((p * x + q) / (sum * sum) - q / (v * v));
  }
  return total;
}

function sampleOf(rows: Collapsed): Sample {
  return {
    weight: rows.counts.reduce((sum, count) => sum + count, 0),
    logLikelihood: (...point) => likelihood(rows, ...point),
  };
}

/**
 * The Gamma-Gamma model of spend (Fader and Hardie 2013, "The Gamma-Gamma model of monetary value"): the value of a purchase is
 * gamma distributed (p, ν) about a customer's own mean, whose ν is gamma distributed (q, v) over customers. Spend is taken to be
 * unrelated to frequency.
 */
export class GammaGamma extends FittedModel {
  readonly name = 'Gamma-Gamma';
  readonly parameterNames = ['p', 'q', 'v'];
  /** Customers with repeat purchases that `fit` left out because their mean is not above 0. */
  leftOut = 0;

  /** Fits customers with repeat purchases of a value above 0. @throws DataError if there are none. */
  fit({ frequency, monetary }: SpendSummary): this {
    const x: number[] = [];
    const z: number[] = [];
    let sum = 0;
    this.leftOut = 0;
    for (let i = 0; i < frequency.length; i++) {
      if (!(frequency[i]! > 0)) continue;
      if (!(monetary[i]! > 0 && monetary[i]! < Number.POSITIVE_INFINITY)) {
        this.leftOut++;
        continue;
      }
      x.push(frequency[i]!);
      z.push(monetary[i]!);
      sum += monetary[i]!;
    }
    if (x.length === 0) {
      throw new DataError({
        column: 'monetary',
        expected: 'customers with repeat purchases of a value above 0',
        found: 'none',
      });
    }
    const mean = sum / x.length;
    const starts = [
      [1, 2],
      [6, 4],
      [0.5, 8],
    ].map(([p, q]) => [p!, q!, (mean * (q! - 1)) / p!]);
    const rows = new Collapser(2).add([x, z]).finish();
    return this.take(maximumLikelihood(sampleOf(rows), sampleOf(trialRows(rows)), starts));
  }

  /**
   * Mean value of a customer's next purchases, p (v + xz) / (px + q - 1): between their own mean and everybody's.
   * Customers without repeat purchases get everybody's; that is infinite if q <= 1, which the data then do not bound.
   */
  predict({ frequency, monetary }: SpendSummary): Float64Array {
    const [p, q, v] = this.fitted() as unknown as [number, number, number];
    const result = new Float64Array(frequency.length);
    for (let i = 0; i < result.length; i++) {
      const isKnown = frequency[i]! > 0 && monetary[i]! > 0;
      const x = isKnown ? frequency[i]! : 0;
      const spent = isKnown ? x * monetary[i]! : 0;
      const weight = p * x + q - 1;
      result[i] = weight > 0 ? (p * (v + spent)) / weight : Number.POSITIVE_INFINITY;
    }
    return result;
  }

  static fromJSON(json: FittedJson): GammaGamma {
    return new GammaGamma().restore(json);
  }
}
