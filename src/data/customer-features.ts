import type { Vector } from 'apache-arrow';
import { type CustomerColumn, columnOf } from '../customer-column.js';
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
  /** A feature in its own unit, missing values filled in. */
  raw(feature: number): CustomerColumn<Float64Array>;
  /** A feature, scaled. */
  scaled(feature: number): CustomerColumn<Float32Array>;
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

  raw(feature: number): CustomerColumn<Float64Array> {
    return columnOf(this.matrix.raw[feature]);
  }

  scaled(feature: number): CustomerColumn<Float32Array> {
    return columnOf(this.matrix.values.subarray(feature * this.rows, (feature + 1) * this.rows));
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

  raw(feature: number): CustomerColumn<Float64Array> {
    return this.#raw.column(feature);
  }

  scaled(feature: number): CustomerColumn<Float32Array> {
    return this.#scaled.column(feature);
  }

  async *batches(): AsyncGenerator<NumberBatch> {
    yield* this.#scaled.batches(Math.min(mostRows, Math.ceil(bytesOfBatch / (4 * this.columns))));
  }
}
