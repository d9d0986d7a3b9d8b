/** Distinct rows of a table of numbers. */
export interface Collapsed {
  /** Column by column, one value for each distinct row. */
  columns: Float64Array[];
  /** How often each distinct row occurs. */
  counts: Float64Array;
  /** For each distinct row the number of the first row like it. */
  first: Float64Array;
}

/** Takes `wanted` values at least; the values so far stay. */
function grown(values: Float64Array, wanted: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(wanted);
  larger.set(values);
  return larger;
}

/**
 * Finds identical rows in one pass over a table that comes piece by piece, by hashing their bits. Distinct rows keep the
 * order of their first occurrence; memory grows with them alone.
 */
export class Collapser {
  readonly #columns: Float64Array[];
  #counts = new Float64Array(1024);
  #first = new Float64Array(1024);
  #hashes = new Int32Array(1024);
  /** Distinct row in each slot, from 1; 0 for an empty one. At most half of them are taken. */
  #slots = new Int32Array(2048);
  #distinct = 0;
  #rows = 0;

  constructor(columns: number) {
    this.#columns = Array.from({ length: columns }, () => new Float64Array(1024));
  }

  /** Takes more rows; `index` is told the distinct row of each of them. */
  add(table: readonly ArrayLike<number>[], index?: Int32Array): this {
    const n = table[0]!.length;
    const width = table.length;
    const row = new Float64Array(width);
    const words = new Int32Array(row.buffer);
    for (let i = 0; i < n; i++) {
      // Adding 0 makes the two zeros one.
      for (let c = 0; c < width; c++) row[c] = table[c]![i]! + 0;
      let hash = 0;
      for (let w = 0; w < words.length; w += 2) {
        hash = Math.imul(hash ^ words[w]!, 0x85ebca6b);
        hash = Math.imul((hash ^ (hash >>> 15)) + words[w + 1]!, 0xc2b2ae35);
      }
      hash ^= hash >>> 16;
      if (this.#distinct === this.#counts.length) this.#grow();
      const mask = this.#slots.length - 1;
      let slot = hash & mask;
      let found = this.#slots[slot]!;
      while (found > 0 && !this.#is(found - 1, hash, row)) {
        slot = (slot + 1) & mask;
        found = this.#slots[slot]!;
      }
      if (found === 0) {
        this.#slots[slot] = found = this.#distinct + 1;
        this.#append(hash, row, this.#rows + i);
      }
      this.#counts[found - 1]!++;
      if (index) index[i] = found - 1;
    }
    this.#rows += n;
    return this;
  }

  finish(): Collapsed {
    const end = this.#distinct;
    return {
      columns: this.#columns.map(column => column.slice(0, end)),
      counts: this.#counts.slice(0, end),
      first: this.#first.slice(0, end),
    };
  }

  #is(distinct: number, hash: number, row: Float64Array): boolean {
    if (this.#hashes[distinct] !== hash) return false;
    for (let c = 0; c < row.length; c++) if (this.#columns[c]![distinct] !== row[c]) return false;
    return true;
  }

  #append(hash: number, row: Float64Array, first: number): void {
    for (let c = 0; c < row.length; c++) this.#columns[c]![this.#distinct] = row[c]!;
    this.#hashes[this.#distinct] = hash;
    this.#first[this.#distinct++] = first;
  }

  #grow(): void {
    const size = 2 * this.#distinct;
    for (const [c, column] of this.#columns.entries()) this.#columns[c] = grown(column, size);
    this.#counts = grown(this.#counts, size);
    this.#first = grown(this.#first, size);
    const hashes = new Int32Array(size);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#slots = new Int32Array(2 * size);
    const mask = this.#slots.length - 1;
    for (let distinct = 0; distinct < this.#distinct; distinct++) {
      let slot = hashes[distinct]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = distinct + 1;
    }
  }
}

/** Every `step`-th distinct row: a smaller table to find starting values on. */
export function thinned({ columns, counts, first }: Collapsed, step: number): Collapsed {
  const some = (values: Float64Array) => values.filter((_, i) => i % step === 0);
  return { columns: columns.map(some), counts: some(counts), first: some(first) };
}
