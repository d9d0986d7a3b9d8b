/** DBSCAN by its definition, with all distances of all pairs; a border customer joins the nearest core customer. */
export function dbscanByDefinition(
  rows: readonly (readonly number[])[],
  eps: number,
  minPoints: number,
  distance: (a: readonly number[], b: readonly number[]) => number,
): { core: number[]; groups: number[] } {
  const near = rows.map(a => rows.map((b, j) => ({ j, d: distance(a, b) })).filter(({ d }) => d <= eps));
  const core = near.map(all => (all.length >= minPoints ? 1 : 0));
  const groups = rows.map(() => -1);
  for (let first = 0; first < rows.length; first++) {
    if (!core[first] || groups[first] >= 0) continue;
    const open = [first];
    groups[first] = first;
    for (let i = open.pop(); i !== undefined; i = open.pop()) {
      for (const { j } of near[i]) {
        if (!core[j] || groups[j] >= 0) continue;
        groups[j] = first;
        open.push(j);
      }
    }
  }
  const border = near.map((all, i) => {
    if (core[i]) return groups[i];
    const [nearest] = all.filter(({ j }) => core[j]).sort((a, b) => a.d - b.d || a.j - b.j);
    return nearest ? groups[nearest.j] : -1;
  });
  return { core, groups: border };
}

export function euclidean(a: readonly number[], b: readonly number[]): number {
  return Math.sqrt(a.reduce((sum, value, f) => sum + (value - b[f]) ** 2, 0));
}

/** Labels under which every group is called after its first customer: two equal groupings become equal lists. */
export function byFirst(labels: ArrayLike<number>): number[] {
  const first = new Map<number, number>();
  return Array.from(labels, (label, i) => {
    if (label < 0) return -1;
    if (!first.has(label)) first.set(label, i);
    return first.get(label)!;
  });
}
