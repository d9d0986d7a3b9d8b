/** The numbers below `length` that are wanted, ascending; without the list that `filter` and `from` of typed arrays make. */
export function indicesWhere(length: number, isWanted: (index: number) => boolean): Int32Array {
  let count = 0;
  for (let i = 0; i < length; i++) if (isWanted(i)) count++;
  const indices = new Int32Array(count);
  for (let i = 0, place = 0; place < count; i++) if (isWanted(i)) indices[place++] = i;
  return indices;
}
