import { UsageError } from '../errors.js';
import type { Csr } from '../ops/index.js';
import { beside, rowsOf, scaleRows } from './sparse-rows.js';
import { tokenise } from './tokenise.js';

/** What is known of items beside who has them; the entries of each list are the items, in order. */
export interface ItemAttributes {
  /** Names, descriptions: by name of the attribute. An empty text says nothing. */
  texts?: Record<string, readonly string[]>;
  /** Groups, colours, brands; several of an item as a list. `undefined` or an empty list says nothing. */
  categories?: Record<string, readonly (string | readonly string[] | undefined)[]>;
  /** Prices, sizes, years. NaN says nothing. */
  numbers?: Record<string, ArrayLike<number>>;
}

/** Standard deviations beyond which a number no longer counts for more. */
const furthest = 3;

/**
 * Describes items as the rows of a matrix `[items, terms]` whose cosine is how alike they are. Each attribute has
 * a block of columns, which counts by its weight (1 where none is given):
 *
 * - a text is the TF-IDF of its words: their number times ln((1 + N) / (1 + n)) + 1, with N the texts and n
 *   those with the word, as in the package scikit-learn, scaled to norm 1;
 * - a category is one column for each value, scaled to norm 1;
 * - a number is its standard score, cut at ±3 and divided by 3, so that items on the same side of the mean are
 *   alike and an average item is like no other.
 *
 * @throws UsageError for lists of different lengths or a weight below 0.
 */
export function describeItems(
  { texts = {}, categories = {}, numbers = {} }: ItemAttributes,
  weights: Readonly<Record<string, number>> = {},
): Csr {
  const lists = { ...texts, ...categories, ...numbers };
  const [first] = Object.values(lists);
  const items = first?.length ?? 0;
  for (const [name, list] of Object.entries(lists)) {
    if (list.length !== items) {
      throw new UsageError({
        expected: `${items} entries of the attribute ${name}`,
        found: `${list.length}`,
      });
    }
  }
  for (const [name, weight] of Object.entries(weights)) {
    if (name in lists && weight >= 0) continue;
    throw new UsageError({
      expected: 'a weight of at least 0 for an attribute',
      found: `${weight} for ${name}`,
    });
  }
  const weightOf = (name: string) => weights[name] ?? 1;
  const blocks = [
    ...Object.entries(texts).map(([name, list]) =>
      scaleRows(termFrequencies(list.map(tokenise), true), weightOf(name)),
    ),
    ...Object.entries(categories).map(([name, list]) =>
      scaleRows(termFrequencies(list.map(asList), false), weightOf(name)),
    ),
    ...Object.entries(numbers).map(([name, list]) => standardScores(list, weightOf(name))),
  ];
  return beside(blocks, items);
}

function asList(values: string | readonly string[] | undefined): readonly string[] {
  return typeof values === 'string' ? [values] : (values ?? []);
}

/** How often each term occurs, with `rare` times its inverse document frequency. */
function termFrequencies(documents: readonly (readonly string[])[], rare: boolean): Csr {
  const numberOf = new Map<string, number>();
  const documentsWith: number[] = [];
  const indptr = new Int32Array(documents.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  documents.forEach((terms, document) => {
    const numbers = terms.map(term => {
      const known = numberOf.get(term);
      if (known !== undefined) return known;
      numberOf.set(term, numberOf.size);
      documentsWith.push(0);
      return numberOf.size - 1;
    });
    numbers.sort((a, b) => a - b);
    for (let i = 0; i < numbers.length; i++) {
      if (i > 0 && numbers[i] === numbers[i - 1]) values[values.length - 1]++;
      else {
        documentsWith[numbers[i]]++;
        indices.push(numbers[i]);
        values.push(1);
      }
    }
    indptr[document + 1] = indices.length;
  });
  const matrix: Csr = {
    rows: documents.length,
    columns: numberOf.size,
    indptr,
    indices: Int32Array.from(indices),
    values: Float32Array.from(values),
  };
  if (!rare) return matrix;
  const rarity = documentsWith.map(n => Math.log((1 + documents.length) / (1 + n)) + 1);
  return { ...matrix, values: matrix.values.map((count, p) => count * rarity[matrix.indices[p]]) };
}

function standardScores(numbers: ArrayLike<number>, weight: number): Csr {
  const known = Array.from(numbers).filter(Number.isFinite);
  const mean = known.reduce((sum, x) => sum + x, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, x) => sum + (x - mean) ** 2, 0) / known.length);
  return rowsOf(
    Array.from(numbers, x => {
      const score = (x - mean) / deviation;
      const cut = Math.max(-furthest, Math.min(furthest, score)) / furthest;
      return Number.isFinite(x) && deviation > 0 ? new Map([[0, weight * cut]]) : new Map();
    }),
    1,
  );
}
