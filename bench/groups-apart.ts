import { Random } from '#kindred/random.js';

/**
 * Customers in round groups that hardly overlap, and a share of them anywhere: `[features, customers]`. The centres
 * lie within ±10.
 */
export function groupsApart(
  seed: number,
  {
    groups,
    features,
    customers,
    spread,
    noise,
  }: Record<'groups' | 'features' | 'customers' | 'spread' | 'noise', number>,
): Float32Array {
  const random = new Random(seed);
  const centres = Float32Array.from({ length: groups * features }, () => 20 * random.uniform() - 10);
  const x = new Float32Array(features * customers);
  for (let i = 0; i < customers; i++) {
    const group = random.uniform() < noise ? -1 : random.integer(groups);
    for (let f = 0; f < features; f++) {
      x[f * customers + i] =
        group < 0 ? 24 * random.uniform() - 12 : random.normal(centres[group * features + f], spread);
    }
  }
  return x;
}
