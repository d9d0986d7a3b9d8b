/**
 * Numbers groups by size, the largest is 0; of equal sizes the one with the earliest customer comes first.
 *
 * @param groups `[customers]`, any number from 0 that all of one group share; below 0 for none.
 * @returns labels `[customers]`, -1 for none, and the sizes by label.
 */
export function numberClusters(groups: Int32Array): { labels: Int32Array; sizes: number[] } {
  const sizes = new Map<number, number>();
  for (const group of groups) if (group >= 0) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  // A map keeps its keys in the order in which they came, and sorting keeps the order of equals.
  const bySize = [...sizes].sort(([, a], [, b]) => b - a);
  const numbers = new Map(bySize.map(([group], cluster) => [group, cluster]));
  return {
    labels: groups.map(group => (group < 0 ? -1 : numbers.get(group)!)),
    sizes: bySize.map(([, size]) => size),
  };
}
