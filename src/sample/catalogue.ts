import { Random, WeightedChoice } from '../random.js';
import { CLOSING_DAY } from './calendar.js';
import { COLOURS, PATTERNS, THEMES } from './words.js';

/** Stream of the seed for the catalogue; customers have the streams from 1. */
const CATALOGUE_STREAM = 0;

export interface Item {
  name: string;
  /** Index into `THEMES`. */
  theme: number;
  colour: string;
  material: string;
  /** In cents. */
  price: number;
  /** Day since the shop's opening on which it came into the shop; 0 for the opening assortment. */
  added: number;
}

/** What the shop sells, and the planted structure that recommendations and association rules should find again. */
export interface Catalogue {
  items: Item[];
  /** Columns of `items` that the simulation reads at random: price, day added, theme. */
  price: Int32Array;
  added: Int32Array;
  theme: Int32Array;
  /** For each theme its items, most popular first. */
  byTheme: Int32Array[];
  /** For each theme a draw from `byTheme`, by popularity. */
  popularity: WeightedChoice[];
  /** For each item the one that is often put into the same basket. */
  companion: Int32Array;
  /** For each item how much better (or worse) than others it is rated, in stars. */
  quality: Float64Array;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** Distinct names of one theme: a walk with a coprime stride through all combinations, plain things first. */
function* combinations(
  theme: number,
  random: Random,
): Generator<Omit<Item, 'price' | 'added'> & { base: number }> {
  const kinds = THEMES[theme]!.products.flatMap(({ noun, price, materials }) =>
    materials.map(material => ({ noun, material, price })),
  );
  for (let series = 1; ; series++) {
    for (const pattern of PATTERNS) {
      const count = kinds.length * COLOURS.length;
      let stride = 1 + random.integer(count);
      while (greatestCommonDivisor(stride, count) !== 1) stride++;
      for (let i = 0, at = random.integer(count); i < count; i++, at = (at + stride) % count) {
        const { noun, material, price } = kinds[at % kinds.length]!;
        const colour = COLOURS[Math.floor(at / kinds.length)]!;
        const name = [colour, material, noun, pattern, series > 1 ? `No. ${series}` : '']
          .filter(Boolean)
          .join(' ');
        yield { name, theme, colour, material, base: price };
      }
    }
  }
}

/** A price such as 14.95 near `base` (in whole currency units), in cents. */
function priceNear(base: number, random: Random): number {
  const price = base * Math.exp(random.normal(0, 0.22));
  return Math.max(1, Math.round(price * 2) / 2) * 100 - 5;
}

/** Makes `count` items, spread evenly over the themes; the same for the same seed. */
export function makeCatalogue(count: number, seed: number): Catalogue {
  const random = new Random(seed, CATALOGUE_STREAM);
  const sources = THEMES.map((_, theme) => combinations(theme, random));
  const items = Array.from({ length: count }, (_, i): Item => {
    const { base, ...item } = sources[i % THEMES.length]!.next().value!;
    const isLate = random.uniform() < 0.06;
    return { ...item, price: priceNear(base, random), added: isLate ? random.integer(CLOSING_DAY - 30) : 0 };
  });
  random.shuffle(items);
  const byTheme = THEMES.map((_, theme) =>
    Int32Array.from(items.flatMap((item, index) => (item.theme === theme ? [index] : []))),
  );
  const popularity = byTheme.map(
    list => new WeightedChoice(list.length > 0 ? Array.from(list, (_, rank) => (rank + 3) ** -0.9) : [1]),
  );
  const companion = Int32Array.from(items, (item, index) => {
    const list = byTheme[item.theme]!;
    return list[(list.indexOf(index) + 1) % list.length]!;
  });
  return {
    items,
    price: Int32Array.from(items, item => item.price),
    added: Int32Array.from(items, item => item.added),
    theme: Int32Array.from(items, item => item.theme),
    byTheme,
    popularity,
    companion,
    quality: Float64Array.from(items, () => random.normal(0, 0.4)),
  };
}
