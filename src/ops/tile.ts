/** An even share of a length for each of the fewest tiles that are no longer than `most`. */
export function evenTile(length: number, most: number): number {
  return Math.ceil(length / Math.ceil(length / most));
}
