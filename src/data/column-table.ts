import { DataType, type Vector } from 'apache-arrow';

interface Named {
  name: string;
}

interface Valid {
  /** 1 where there is a value, 0 where it is missing; left out when nothing is missing. */
  valid?: Uint8Array;
}

export type NumberColumn = Named &
  Valid &
  (
    | { type: 'float64'; values: Float64Array }
    | { type: 'float32'; values: Float32Array }
    | { type: 'int32'; values: Int32Array }
    | { type: 'int64'; values: BigInt64Array }
    /** 0 or 1. */
    | { type: 'boolean'; values: Uint8Array }
    /** Microseconds since 1970, UTC. */
    | { type: 'timestamp'; values: BigInt64Array }
  );

export type TextColumn = Named & { type: 'text'; values: readonly (string | null)[] };

/** Text that repeats: a code per row into `dictionary`, -1 where it is missing. */
export type DictionaryColumn = Named & {
  type: 'dictionary';
  codes: Int32Array;
  dictionary: readonly string[];
};

export type Column = NumberColumn | TextColumn | DictionaryColumn;

/** Columns of equal length: the plain currency between the models and the files they are written to. */
export interface ColumnTable {
  rows: number;
  columns: Column[];
}

/** Number of rows of a column. */
export function columnLength(column: Column): number {
  return column.type === 'dictionary' ? column.codes.length : column.values.length;
}

/** Some rows of a column, `to` not included; numbers are not copied. */
export function columnPart(column: Column, from: number, to: number): Column {
  if (column.type === 'text') return { ...column, values: column.values.slice(from, to) };
  if (column.type === 'dictionary') return { ...column, codes: column.codes.subarray(from, to) };
  const valid = column.valid?.subarray(from, to);
  return { ...column, values: column.values.subarray(from, to), ...(valid && { valid }) } as NumberColumn;
}

/** Makes a table of columns; they have to be of equal length and of different names. */
export function columnTable(columns: Column[]): ColumnTable {
  const rows = columns.length > 0 ? columnLength(columns[0]) : 0;
  const names = new Set<string>();
  for (const column of columns) {
    if (columnLength(column) !== rows)
      throw new RangeError(
        `column ${column.name} has ${columnLength(column)} rows where others have ${rows}`,
      );
    if (names.has(column.name)) throw new RangeError(`two columns are named ${column.name}`);
    names.add(column.name);
  }
  return { rows, columns };
}

/** An id as text, whatever the type of the vector that holds it. */
export function idText(ids: Vector, index: number): string {
  return String(ids.get(index));
}

/**
 * A column of ids gathered by index, for tables such as (customer, rank, item).
 *
 * @param ids Utf8 or Int64, as in `FeatureMatrix.ids`
 * @param indices rows of `ids`; -1 gives a missing value; left out: all of them in order
 */
export function idColumn(name: string, ids: Vector, indices?: Int32Array): Column {
  if (DataType.isInt(ids.type)) {
    const all: BigInt64Array = ids.toArray();
    if (!indices) return { name, type: 'int64', values: all };
    const values = new BigInt64Array(indices.length);
    const valid = new Uint8Array(indices.length);
    for (let row = 0; row < indices.length; row++) {
      if (indices[row] < 0) continue;
      values[row] = all[indices[row]];
      valid[row] = 1;
    }
    return valid.includes(0) ? { name, type: 'int64', values, valid } : { name, type: 'int64', values };
  }
  if (!indices) {
    const dictionary = Array.from({ length: ids.length }, (_, index) => idText(ids, index));
    return { name, type: 'dictionary', codes: Int32Array.from(dictionary.keys()), dictionary };
  }
  // Only the ids that are asked for are made into text: there may be few of many.
  const places = new Map<number, number>([[-1, -1]]);
  const dictionary: string[] = [];
  const codes = indices.map(index => {
    const known = places.get(index);
    if (known !== undefined) return known;
    places.set(index, dictionary.length);
    return dictionary.push(idText(ids, index)) - 1;
  });
  return { name, type: 'dictionary', codes, dictionary };
}
