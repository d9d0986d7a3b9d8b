import type { LinkageMethod } from '../../../src/segment/hierarchical/index.js';
import { euclidean } from '../dbscan/oracle.js';

const mean = (rows: number[][]) =>
  rows[0].map((_, f) => rows.reduce((s, row) => s + row[f], 0) / rows.length);

const distances: Record<LinkageMethod, (a: number[][], b: number[][]) => number> = {
  single: (a, b) => Math.min(...a.flatMap(p => b.map(q => euclidean(p, q)))),
  complete: (a, b) => Math.max(...a.flatMap(p => b.map(q => euclidean(p, q)))),
  average: (a, b) =>
    a.flatMap(p => b.map(q => euclidean(p, q))).reduce((sum, d) => sum + d, 0) / (a.length * b.length),
  ward: (a, b) => Math.sqrt((2 * a.length * b.length) / (a.length + b.length)) * euclidean(mean(a), mean(b)),
};

/** Merges the two nearest clusters until one is left, with all distances anew each time: heights, and members. */
export function linkageByDefinition(
  rows: number[][],
  method: LinkageMethod,
): { height: number; members: number[] }[] {
  const clusters = rows.map((_, i) => [i]);
  const merges: { height: number; members: number[] }[] = [];
  while (clusters.length > 1) {
    let [height, one, other] = [Number.POSITIVE_INFINITY, 0, 0];
    for (let a = 0; a < clusters.length; a++) {
      for (let b = 0; b < a; b++) {
        const distance = distances[method](
          clusters[a].map(i => rows[i]),
          clusters[b].map(i => rows[i]),
        );
        if (distance < height) [height, one, other] = [distance, a, b];
      }
    }
    const members = [...clusters[one], ...clusters[other]].sort((p, q) => p - q);
    clusters[other] = members;
    clusters.splice(one, 1);
    merges.push({ height, members });
  }
  return merges;
}
