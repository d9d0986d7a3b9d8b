/**
 * Pairs rows with columns such that the costs of the pairs sum to the least; each row and each column is in at most
 * one pair, and as many are paired as can be. The Hungarian method with potentials, O(rows² · columns).
 * (H. W. Kuhn, "The Hungarian method for the assignment problem", Naval Research Logistics Quarterly 2, 1955; in the
 * form of J. Munkres, 1957.)
 *
 * @param cost of pairing a row with a column; finite.
 * @returns `[rows]`, the column of each row, -1 where there is none left for it.
 */
export function optimalAssignment(
  rows: number,
  columns: number,
  cost: (row: number, column: number) => number,
): Int32Array {
  if (rows > columns) {
    const transposed = optimalAssignment(columns, rows, (column, row) => cost(row, column));
    const columnOf = new Int32Array(rows).fill(-1);
    transposed.forEach((row, column) => {
      columnOf[row] = column;
    });
    return columnOf;
  }
  // Rows and columns are counted from 1: row 0 stands for the one that seeks, column 0 for where it starts.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  const from = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOf[0] = row;
    const slack = new Float64Array(columns + 1).fill(Number.POSITIVE_INFINITY);
    const seen = new Uint8Array(columns + 1);
    let at = 0;
    do {
      seen[at] = 1;
      const current = rowOf[at];
      let [least, next] = [Number.POSITIVE_INFINITY, 0];
      for (let column = 1; column <= columns; column++) {
        if (seen[column]) continue;
        const reduced = cost(current - 1, column - 1) - rowPotential[current] - columnPotential[column];
        if (reduced < slack[column]) {
          slack[column] = reduced;
          from[column] = at;
        }
        if (slack[column] < least) {
          least = slack[column];
          next = column;
        }
      }
      for (let column = 0; column <= columns; column++) {
        if (seen[column]) {
          rowPotential[rowOf[column]] += least;
          columnPotential[column] -= least;
        } else slack[column] -= least;
      }
      at = next;
    } while (rowOf[at] !== 0);
    for (; at !== 0; at = from[at]) rowOf[at] = rowOf[from[at]];
  }
  const columnOf = new Int32Array(rows).fill(-1);
  for (let column = 1; column <= columns; column++)
    if (rowOf[column] > 0) columnOf[rowOf[column] - 1] = column - 1;
  return columnOf;
}
