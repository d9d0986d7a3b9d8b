import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scale } from '../../src/data/feature.js';
import { applyScale, fitScale, quantiles } from '../../src/data/scaler.js';

function scaled(kind: Exclude<Scale, 'none'>, values: number[]): number[] {
  const column = Float64Array.from(values);
  applyScale(fitScale(kind, column).scale, column);
  return [...column];
}

describe('scaling', () => {
  // As scikit-learn's StandardScaler, MinMaxScaler and RobustScaler give them.
  it.each([
    ['standard', [-1.3416407864998738, -0.4472135954999579, 0.4472135954999579, 1.3416407864998738]],
    ['minmax', [0, 1 / 3, 2 / 3, 1]],
    ['robust', [-1, -1 / 3, 1 / 3, 1]],
    ['log', [0, Math.log(2), Math.log(3), Math.log(4)]],
    ['log1p', [Math.log(2), Math.log(3), Math.log(4), Math.log(5)]],
  ] as const)('%s', (kind, expected) => {
    const found = scaled(kind, [1, 2, 3, 4]);
    for (const [row, value] of expected.entries()) expect(found[row]).toBeCloseTo(value, 14);
  });

  it('makes a constant column 0 with a warning, for other customers too', () => {
    for (const kind of ['standard', 'minmax', 'robust'] as const) {
      const { scale, warning } = fitScale(kind, Float64Array.of(0.1, 0.1, 0.1));
      expect(warning).toMatch(/every value is 0\.1/);
      const others = Float64Array.of(0.1, 7);
      applyScale(scale, others);
      expect([...others]).toEqual([0, 0]);
    }
  });

  it('stays finite where half the values are equal', () => {
    const { scale, warning } = fitScale('robust', Float64Array.of(0, 0, 0, 0, 5));
    expect(warning).toMatch(/standard deviation instead/);
    expect(scale).toEqual({ kind: 'robust', centre: 0, spread: 2 });
  });

  it('finds the first value without a logarithm', () => {
    expect(applyScale({ kind: 'log' }, Float64Array.of(1, 0, -1))).toBe(1);
    expect(applyScale({ kind: 'log1p' }, Float64Array.of(1, 0, -1))).toBe(2);
    expect(applyScale({ kind: 'log1p' }, Float64Array.of(1, 0))).toBe(-1);
  });

  it('standardises any column to mean 0 and deviation 1', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 2, maxLength: 50 }), values => {
        fc.pre(new Set(values).size > 1);
        const found = scaled('standard', values);
        const mean = found.reduce((sum, value) => sum + value, 0) / found.length;
        const variance = found.reduce((sum, value) => sum + (value - mean) ** 2, 0) / found.length;
        expect(mean).toBeCloseTo(0, 9);
        expect(variance).toBeCloseTo(1, 9);
      }),
    );
  });
});

it('interpolates quantiles as NumPy does', () => {
  const values = Float64Array.of(8, 2, Number.NaN, 1, 4);
  expect(quantiles(values, [0, 0.25, 0.5, 0.75, 1])).toEqual([1, 1.75, 3, 5, 8]);
});
