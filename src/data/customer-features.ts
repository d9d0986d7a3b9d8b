import type { Vector } from 'apache-arrow';
import type { ColumnFile } from './column-file.js';
import type { FeatureMatrix } from './feature-matrix.js';
import type { NumberBatch } from './number-batches.js';

/** The features of all customers: in memory, or on disk where they would not fit. */
export interface CustomerFeatures {
  readonly names: string[];
  /** Customers. */
  readonly rows: number;
  /** Features. */
  readonly columns: number;
  /** `[columns, rows]`, the scaled values of everybody; undefined where they are on disk. */
  readonly values?: Float32Array;
  /** `[customers]`, a feature in its own unit, missing values filled in; of those on disk, until the next is asked for. */
  raw(feature: number): Float64Array;
  /** Some customers of the same, `to` not included; not to be written to. */
  rawPart(feature: number, from: number, to: number): Float64Array;
  /** The ids in batches, Utf8 or Int64, sorted across batches. */
  idBatches(): AsyncIterable<Vector>;
  /** The scaled values in batches of customers; each lasts until the next. */
  batches(): AsyncIterable<NumberBatch>;
}

/** Customers of a batch at most, and bytes of its values where there are many features. */
const mostRows = 65_536;
const bytesOfBatch = 8e6;

export class HeldFeatures implements CustomerFeatures {
  constructor(readonly matrix: FeatureMatrix) {}

  get names() {
    return this.matrix.names;
  }

  get rows() {
    return this.matrix.rows;
  }

  get columns() {
    return this.matrix.columns;
  }

  get values() {
    return this.matrix.values;
  }

  raw(feature: number): Float64Array {
    return this.matrix.raw[feature];
  }

  rawPart(feature: number, from: number, to: number): Float64Array {
    return this.matrix.raw[feature].subarray(from, to);
  }

  async *idBatches(): AsyncGenerator<Vector> {
    const { ids } = this.matrix;
    for (let from = 0; from < ids.length; from += mostRows) yield ids.slice(from, from + mostRows);
  }

  async *batches(): AsyncGenerator<NumberBatch> {
    yield this.matrix;
  }
}

/** Features in files that go when the database is closed. */
export class SpooledFeatures implements CustomerFeatures {
  readonly #scaled: ColumnFile<'float32'>;
  readonly #raw: ColumnFile<'float64'>;

  /**
   * @param files of all features, whole.
   * @param idBatches gives the ids from the first to the last.
   */
  constructor(
    readonly names: string[],
    files: { scaled: ColumnFile<'float32'>; raw: ColumnFile<'float64'> },
    readonly idBatches: () => AsyncIterable<Vector>,
  ) {
    this.#scaled = files.scaled;
    this.#raw = files.raw;
  }

  get rows() {
    return this.#scaled.rows;
  }

  get columns() {
    return this.#scaled.columns;
  }

  raw(feature: number): Float64Array {
    return this.#raw.column(feature);
  }

  rawPart(feature: number, from: number, to: number): Float64Array {
    return this.#raw.part(feature, from, to);
  }

  async *batches(): AsyncGenerator<NumberBatch> {
    yield* this.#scaled.batches(Math.min(mostRows, Math.ceil(bytesOfBatch / (4 * this.columns))));
  }
}
