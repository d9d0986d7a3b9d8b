import { describe, expect, it } from 'vitest';
import { Random } from '../../src/random.js';
import { BgNbd } from '../../src/value/bg-nbd.js';
import { historiesOf } from '../../src/value/histories.js';
import { MbgNbd } from '../../src/value/mbg-nbd.js';
import { ParetoNbd } from '../../src/value/pareto-nbd.js';
import { cdnow } from './cdnow.js';

const summary = cdnow();
const one = { frequency: [2], recency: [30.43], T: [38.86] };
const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

describe.skipIf(!summary)('models of repeat buying, fitted to the CDNOW sample', () => {
  it('BG/NBD has the published parameters, likelihood and predictions', () => {
    const model = new BgNbd().fit(summary!);
    expect(model.converged).toBe(true);
    const { r, alpha, a, b } = model.parameters;
    expect(r).toBeCloseTo(0.242593, 5);
    expect(alpha).toBeCloseTo(4.413532, 4);
    expect(a).toBeCloseTo(0.792886, 4);
    expect(b).toBeCloseTo(2.425754, 4);
    expect(model.logLikelihood).toBeCloseTo(-9582.4256, 3);
    expect(model.predict(one, 39)[0]).toBeCloseTo(1.2259, 4);
    expect(model.probabilityAlive(one)[0]).toBeCloseTo(0.7266, 4);
    expect(model.expectedPurchases(39)).toBeCloseTo(1.195, 4);
    expect(model.expectedPurchases(78)).toBeCloseTo(1.858, 4);
    expect(total(model.predict(summary!, 39))).toBeCloseTo(1653.4234, 3);
    // Standard errors as the summary of the lifetimes package prints them.
    expect(model.standardErrors.r).toBeCloseTo(0.01, 2);
    expect(model.standardErrors.alpha).toBeCloseTo(0.38, 2);
    expect(model.standardErrors.a).toBeCloseTo(0.19, 2);
    expect(model.standardErrors.b).toBeCloseTo(0.71, 2);
  });

  it('Pareto/NBD has the published parameters and likelihood', () => {
    const model = new ParetoNbd().fit(summary!);
    expect(model.converged).toBe(true);
    const { r, alpha, s, beta } = model.parameters;
    expect(r).toBeCloseTo(0.553, 3);
    expect(alpha).toBeCloseTo(10.578, 3);
    expect(s).toBeCloseTo(0.606, 3);
    expect(beta).toBeCloseTo(11.669, 2);
    expect(model.logLikelihood).toBeCloseTo(-9595, 1);
  });

  it('MBG/NBD fits a little better than BG/NBD', () => {
    const model = new MbgNbd().fit(summary!);
    expect(model.converged).toBe(true);
    expect(model.logLikelihood).toBeGreaterThan(-9582.4256);
    expect(model.logLikelihood).toBeLessThan(-9582);
  });

  it('no unit of time, and no order or repetition of customers, changes what is found', () => {
    const model = new BgNbd().fit(summary!);
    const days = (weeks: number[]) => weeks.map(week => week * 7);
    const turned = (values: number[]) => [...values].reverse();
    const inDays = new BgNbd().fit({
      frequency: turned([...summary!.frequency, ...summary!.frequency]),
      recency: turned(days([...summary!.recency, ...summary!.recency])),
      T: turned(days([...summary!.T, ...summary!.T])),
    });
    expect(inDays.parameters.alpha! / 7).toBeCloseTo(model.parameters.alpha!, 4);
    expect(inDays.parameters.r).toBeCloseTo(model.parameters.r!, 5);
    expect(inDays.standardErrors.r).toBeCloseTo(model.standardErrors.r! / Math.SQRT2, 5);
  });
});

/** Customers as the BG/NBD (or MBG/NBD) model has them, and their purchases in the time `ahead` after the observation. */
function simulate(
  parameters: Record<string, number>,
  customers: number,
  ahead: number,
  leavesAtOnce = false,
) {
  const random = new Random(11);
  const summary = { frequency: [] as number[], recency: [] as number[], T: [] as number[] };
  let later = 0;
  for (let i = 0; i < customers; i++) {
    const T = 30 + random.integer(30);
    const rate = random.gamma(parameters.r!, 1 / parameters.alpha!);
    const leaving = random.beta(parameters.a!, parameters.b!);
    let isAlive = !leavesAtOnce || random.uniform() >= leaving;
    let [x, tx] = [0, 0];
    for (let time = random.exponential(rate); isAlive && time < T + ahead; time += random.exponential(rate)) {
      if (time < T) {
        x++;
        tx = time;
      } else later++;
      isAlive = random.uniform() >= leaving;
    }
    summary.frequency.push(x);
    summary.recency.push(tx);
    summary.T.push(T);
  }
  return { summary, later };
}

describe.each([
  { Model: BgNbd, leavesAtOnce: false },
  { Model: MbgNbd, leavesAtOnce: true },
])('$Model.name on simulated customers', ({ Model, leavesAtOnce }) => {
  const parameters = { r: 0.8, alpha: 6, a: 0.9, b: 3 };
  const { summary, later } = simulate(parameters, 20_000, 25, leavesAtOnce);
  const model = new Model().fit(summary);

  it('finds their parameters again, within the standard errors', () => {
    expect(model.converged).toBe(true);
    for (const [name, value] of Object.entries(parameters)) {
      expect(Math.abs(model.parameters[name]! - value), name).toBeLessThan(4 * model.standardErrors[name]!);
    }
  });

  it('foresees what they buy later', () => {
    expect(Math.abs(total(model.predict(summary, 25)) / later - 1)).toBeLessThan(0.03);
  });

  it('discounts by period', () => {
    const plain = model.discountedPurchases(summary, { horizon: 25, periods: 5, discountRate: 0 });
    expect(total(plain)).toBeCloseTo(total(model.predict(summary, 25)), 6);
    const first = model.discountedPurchases(summary, { horizon: 25, periods: 1, discountRate: 0.25 });
    expect(total(first)).toBeCloseTo(total(plain) / 1.25, 6);
  });

  it('predicts the same after a round trip through JSON', () => {
    const copy = Model.fromJSON(JSON.parse(JSON.stringify(model)));
    expect(copy.predict(one, 10)).toEqual(model.predict(one, 10));
    expect(copy.standardErrors).toEqual(model.standardErrors);
  });
});

describe('Pareto/NBD', () => {
  /** The closed form of the likelihood of one customer, α >= β (Fader and Hardie 2005, "A note on deriving …"). */
  function closedForm([r, alpha, s, beta]: number[], x: number, tx: number, T: number): number {
    const logGamma = (n: number) => {
      let [shift, y] = [0, n];
      while (y < 12) shift += Math.log(y++);
      return (
        (y - 0.5) * Math.log(y) - y + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * y) - 1 / (360 * y ** 3) - shift
      );
    };
    const hypergeometric = (a: number, b: number, c: number, z: number) => {
      let [term, sum] = [1, 1];
      for (let n = 0; n < 5000; n++) {
        term *= (((a + n) * (b + n)) / ((c + n) * (n + 1))) * z;
        sum += term;
      }
      return sum;
    };
    const k = r! + s! + x;
    const part = (t: number) =>
      hypergeometric(k, s! + 1, k + 1, (alpha! - beta!) / (alpha! + t)) / (alpha! + t) ** k;
    const front = logGamma(r! + x) - logGamma(r!) + r! * Math.log(alpha!) + s! * Math.log(beta!);
    const stayed = (alpha! + T) ** -(r! + x) * (beta! + T) ** -s!;
    return front + Math.log(stayed + (s! / k) * (part(tx) - part(T)));
  }

  it.each([
    [[0.55, 10.5, 0.6, 9], 0, 0, 39],
    [[0.55, 10.5, 0.6, 9], 2, 30.43, 38.86],
    [[0.55, 10.5, 0.6, 2], 25, 12, 38.86],
    [[3, 40, 2, 1], 6, 1, 300],
  ])('has the likelihood of the closed form at %j: x %d, t_x %d, T %d', (parameters, x, tx, T) => {
    const { value } = new OpenPareto().of(parameters, [[x, tx, T]]);
    expect(value).toBeCloseTo(closedForm(parameters, x, tx, T), 8);
  });
});

/** The likelihood of these histories (x, t_x, T), each of one customer but the first, which is that of three. */
function open(rows: number[][]) {
  const table = [0, 1, 2].map(column => Float64Array.from(rows, row => row[column]!));
  const counts = Float64Array.from(rows, (_, i) => (i === 0 && rows.length > 1 ? 3 : 1));
  const at = { gradient: new Float64Array(4), hessian: new Float64Array(16) };
  return { ...at, histories: historiesOf({ columns: table, counts, first: counts }) };
}

class OpenBg extends BgNbd {
  of(parameters: number[], rows: number[][]) {
    const { histories, gradient, hessian } = open(rows);
    const value = this.likelihood(histories, Float64Array.from(parameters), gradient, hessian);
    return { value, gradient, hessian };
  }
}

class OpenMbg extends MbgNbd {
  of(parameters: number[], rows: number[][]) {
    const { histories, gradient, hessian } = open(rows);
    const value = this.likelihood(histories, Float64Array.from(parameters), gradient, hessian);
    return { value, gradient, hessian };
  }
}

class OpenPareto extends ParetoNbd {
  of(parameters: number[], rows: number[][]) {
    const { histories, gradient, hessian } = open(rows);
    const value = this.likelihood(histories, Float64Array.from(parameters), gradient, hessian);
    return { value, gradient, hessian };
  }
}

describe.each([
  { name: 'BG/NBD', model: new OpenBg() },
  { name: 'MBG/NBD', model: new OpenMbg() },
  { name: 'Pareto/NBD', model: new OpenPareto() },
])('the likelihood of $name', ({ model }) => {
  const rows = [
    [0, 0, 39],
    [0, 0, 31],
    [2, 30.43, 38.86],
    [25, 12, 38.86],
    [2, 1.5, 39],
    [6, 1, 300],
  ];

  it.each([
    [[0.55, 10.5, 0.6, 9]],
    [[0.24, 4.4, 0.8, 2.4]],
    [[3, 40, 2, 1.5]],
  ])('has the derivatives of its own, first and second, at %j', parameters => {
    const { gradient, hessian } = model.of(parameters, rows);
    parameters.forEach((parameter, i) => {
      const step = 1e-5 * parameter;
      const up = model.of(parameters.with(i, parameter + step), rows);
      const down = model.of(parameters.with(i, parameter - step), rows);
      expect(gradient[i]! / ((up.value - down.value) / (2 * step))).toBeCloseTo(1, 5);
      for (let j = i; j < 4; j++) {
        const second = (up.gradient[j]! - down.gradient[j]!) / (2 * step);
        expect(hessian[4 * i + j]! - second, `${i}, ${j}`).toBeCloseTo(0, 4);
      }
    });
  });
});

describe('expected purchases of BG/NBD', () => {
  /** Mean over the probability to leave, by the midpoint rule: E[(1 - (1 + p t / (α+T))^-(r+x)) / p], p beta distributed (a, b+x). */
  function byIntegration(
    { r, alpha, a, b }: Record<string, number>,
    x: number,
    T: number,
    t: number,
  ): number {
    let [above, below] = [0, 0];
    for (let i = 0; i < 400_000; i++) {
      const p = (i + 0.5) / 400_000;
      const density = Math.exp((a! - 1) * Math.log(p) + (b! + x - 1) * Math.log1p(-p));
      above += (density * (1 - (1 + (p * t) / (alpha! + T)) ** -(r! + x))) / p;
      below += density;
    }
    return above / below;
  }

  it.each([
    ['common parameters', { r: 0.24, alpha: 4.4, a: 1.3, b: 2.4 }, 2],
    ['a = 1, where the published formula has a pole', { r: 0.24, alpha: 4.4, a: 1, b: 2.4 }, 2],
    ['many purchases', { r: 0.8, alpha: 4, a: 2, b: 6 }, 300],
    ['all leave with one probability', { r: 0.5, alpha: 5, a: 30, b: 200 }, 4],
    ['all buy at one rate', { r: 1500, alpha: 9000, a: 1.5, b: 20 }, 4],
  ])('are those of an integral: %s', (_, parameters, x) => {
    const model = BgNbd.fromJSON({ model: 'BG/NBD', parameters, standardErrors: {}, logLikelihood: 0 });
    const customer = { frequency: [x], recency: [40], T: [40] };
    const expected = byIntegration(parameters, x, 40, 100) * model.probabilityAlive(customer)[0]!;
    expect(model.predict(customer, 100)[0]! / expected).toBeCloseTo(1, 5);
  });
});

describe.each([{ Model: BgNbd }, { Model: MbgNbd }, { Model: ParetoNbd }])('$Model.name', ({ Model }) => {
  it('fits customers who are all alike and never leave, though its parameters then have no bound', () => {
    const random = new Random(5);
    const summary = { frequency: [] as number[], recency: [] as number[], T: [] as number[] };
    for (let i = 0; i < 500; i++) {
      let [x, tx] = [0, 0];
      for (let time = random.exponential(0.2); time < 100; time += random.exponential(0.2))
        [x, tx] = [x + 1, time];
      summary.frequency.push(x);
      summary.recency.push(tx);
      summary.T.push(100);
    }
    const model = new Model().fit(summary);
    expect(model.converged).toBe(true);
    expect(total(model.predict(summary, 50)) / 500).toBeGreaterThan(9);
    expect(total(model.predict(summary, 50)) / 500).toBeLessThan(11);
  });

  it('knows how sure it is of how they buy where they differ in that, though none leaves', () => {
    const random = new Random(6);
    const summary = { frequency: [] as number[], recency: [] as number[], T: [] as number[] };
    for (let i = 0; i < 2000; i++) {
      const rate = random.gamma(0.8, 0.1);
      let [x, tx] = [0, 0];
      for (let time = random.exponential(rate); time < 100; time += random.exponential(rate))
        [x, tx] = [x + 1, time];
      summary.frequency.push(x);
      summary.recency.push(tx);
      summary.T.push(100);
    }
    const { parameters, standardErrors } = new Model().fit(summary);
    for (const name of ['r', 'alpha']) {
      expect(standardErrors[name]! / parameters[name]!, name).toBeGreaterThan(0.01);
      expect(standardErrors[name]! / parameters[name]!, name).toBeLessThan(0.1);
    }
  });
});

describe.each([
  { Model: BgNbd, times: ['alpha'], others: ['r', 'a', 'b'] },
  { Model: MbgNbd, times: ['alpha'], others: ['r', 'a', 'b'] },
  { Model: ParetoNbd, times: ['alpha', 'beta'], others: ['r', 's'] },
])('$Model.name of customers with heavy tails, who were observed for ten years', ({
  Model,
  times,
  others,
}) => {
  // Most buy once, a few thousands of times; times are whole days, so that many customers are alike.
  const random = new Random(8);
  const days = { frequency: [] as number[], recency: [] as number[], T: [] as number[] };
  for (let i = 0; i < 6000; i++) {
    const T = 1 + random.integer(3650);
    const rate = random.gamma(0.15, 0.3);
    const lifetime = random.exponential(random.gamma(0.4, 1 / 60));
    let [x, last] = [0, 0];
    for (let day = 1; day <= Math.min(T, lifetime); day++) {
      if (random.uniform() >= 1 - Math.exp(-rate)) continue;
      [x, last] = [x + 1, day];
    }
    days.frequency.push(x);
    days.recency.push(last);
    days.T.push(T);
  }
  const fitIn = (unit: number) => {
    const inUnit = (values: number[]) => values.map(value => value / unit);
    const summary = { frequency: days.frequency, recency: inUnit(days.recency), T: inUnit(days.T) };
    return { summary, model: new Model().fit(summary) };
  };
  const inDays = fitIn(1);

  it('converges, with errors of all parameters', () => {
    expect(Math.max(...days.frequency)).toBeGreaterThan(1000);
    expect(inDays.model.converged).toBe(true);
    for (const error of Object.values(inDays.model.standardErrors)) expect(error).toBeGreaterThan(0);
  });

  it.each([7, 365.25])('is the same model where the unit of time has %d days', unit => {
    const { summary, model } = fitIn(unit);
    expect(model.converged).toBe(true);
    for (const name of others) {
      expect(model.parameters[name]! / inDays.model.parameters[name]!, name).toBeCloseTo(1, 6);
      expect(model.standardErrors[name]! / inDays.model.standardErrors[name]!, name).toBeCloseTo(1, 5);
    }
    for (const name of times) {
      expect((unit * model.parameters[name]!) / inDays.model.parameters[name]!, name).toBeCloseTo(1, 6);
    }
    const expected = inDays.model.predict(inDays.summary, 365);
    const found = model.predict(summary, 365 / unit);
    expect(total(found) / total(expected)).toBeCloseTo(1, 6);
  });

  it('is the same model where customers come in pieces', () => {
    const piece = (from: number, to: number) => ({
      frequency: days.frequency.slice(from, to),
      recency: days.recency.slice(from, to),
      T: days.T.slice(from, to),
    });
    const model = new Model().fit([piece(0, 100), piece(100, 100), piece(100, 6000)]);
    expect(model.parameters).toEqual(inDays.model.parameters);
  });
});

describe('bad input', () => {
  it.each([
    ['a last purchase after the end', { frequency: [1, 2], recency: [3, 9], T: [5, 8] }, 'line 2'],
    ['a last purchase without a repeat purchase', { frequency: [0], recency: [3], T: [5] }, 'recency 3'],
    ['half a purchase', { frequency: [0.5], recency: [3], T: [5] }, 'frequency 0.5'],
    ['NaN', { frequency: [1], recency: [Number.NaN], T: [5] }, 'recency NaN'],
    ['columns of different lengths', { frequency: [1], recency: [2, 3], T: [5] }, 'column "recency"'],
    [
      'customers who all bought once',
      { frequency: [0, 0], recency: [0, 0], T: [5, 6] },
      'expected customers who bought again',
    ],
  ])('%s is refused', (_, columns, message) => {
    expect(() => new BgNbd().fit(columns)).toThrow(message);
  });

  it('a model that was not fitted, or is another, says so', () => {
    expect(() => new BgNbd().predict(one, 1)).toThrow('fitted');
    const saved = JSON.parse(
      JSON.stringify(new MbgNbd().fit({ frequency: [1, 0, 3], recency: [2, 0, 9], T: [9, 9, 10] })),
    );
    expect(() => BgNbd.fromJSON(saved)).toThrow('MBG/NBD');
  });
});
