import { ranges } from '../customer-column.js';
import { filledColumns } from './chunk-reader.js';
import type { Database } from './database.js';
import type { RawColumn } from './encode-feature.js';
import type { RawTable } from './raw-features.js';

/** Customers of a piece. */
const customersAtATime = 65_536;

/**
 * The values of a column of a table of raw features by id, in pieces of which each lasts until the next.
 *
 * @param selected SQL of the values.
 */
export async function* rawColumn(
  db: Database,
  { table, rows, order }: Pick<RawTable, 'table' | 'rows' | 'order'>,
  selected: string,
  areCodes = false,
): AsyncGenerator<RawColumn> {
  const sql = `SELECT ${selected} FROM ${table}`;
  const Numbers = areCodes ? Int32Array : Float64Array;
  if (order) {
    // As many customers as fit into memory are put in order at a time, each time from all of them.
    const window = new Numbers(Math.min(order.atATime, rows));
    for (let first = 0; first < rows; first += window.length) {
      let offset = 0;
      for await (const chunk of db.stream(sql)) {
        const places = order.places.part(offset, offset + chunk.rowCount);
        const values = chunk.getColumnVector(0);
        for (let row = 0; row < places.length; row++) {
          const place = places[row] - first;
          if (place < 0 || place >= window.length) continue;
          window[place] = (values.getItem(row) as number | null) ?? Number.NaN;
        }
        offset += chunk.rowCount;
      }
      const some = Math.min(window.length, rows - first);
      for (const { from, to } of ranges(some)) yield window.subarray(from, to);
    }
    return;
  }
  const piece = new Numbers(Math.min(customersAtATime, rows));
  for await (const filled of filledColumns(db, sql, [piece])) {
    yield filled < piece.length ? piece.subarray(0, filled) : piece;
  }
}
