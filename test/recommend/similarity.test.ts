import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transpose } from '../../src/ops/index.js';
import { ItemNeighbours } from '../../src/recommend/item-neighbours.js';
import {
  checkSimilarity,
  RowComparison,
  type SimilarityMeasure,
  similarityMeasures,
} from '../../src/recommend/similarity.js';
import { weightingOf } from '../../src/recommend/weightings.js';
import { dataset } from '../datasets.js';
import { onDevice } from '../devices.js';
import { csr, dense, movieLens, randomCsr } from './matrices.js';

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const dot = (a: number[], b: number[]) => sum(a.map((value, i) => value * b[i]));
const norm = (a: number[]) => Math.sqrt(dot(a, a));

function pearson(x: number[], y: number[]): number {
  const centred = (values: number[]) => values.map(value => value - sum(values) / values.length);
  const [a, b] = [centred(x), centred(y)];
  const length = norm(a) * norm(b);
  return length > 1e-9 ? dot(a, b) / length : 0;
}

/** The measures as they are written in books, on dense rows. */
const definitions: Record<SimilarityMeasure, (a: number[], b: number[], both: number[]) => number> = {
  cosine: (a, b) => dot(a, b) / (norm(a) * norm(b)),
  dot,
  pearson: (a, b, both) =>
    pearson(
      both.map(i => a[i]),
      both.map(i => b[i]),
    ),
  jaccard: (a, b, both) => both.length / a.filter((_, i) => a[i] !== 0 || b[i] !== 0).length,
  'damped-cosine': (a, b) => dot(a, b) / (norm(a) * norm(b)) / (1 + norm(a) + norm(b)),
  euclidean: (a, b) => 1 / (1 + norm(a.map((value, i) => value - b[i]))),
  'mean-squared-difference': (a, b, both) => 1 / (1 + sum(both.map(i => (a[i] - b[i]) ** 2)) / both.length),
};

describe('RowComparison', () => {
  it.each(similarityMeasures)('has the values of the definition of %s', similarity => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 3), fc.constantFrom(0, 4), (seed, shrinkage, significance) => {
        const ratings = randomCsr(12, 9, 8, seed);
        const rows = dense(ratings);
        const options = { similarity, shrinkage, significance };
        const comparison = new RowComparison(transpose(ratings), options);
        rows.forEach((a, row) => {
          const found = new Map<number, number>();
          comparison.compare(ratings, row, (other, value) => found.set(other, value));
          rows.forEach((b, other) => {
            const both = a.flatMap((value, i) => (value !== 0 && b[i] !== 0 ? [i] : []));
            expect(found.has(other)).toBe(both.length > 0);
            if (both.length === 0) return;
            let expected = definitions[similarity](a, b, both);
            if (shrinkage > 0) expected *= both.length / (both.length + shrinkage);
            if (significance > 0) expected *= Math.min(both.length, significance) / significance;
            expect(found.get(other)).toBeCloseTo(expected, 9);
          });
        });
      }),
      { numRuns: 30 },
    );
  });

  it('refuses measures and factors that there are not', () => {
    const unknown = { similarity: 'cosinus' } as unknown as { similarity: 'cosine' };
    expect(() => checkSimilarity(unknown)).toThrow('similarity to be one of cosine, dot');
    expect(() => checkSimilarity({ shrinkage: -1 })).toThrow('shrinkage of at least 0, found -1');
  });
});

describe('weightings', () => {
  const matrix = csr(3, [{ 0: 4, 1: 1 }, { 0: 9 }, { 0: 1, 2: 2 }, { 0: 1 }]);

  it('give what few rows have more weight, and what all have none', () => {
    const weighted = dense(weightingOf('tf-idf', matrix)(matrix));
    expect(weighted[0]).toEqual([0, Math.fround(Math.log(2)), 0]);
    expect(weighted[2][2]).toBeCloseTo(Math.SQRT2 * Math.log(2), 6);
    const length = 0.2 + (0.8 * 3) / 4.5;
    const bm25 = dense(weightingOf('bm25', matrix)(matrix));
    expect(bm25[2][2]).toBeCloseTo(((2 * 101) / (100 * length + 2)) * Math.log(2), 5);
  });

  it('centre columns by the means of the fit, also in new rows', () => {
    const weigh = weightingOf('centred', matrix);
    expect(dense(weigh(matrix))[0]).toEqual([0.25, 0, 0]);
    expect(dense(weigh(csr(3, [{ 0: 5, 2: 5 }])))).toEqual([[1.25, 0, 3]]);
  });
});

describe('ItemNeighbours with other similarities', () => {
  onDevice('cpu');

  it('takes the adjusted cosine from centred customers', async () => {
    const ratings = randomCsr(30, 8, 6, 3);
    const model = await new ItemNeighbours({ neighbours: 7, weighting: 'centred' }).fit(ratings);
    const rows = dense(ratings).map(row => {
      const given = row.filter(value => value !== 0);
      return row.map(value => (value === 0 ? 0 : value - sum(given) / given.length));
    });
    const column = (item: number) => rows.map(row => row[item]);
    for (const { item, score } of model.neighbours(2)) {
      expect(score).toBeCloseTo(definitions.cosine(column(2), column(item), []), 5);
      expect(score).toBeGreaterThan(0);
    }
  });

  it('finds the neighbours of a measure that no kernel knows', async () => {
    const ratings = randomCsr(60, 20, 8, 4);
    const model = await new ItemNeighbours({ neighbours: 3, similarity: 'jaccard', shrinkage: 2 }).fit(
      ratings,
    );
    const columns = dense(transpose(ratings));
    columns.forEach((a, item) => {
      const scores = columns.map((b, other) => {
        const both = a.flatMap((value, i) => (value !== 0 && b[i] !== 0 ? [i] : []));
        const found = (definitions.jaccard(a, b, both) * both.length) / (both.length + 2);
        return other === item || both.length === 0 ? 0 : found;
      });
      const best = scores.filter(score => score > 0).sort((x, y) => y - x);
      const found = model.neighbours(item);
      expect(found).toHaveLength(Math.min(3, best.length));
      found.forEach(({ score }, rank) => {
        expect(score).toBeCloseTo(best[rank], 6);
      });
    });
  });

  const data = dataset('movielens-100k/u.data');
  it.skipIf(!data)('has the known Pearson correlation of two films over 480 co-raters', () => {
    const films = transpose(movieLens(data!));
    const comparison = new RowComparison(transpose(films), checkSimilarity({ similarity: 'pearson' }));
    const shrunk = new RowComparison(
      transpose(films),
      checkSimilarity({ similarity: 'pearson', shrinkage: 480 }),
    );
    const found: number[] = [];
    for (const each of [comparison, shrunk]) {
      each.compare(films, 49, (other, value) => {
        if (other === 180) found.push(value);
      });
    }
    expect(found[0]).toBeCloseTo(0.672556, 6);
    expect(found[1]).toBeCloseTo(0.672556 / 2, 6);
  });
});
