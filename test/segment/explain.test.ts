import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { roundBetween } from '../../src/segment/explain/round-between.js';
import { explainSegments, explanationText } from '../../src/segment/index.js';

test('a round number lies between the two', () => {
  const numbers = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(numbers, numbers, (a, b) => {
      fc.pre(a !== b);
      const [low, high] = [Math.min(a, b), Math.max(a, b)];
      const rounded = roundBetween(low, high);
      expect(rounded >= low && rounded < high).toBe(true);
    }),
  );
  expect([
    roundBetween(1, 2),
    roundBetween(87.3, 94.1),
    roundBetween(0.123, 0.168),
    roundBetween(-2, 3),
  ]).toEqual([1, 90, 0.13, 0]);
});

describe('conditions', () => {
  const customers = 600;
  const value = (factor: number) => Float64Array.from({ length: customers }, (_, i) => (i * factor) % 101);
  const features = [
    { name: 'recency', values: value(37) },
    { name: 'frequency', values: value(53) },
    { name: 'gender=F', values: Float64Array.from({ length: customers }, (_, i) => i % 2) },
  ];
  const [recency, frequency, female] = features.map(({ values }) => values);

  test('are found among many features, one of which is in memory at a time', async () => {
    let read = 0;
    const many = Array.from({ length: 20 }, (_, f) => ({
      name: `f${f}`,
      values: {
        length: 1000,
        part: (from: number, to: number) => {
          read++;
          return Float64Array.from(
            { length: to - from },
            (_, i) => (((from + i) * 7919 + f * 104_729) % 1000) / 250 + ((from + i) % 4) * f,
          );
        },
      },
    }));
    const labels = Int32Array.from({ length: 1000 }, (_, i) => i % 4);
    const { fidelity, tree } = await explainSegments(many, labels, 4);
    expect(fidelity).toBe(1);
    expect(tree).toHaveProperty('threshold');
    // Once each for the sample, then for the three questions at most that a leaf comes after.
    expect(read).toBeLessThanOrEqual(20 + 7);
  });

  test('are found again where segments were made of them', async () => {
    const labels = Int32Array.from({ length: customers }, (_, i) =>
      recency[i] > 60 ? 0 : frequency[i] <= 30 ? 1 : 2,
    );
    const { fidelity, segments } = await explainSegments(features, labels, 3);
    expect(fidelity).toBe(1);
    expect(segments.map(explanationText)).toEqual([
      'recency > 60',
      'recency ≤ 60 and frequency ≤ 30',
      'recency ≤ 60 and frequency > 30',
    ]);
    expect(segments.map(({ recall, precision }) => [recall, precision])).toEqual([
      [1, 1],
      [1, 1],
      [1, 1],
    ]);
  });

  test('two questions that tell nothing one by one are found together', async () => {
    const labels = Int32Array.from({ length: customers }, (_, i) =>
      Number(recency[i] > 50 !== female[i] > 0),
    );
    expect((await explainSegments(features, labels, 2, { depth: 2 })).fidelity).toBeGreaterThan(0.97);
  });

  test('keep their ends apart, however near each other they are', async () => {
    const labels = Int32Array.from({ length: customers }, (_, i) =>
      recency[i] > 60 ? 0 : recency[i] > 30 ? 1 : 2,
    );
    const near = [{ name: 'income', values: recency.map(value => 1e7 + value / 1000) }];
    const told = (await explainSegments(near, labels, 3)).segments.map(explanationText);
    expect(told[1]).toBe('10,000,000.03 < income ≤ 10,000,000.06');
    const far = [{ name: 'income', values: recency.map(value => value * 1e36) }];
    expect((await explainSegments(far, labels, 3)).segments.map(explanationText)[0]).toBe('income > 6.1e+37');
    const many = [{ name: 'income', values: recency.map(value => 12_345_600 + value) }];
    expect((await explainSegments(many, labels, 3)).segments.map(explanationText)[0]).toBe(
      'income > 12,345,660',
    );
  });

  test('are found among hundreds of features', async () => {
    const wide = Array.from({ length: 150 }, (_, f) => ({
      name: `f${f}`,
      values: recency.map((_, i) => (i * (2 * f + 3)) % 101),
    }));
    const labels = Int32Array.from(recency, (_, i) => (wide[17].values[i] > 60 ? 0 : 1));
    const { fidelity, segments } = await explainSegments(wide, labels, 2);
    expect(fidelity).toBe(1);
    expect(segments.map(explanationText)).toEqual(['f17 > 60', 'f17 ≤ 60']);
  });

  test('name categories as such', async () => {
    const { segments } = await explainSegments(features, Int32Array.from(female), 2);
    expect(segments.map(explanationText)).toEqual(['gender is not F', 'gender is F']);
  });

  test('leave out customers without a segment, and say what they can not tell', async () => {
    const labels = Int32Array.from({ length: customers }, (_, i) => (i < 300 ? -1 : i % 7 === 0 ? 1 : 0));
    const { fidelity, segments } = await explainSegments(features, labels, 3);
    expect(fidelity).toBeGreaterThan(0.8);
    expect(fidelity).toBeLessThan(1);
    expect(segments[2]).toMatchObject({ rules: [], recall: 0 });
  });

  test('missing values go with those above', async () => {
    const values = recency.map(one => (one > 60 ? Number.NaN : one));
    const labels = Int32Array.from(recency, one => Number(one > 60));
    const { fidelity } = await explainSegments([{ name: 'recency', values }], labels, 2);
    // There is no threshold before what is missing.
    expect(fidelity).toBeGreaterThan(0.5);
  });

  test('are looked for no longer once they are not wanted', async () => {
    const values = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i));
    const labels = Int32Array.from(values, value => Number(value > 0.5));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(explainSegments([{ name: 'x', values }], labels, 2, { signal })).rejects.toThrow('enough');
  });
});
