import type { Merges } from './merges.js';

/** A name as the format takes it: in quotes where it holds anything but letters, digits and the like. */
function quoted(name: string): string {
  return /^[\w.+-]+$/.test(name) && !name.includes('_') ? name : `'${name.replaceAll("'", "''")}'`;
}

/**
 * The hierarchy in Newick's format, for programs that draw trees: `((a:1,b:1):2,c:3);`. The length of a branch is
 * the height at which it is merged less the height at which it was made.
 *
 * @param names `[customers]`. Default: their numbers.
 */
export function newick({ customers, left, right, heights }: Merges, names?: readonly string[]): string {
  const text: string[] = Array.from({ length: customers }, (_, i) => quoted(names ? names[i] : `${i}`));
  const made = (cluster: number) => (cluster < customers ? 0 : heights[cluster - customers]);
  for (let i = 0; i < left.length; i++) {
    const branches = [left[i], right[i]].map(cluster => `${text[cluster]}:${heights[i] - made(cluster)}`);
    text.push(`(${branches.join(',')})`);
    // What is merged is not needed any more.
    text[left[i]] = '';
    text[right[i]] = '';
  }
  return `${text.at(-1) ?? ''};`;
}
