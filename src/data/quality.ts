import { type ColumnTable, columnTable } from './column-table.js';

/** One line of the data quality report: what one rule did to one source. */
export interface QualityRow {
  source: string;
  /** What was applied: `dropDuplicates`, `missing`, `types`, `outliers`, `filter`, `scale`, … */
  rule: string;
  /** The column the rule looked at, null when it looked at whole rows. */
  column: string | null;
  rowsIn: number;
  rowsChanged: number;
  rowsDropped: number;
  reason: string;
}

/** The report as a table for `writeTable`. */
export function qualityTable(rows: readonly QualityRow[]): ColumnTable {
  const count = (pick: (row: QualityRow) => number) => BigInt64Array.from(rows, row => BigInt(pick(row)));
  return columnTable([
    { name: 'source', type: 'text', values: rows.map(row => row.source) },
    { name: 'rule', type: 'text', values: rows.map(row => row.rule) },
    { name: 'column', type: 'text', values: rows.map(row => row.column) },
    { name: 'rowsIn', type: 'int64', values: count(row => row.rowsIn) },
    { name: 'rowsChanged', type: 'int64', values: count(row => row.rowsChanged) },
    { name: 'rowsDropped', type: 'int64', values: count(row => row.rowsDropped) },
    { name: 'reason', type: 'text', values: rows.map(row => row.reason) },
  ]);
}
