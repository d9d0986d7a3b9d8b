import { Random } from '../../src/random.js';

/** Adjusted Rand index of two labellings (Hubert and Arabie 1985): 1 for the same partition, about 0 by chance. */
export function adjustedRand(a: ArrayLike<unknown>, b: ArrayLike<unknown>): number {
  const cells = new Map<string, number>();
  const rows = new Map<unknown, number>();
  const columns = new Map<unknown, number>();
  for (let i = 0; i < a.length; i++) {
    const cell = `${a[i]} ${b[i]}`;
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
    rows.set(a[i], (rows.get(a[i]) ?? 0) + 1);
    columns.set(b[i], (columns.get(b[i]) ?? 0) + 1);
  }
  const pairs = (counts: Map<unknown, number>) =>
    [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const all = (a.length * (a.length - 1)) / 2;
  const expected = (pairs(rows) * pairs(columns)) / all;
  return (pairs(cells) - expected) / ((pairs(rows) + pairs(columns)) / 2 - expected);
}

/** Plain k-means on z-scores, the best of a few starts: an oracle that owes nothing to the engine. */
export function plainClusters(table: number[][], k: number, starts = 10): number[] {
  const d = table[0]!.length;
  const means = table[0]!.map((_, f) => table.reduce((sum, row) => sum + row[f]!, 0) / table.length);
  const deviations = means.map((mean, f) =>
    Math.sqrt(table.reduce((sum, row) => sum + (row[f]! - mean) ** 2, 0) / table.length),
  );
  const points = table.map(row => row.map((x, f) => (x - means[f]!) / deviations[f]!));
  const squared = (p: number[], q: number[]) => p.reduce((sum, x, f) => sum + (x - q[f]!) ** 2, 0);
  const random = new Random(0);
  let best: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let start = 0; start < starts; start++) {
    const centroids = [points[random.integer(points.length)]!];
    while (centroids.length < k) {
      const nearest = points.map(point => Math.min(...centroids.map(centroid => squared(point, centroid))));
      centroids.push(points[random.choice(nearest)]!);
    }
    let labels: number[] = [];
    let inertia = 0;
    for (let round = 0; round < 60; round++) {
      inertia = 0;
      const next = points.map(point => {
        const distances = centroids.map(centroid => squared(point, centroid));
        const smallest = Math.min(...distances);
        inertia += smallest;
        return distances.indexOf(smallest);
      });
      if (next.every((label, i) => label === labels[i])) break;
      labels = next;
      for (let c = 0; c < k; c++) {
        const members = points.filter((_, i) => labels[i] === c);
        if (members.length === 0) continue;
        centroids[c] = Array.from(
          { length: d },
          (_, f) => members.reduce((s, p) => s + p[f]!, 0) / members.length,
        );
      }
    }
    if (inertia < least) {
      least = inertia;
      best = labels;
    }
  }
  return best;
}

/** Pearson's correlation of two columns. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / n;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: ArrayLike<number>, meanX: number, y: ArrayLike<number>, meanY: number) =>
    Array.from(x).reduce((sum, value, i) => sum + (value - meanX) * (y[i]! - meanY), 0);
  return product(a, meanA, b, meanB) / Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB));
}
