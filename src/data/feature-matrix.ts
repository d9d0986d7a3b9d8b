import type { Vector } from 'apache-arrow';
import { IdCollector } from './chunk-reader.js';
import { idText } from './column-table.js';
import { encodeFeature, type FeatureBatch, type RawColumn } from './encode-feature.js';
import type { FittedFeature } from './fitted-feature.js';

/** What customers are told apart by: one row per feature, one column per customer. */
export interface FeatureMatrix extends FeatureBatch {
  names: string[];
  /** Utf8 or Int64, sorted. */
  ids: Vector;
  /** Customers. */
  rows: number;
  /** Features. */
  columns: number;
}

/** Collects the raw features of a batch of customers, then encodes them. */
export class BatchBuilder {
  readonly ids = new IdCollector();
  readonly columns: RawColumn[];
  readonly rows: number;
  filled = 0;
  readonly #features: readonly FittedFeature[];

  constructor(features: readonly FittedFeature[], rows: number) {
    this.#features = features;
    this.rows = rows;
    this.columns = features.map(({ categories }) =>
      categories ? new Int32Array(rows) : new Float64Array(rows),
    );
  }

  get room(): number {
    return this.rows - this.filled;
  }

  finish(names: string[]): FeatureMatrix {
    const ids = this.ids.finish();
    const batch: FeatureBatch = { values: new Float32Array(names.length * this.rows), raw: [] };
    for (const [index, feature] of this.#features.entries())
      encodeFeature(feature, this.columns[index], row => idText(ids, row), batch);
    return { names, ids, rows: this.rows, columns: names.length, ...batch };
  }
}
