import {
  Bool,
  type DataType,
  type Decimal,
  Dictionary,
  Float32,
  Float64,
  Int32,
  Int64,
  makeData,
  Table,
  TimestampMicrosecond,
  Type,
  Utf8,
  Vector,
} from 'apache-arrow';
import { DataError } from '../errors.js';
import { type Column, type ColumnTable, columnTable, type NumberColumn } from './column-table.js';

/** One bit per row, the lowest bit first, as Arrow keeps what is present and what is true. */
function bits(flags: ArrayLike<unknown>, isSet: (flag: unknown) => boolean): Uint8Array {
  const packed = new Uint8Array(Math.ceil(flags.length / 8));
  for (let row = 0; row < flags.length; row++) if (isSet(flags[row])) packed[row >> 3] |= 1 << (row & 7);
  return packed;
}

/** Packs texts as Arrow's Utf8: all bytes in one buffer, with offsets. */
export function textVector(values: readonly (string | null)[]): Vector<Utf8> {
  const valueOffsets = new Int32Array(values.length + 1);
  let length = 0;
  for (let row = 0; row < values.length; row++) {
    length += values[row] === null ? 0 : Buffer.byteLength(values[row] as string);
    valueOffsets[row + 1] = length;
  }
  const data = Buffer.allocUnsafe(length);
  let missing = 0;
  for (let row = 0; row < values.length; row++) {
    const text = values[row];
    if (text === null) missing++;
    else data.write(text, valueOffsets[row], 'utf8');
  }
  const nullBitmap = missing > 0 ? bits(values, value => value !== null) : undefined;
  return new Vector([
    makeData({ type: new Utf8(), length: values.length, nullCount: missing, nullBitmap, valueOffsets, data }),
  ]);
}

/** Wraps integers as an Arrow vector, without a copy. */
export function integerVector(values: BigInt64Array): Vector<Int64> {
  return new Vector([makeData({ type: new Int64(), length: values.length, data: values })]);
}

function numberData(column: NumberColumn) {
  const { values, valid } = column;
  const nullCount = valid ? valid.reduce((count, flag) => count + (flag ? 0 : 1), 0) : 0;
  const rest = {
    length: values.length,
    nullCount,
    nullBitmap: valid && nullCount > 0 ? bits(valid, Boolean) : undefined,
  };
  switch (column.type) {
    case 'float64':
      return makeData({ type: new Float64(), data: column.values, ...rest });
    case 'float32':
      return makeData({ type: new Float32(), data: column.values, ...rest });
    case 'int32':
      return makeData({ type: new Int32(), data: column.values, ...rest });
    case 'int64':
      return makeData({ type: new Int64(), data: column.values, ...rest });
    case 'timestamp':
      return makeData({ type: new TimestampMicrosecond(), data: column.values, ...rest });
    case 'boolean':
      return makeData({ type: new Bool(), data: bits(column.values, Boolean), ...rest });
  }
}

function columnVector(column: Column): Vector {
  if (column.type === 'text') return textVector(column.values);
  if (column.type !== 'dictionary') return new Vector<DataType>([numberData(column)]);
  const { codes } = column;
  const nullCount = codes.reduce((count, code) => count + (code < 0 ? 1 : 0), 0);
  const nullBitmap = nullCount > 0 ? bits(codes, code => (code as number) >= 0) : null;
  const type = new Dictionary(new Utf8(), new Int32());
  const dictionary = textVector(column.dictionary);
  return new Vector([
    makeData({ type, length: codes.length, nullCount, nullBitmap, data: codes, dictionary }),
  ]);
}

/** A table as Arrow's; numbers are wrapped without a copy. */
export function toArrow(table: ColumnTable): Table {
  return new Table(Object.fromEntries(table.columns.map(column => [column.name, columnVector(column)])));
}

function texts(vector: Vector): (string | null)[] {
  return Array.from({ length: vector.length }, (_, row) => {
    const value = vector.get(row);
    return value === null ? null : String(value);
  });
}

function converted<T extends Float64Array | BigInt64Array | Uint8Array>(
  vector: Vector,
  values: T,
  convert: (value: never) => T[number],
): { values: T; valid?: Uint8Array } {
  if (vector.nullCount === 0) {
    for (let row = 0; row < values.length; row++) values[row] = convert(vector.get(row) as never);
    return { values };
  }
  const valid = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = vector.get(row);
    if (value === null) continue;
    values[row] = convert(value as never);
    valid[row] = 1;
  }
  return { values, valid };
}

/** Microseconds of a date or time, which apache-arrow gives in milliseconds. */
function micros(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * 1000));
}

/** The whole number that Arrow keeps in words of 32 bits, the lowest first, in two's complement. */
function wholeOf(words: ArrayLike<number>): bigint {
  let whole = 0n;
  for (let i = words.length - 1; i >= 0; i--) whole = (whole << 32n) | BigInt(words[i]! >>> 0);
  return BigInt.asIntN(32 * words.length, whole);
}

/** Decimals as numbers: those without places behind the point whole ones, as far as these have room. */
function fromDecimals(name: string, vector: Vector, { scale, precision }: Decimal): Column {
  const { length } = vector;
  if (scale === 0 && precision <= 18) {
    return { name, type: 'int64', ...converted(vector, new BigInt64Array(length), wholeOf) };
  }
  const number = (words: ArrayLike<number>) => Number(`${wholeOf(words)}e${-scale}`);
  return { name, type: 'float64', ...converted(vector, new Float64Array(length), number) };
}

const greatest = 2n ** 63n - 1n;

/** @throws DataError for a number that 64 bits with a sign have no room for */
function wholeNumber(value: number | bigint): bigint {
  const whole = BigInt(value);
  if (whole <= greatest) return whole;
  throw new DataError({
    expected: 'whole numbers below 2^63',
    found: String(whole),
    hint: 'Write the column as text.',
  });
}

function fromVector(name: string, vector: Vector): Column | undefined {
  const { length } = vector;
  const type = vector.type as DataType;
  switch (type.typeId) {
    case Type.Null:
      return { name, type: 'text', values: new Array<null>(length).fill(null) };
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Dictionary:
      return { name, type: 'text', values: texts(vector) };
    case Type.Bool:
      return {
        name,
        type: 'boolean',
        ...converted(vector, new Uint8Array(length), (value: boolean) => (value ? 1 : 0)),
      };
    case Type.Int:
      return {
        name,
        type: 'int64',
        ...converted(vector, new BigInt64Array(length), wholeNumber),
      };
    case Type.Decimal:
      return fromDecimals(name, vector, type as Decimal);
    case Type.Float:
      return {
        name,
        type: 'float64',
        ...converted(vector, new Float64Array(length), (value: number) => value),
      };
    case Type.Date:
    case Type.Timestamp:
      return { name, type: 'timestamp', ...converted(vector, new BigInt64Array(length), micros) };
    default:
      return undefined;
  }
}

function readVector(column: string, vector: Vector, file: string | undefined): Column | undefined {
  try {
    return fromVector(column, vector);
  } catch (error) {
    throw error instanceof DataError ? new DataError({ ...error.complaint, file, column }) : error;
  }
}

/**
 * The columns of an Arrow table or record batch: integers become int64, floats float64, dates and times timestamps,
 * dictionaries text, decimals float64 or, without places behind the point, int64.
 *
 * @throws DataError for a nested type (list, struct, map) or binary, and for unsigned integers of 2^63 or more
 */
export function fromArrow(table: Pick<Table, 'schema' | 'getChildAt'>, file?: string): ColumnTable {
  return columnTable(
    table.schema.fields.map((field, index) => {
      const column = readVector(field.name, table.getChildAt(index) as Vector, file);
      if (column) return column;
      throw new DataError({
        expected: 'text, numbers, truth values, dates or times',
        found: `the Arrow type ${field.type}`,
        file,
        column: field.name,
        hint: 'Leave the column out of the file, or save it as Parquet, which reads every type.',
      });
    }),
  );
}
