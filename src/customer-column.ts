/** Customers who are looked at together. */
const customersAtATime = 65_536;

/** Numbers of all customers, of which some are looked at at a time: they need not be in memory. */
export interface CustomerColumn<Numbers extends ArrayLike<number> = ArrayLike<number>> {
  /** Customers. */
  readonly length: number;
  /** The numbers of some customers, `to` not included; not to be written to. */
  part(from: number, to: number): Numbers;
}

/** `[customers]`, in an array or in a column. */
export type CustomerNumbers = ArrayLike<number> | CustomerColumn;

function isColumn(numbers: CustomerNumbers): numbers is CustomerColumn {
  return 'part' in numbers;
}

type TypedArray = Float64Array | Float32Array | Int32Array;

/** A column of numbers that are in memory; columns as they are. */
export function columnOf<Numbers extends TypedArray>(numbers: Numbers): CustomerColumn<Numbers>;
export function columnOf(numbers: CustomerNumbers): CustomerColumn;
export function columnOf(numbers: CustomerNumbers): CustomerColumn {
  if (isColumn(numbers)) return numbers;
  const { length } = numbers;
  const part = (from: number, to: number): ArrayLike<number> =>
    ArrayBuffer.isView(numbers)
      ? (numbers as Float64Array).subarray(from, to)
      : Array.prototype.slice.call(numbers, from, to);
  return { length, part };
}

/** A column of the same number for every customer. */
export function sameForAll(number: number, customers: number): CustomerColumn<Int32Array> {
  return { length: customers, part: (from, to) => new Int32Array(to - from).fill(number) };
}

/** All customers from the first to the last, some at a time. */
export function* ranges(customers: number): Generator<{ from: number; to: number }> {
  for (let from = 0; from < customers; from += customersAtATime) {
    yield { from, to: Math.min(from + customersAtATime, customers) };
  }
}

/**
 * The numbers of some customers, read the faster the more of them ascend.
 *
 * @param unknown what a customer of number -1 gets.
 */
export function gathered(
  column: CustomerColumn,
  customers: ArrayLike<number>,
  unknown = Number.NaN,
): Float64Array {
  const values = new Float64Array(customers.length);
  for (let i = 0; i < customers.length; ) {
    const from = customers[i];
    if (from < 0) {
      values[i++] = unknown;
      continue;
    }
    let [end, last] = [i + 1, from];
    for (; end < customers.length; end++) {
      const next = customers[end];
      if (next < last || next >= from + customersAtATime) break;
      last = next;
    }
    const some = column.part(from, last + 1);
    for (; i < end; i++) values[i] = some[customers[i] - from];
  }
  return values;
}

/** Reads the numbers of one customer after another, fast where they ascend. */
export function readerOf(column: CustomerColumn): (customer: number) => number {
  let [from, to] = [0, 0];
  let some: ArrayLike<number> = [];
  return customer => {
    if (customer < from || customer >= to) {
      from = customer - (customer % customersAtATime);
      to = Math.min(from + customersAtATime, column.length);
      some = column.part(from, to);
    }
    return some[customer - from];
  };
}
