/** Number of single-letter edits that turn `a` into `b` (Levenshtein's distance, two rows of the table). */
function edits(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      current[j] = Math.min(replaced, previous[j] + 1, current[j - 1] + 1);
    }
    previous = current;
  }
  return previous[b.length];
}

/** The name in `names` that `wanted` was most likely meant to be, if one is near enough to be worth suggesting. */
export function nearest(wanted: string, names: readonly string[]): string | undefined {
  const simple = (name: string) => name.toLowerCase().replace(/[\s_\-.]/g, '');
  const aim = simple(wanted);
  let best: string | undefined;
  let least = Math.max(2, Math.floor(aim.length / 2)) + 1;
  for (const name of names) {
    const distance = edits(aim, simple(name));
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}
