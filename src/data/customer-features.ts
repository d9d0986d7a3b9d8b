import type { Vector } from 'apache-arrow';
import { BatchFile } from './batch-file.js';
import type { Database } from './database.js';
import type { FeatureMatrix } from './feature-matrix.js';
import type { NumberBatch } from './number-batches.js';

/** The features of all customers: in memory, or on disk where they would not fit. */
export interface CustomerFeatures {
  readonly names: string[];
  /** Utf8 or Int64, sorted. */
  readonly ids: Vector;
  /** Customers. */
  readonly rows: number;
  /** Features. */
  readonly columns: number;
  /** `[columns, rows]`, the scaled values of everybody; undefined where they are on disk. */
  readonly values?: Float32Array;
  /** `[customers]`, a feature in its own unit, missing values filled in; of those on disk, until the next is asked for. */
  raw(feature: number): Float64Array;
  /** The scaled values in batches of customers; each lasts until the next. */
  batches(): AsyncIterable<NumberBatch>;
}

export class HeldFeatures implements CustomerFeatures {
  constructor(readonly matrix: FeatureMatrix) {}

  get names() {
    return this.matrix.names;
  }

  get ids() {
    return this.matrix.ids;
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

  async *batches(): AsyncGenerator<NumberBatch> {
    yield this.matrix;
  }
}

/** Features in files that go when the database is closed. */
export class SpooledFeatures implements CustomerFeatures {
  readonly #scaled: BatchFile<'float32'>;
  readonly #raw: BatchFile<'float64'>;

  private constructor(
    readonly names: string[],
    readonly ids: Vector,
    scaled: BatchFile<'float32'>,
    raw: BatchFile<'float64'>,
  ) {
    this.#scaled = scaled;
    this.#raw = raw;
  }

  /** Writes what an encoder gives, batch by batch. */
  static async write(
    db: Database,
    names: string[],
    batches: AsyncIterable<FeatureMatrix>,
  ): Promise<SpooledFeatures> {
    const scaled = new BatchFile(db.scratchFile('scaled'), names.length, 'float32');
    const raw = new BatchFile(db.scratchFile('raw'), names.length, 'float64');
    const ids: Vector[] = [];
    try {
      for await (const batch of batches) {
        await scaled.append([batch.values], batch.rows);
        await raw.append(batch.raw, batch.rows);
        ids.push(batch.ids);
      }
    } finally {
      await scaled.close();
      await raw.close();
    }
    return new SpooledFeatures(names, ids[0].concat(...ids.slice(1)), scaled, raw);
  }

  get rows() {
    return this.ids.length;
  }

  get columns() {
    return this.names.length;
  }

  raw(feature: number): Float64Array {
    return this.#raw.column(feature);
  }

  batches(): AsyncGenerator<NumberBatch> {
    return this.#scaled.batches();
  }
}
