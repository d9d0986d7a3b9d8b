import type { Vector } from 'apache-arrow';
import { z } from 'zod';
import { DataError, UsageError } from '../errors.js';
import { checkNumbers } from './check-features.js';
import { copyNumbers, IdCollector } from './chunk-reader.js';
import { ColumnFile } from './column-file.js';
import { tableColumns } from './columns.js';
import { type CustomerFeatures, HeldFeatures, SpooledFeatures } from './customer-features.js';
import type { Database } from './database.js';
import { encodeFeature, type FeatureBatch } from './encode-feature.js';
import type { Feature, FeatureObject, Scales } from './feature.js';
import { BatchBuilder, type FeatureMatrix } from './feature-matrix.js';
import { plainPath } from './files.js';
import { fitFeature } from './fit-feature.js';
import { type FittedFeature, fittedFeatureSchema } from './fitted-feature.js';
import { checkStrangers } from './integrity.js';
import { keptColumns } from './kept-column.js';
import { hasCustomers } from './population.js';
import type { QualityRow } from './quality.js';
import { rawColumn } from './raw-column.js';
import { bytesPerFeature, featureOrigin, type RawTable, rawFeatures } from './raw-features.js';
import { resolveSnapshot } from './snapshot.js';
import { literal, literals } from './sql.js';

export interface FeatureContext {
  /** "Now" of recency. Default: one day after the last transaction. */
  snapshot?: string | Date;
  /** Scaling of features that declare none. Default: standard. */
  scale?: Scales;
}

/** Customers of a batch. */
const usualBatch = 65_536;

const savedSchema = z.strictObject({
  version: z.literal(1),
  snapshot: z.string().nullable(),
  features: z.array(fittedFeatureSchema),
});

type Saved = z.infer<typeof savedSchema>;

/**
 * Turns the tables of a shop into a feature matrix. What it learns when it is fitted (means, categories, what a
 * missing value is taken as, the snapshot) is kept, so that other customers are measured with the same rule.
 */
export class FeatureEncoder {
  readonly features: FittedFeature[];
  /** The "now" it was fitted with, UTC; null when no feature needs one. */
  readonly snapshot: string | null;
  /** What fitting found worth a word: missing values, categories that tell none apart. */
  readonly quality: QualityRow[];

  private constructor(features: FittedFeature[], snapshot: string | null, quality: QualityRow[] = []) {
    this.features = features;
    this.snapshot = snapshot;
    this.quality = quality;
  }

  /** Names of the columns of the matrix. */
  get names(): string[] {
    return this.features.flatMap(feature => feature.columns.map(({ name }) => name));
  }

  /**
   * Learns the encoding from the tables in `db`.
   *
   * @throws DataError for a column that is unknown or not of numbers, a value that is not finite, missing or has no
   * logarithm; UsageError for SQL that does not run
   */
  static async fit(
    db: Database,
    features: readonly Feature[],
    context: FeatureContext = {},
  ): Promise<FeatureEncoder> {
    const { encoder, raw } = await fitted(db, features, context);
    await raw.drop();
    return encoder;
  }

  /** Learns the encoding and encodes the same customers; the tables are aggregated once. */
  static async fitTransform(
    db: Database,
    features: readonly Feature[],
    context: FeatureContext = {},
  ): Promise<{ encoder: FeatureEncoder; matrix: FeatureMatrix }> {
    const { encoder, raw } = await fitted(db, features, context);
    for await (const matrix of encoder.#batches(db, raw, raw.rows)) return { encoder, matrix };
    throw new Error('a table of features has no rows');
  }

  /**
   * As {@link fitTransform}, but features that would take more than `memory` bytes are left on disk, whence they are read
   * batch by batch or one at a time.
   */
  static async fitWithin(
    db: Database,
    features: readonly Feature[],
    memory: number,
    context: FeatureContext = {},
  ): Promise<{ encoder: FeatureEncoder; customers: CustomerFeatures }> {
    const { encoder, raw } = await fitted(db, features, context, memory);
    return { encoder, customers: await encoder.#within(db, raw, memory) };
  }

  /** As {@link transform}, left on disk where it would take more than `memory` bytes. */
  async transformWithin(
    db: Database,
    memory: number,
    options: { snapshot?: string | Date } = {},
  ): Promise<CustomerFeatures> {
    return this.#within(db, await this.#raw(db, options.snapshot), memory);
  }

  /** Encodes all customers of the tables in `db`. */
  async transform(db: Database, options: { snapshot?: string | Date } = {}): Promise<FeatureMatrix> {
    const raw = await this.#raw(db, options.snapshot);
    for await (const matrix of this.#batches(db, raw, raw.rows)) return matrix;
    throw new Error('a table of features has no rows');
  }

  /**
   * Encodes the customers of the tables in `db`, batch by batch, sorted by id across batches; memory grows with the
   * rows of a batch only.
   *
   * @param options.snapshot "now" of recency; default: that of the fit, or one day after the last transaction if
   * that is later
   */
  async *transformBatches(
    db: Database,
    options: { snapshot?: string | Date; rows?: number } = {},
  ): AsyncGenerator<FeatureMatrix> {
    const raw = await this.#raw(db, options.snapshot);
    yield* this.#batches(db, raw, options.rows ?? usualBatch);
  }

  toJSON(): Saved {
    return { version: 1, snapshot: this.snapshot, features: this.features };
  }

  /** @throws DataError when `json` is not what `toJSON` gave */
  static fromJSON(json: unknown): FeatureEncoder {
    const saved = savedSchema.safeParse(json);
    if (saved.success) return new FeatureEncoder(saved.data.features, saved.data.snapshot);
    throw new DataError({
      expected: 'a saved feature encoder',
      found: z.prettifyError(saved.error).split('\n')[0],
      hint: 'Fit the model again with this version.',
    });
  }

  /** @internal For `fit`, which learns before there is an encoder. */
  static of(features: FittedFeature[], snapshot: string | null, quality: QualityRow[]): FeatureEncoder {
    return new FeatureEncoder(features, snapshot, quality);
  }

  async #raw(db: Database, given?: string | Date): Promise<RawTable> {
    let snapshot: string | undefined;
    if (this.snapshot !== null) {
      const times = (await tableColumns(db, 'transactions')).some(({ name }) => name === 'time');
      const now = given !== undefined || times ? await resolveSnapshot(db, given) : this.snapshot;
      snapshot = given === undefined && now < this.snapshot ? this.snapshot : now;
    }
    const origins = this.features.map(({ categories, ...origin }) => ({
      ...origin,
      categorical: categories !== undefined,
    }));
    const raw = await rawFeatures(db, origins, snapshot);
    await checkNumbers(db, raw, origins);
    return raw;
  }

  /** SQL of the values of a feature in a table of raw features. */
  #selected(index: number): string {
    const { categories } = this.features[index];
    // -2 where there is none, -1 where it is a category that was not there at the fit.
    return categories
      ? `CASE WHEN f${index} IS NULL THEN -2 ELSE COALESCE(list_position(${literals(categories)}, f${index}), 0) - 1 END`
      : `f${index}`;
  }

  /** Encodes customers, in files where they would take more than `memory` bytes, and drops the table of raw features. */
  async #within(db: Database, raw: RawTable, memory: number): Promise<CustomerFeatures> {
    if (bytesPerFeature * raw.rows * this.names.length > memory) return this.#spool(db, raw);
    for await (const matrix of this.#batches(db, raw, raw.rows)) return new HeldFeatures(matrix);
    throw new Error('a table of features has no rows');
  }

  /** Encodes customers feature by feature, writes them to files and drops the table of raw features. */
  async #spool(db: Database, raw: RawTable): Promise<SpooledFeatures> {
    const { names } = this;
    const scaled = new ColumnFile(db.scratchFile('scaled'), names.length, raw.rows, 'float32');
    const unscaled = new ColumnFile(db.scratchFile('raw'), names.length, raw.rows, 'float64');
    const ids = await keepIds(db, raw);
    try {
      let place = 0;
      for (const [index, feature] of this.features.entries()) {
        let from = 0;
        for await (const column of rawColumn(db, raw, this.#selected(index), !!feature.categories)) {
          const rows = column.length;
          const batch: FeatureBatch = { values: new Float32Array(feature.columns.length * rows), raw: [] };
          encodeFeature(feature, column, row => `in row ${from + row + 1}`, batch);
          for (const [c, values] of batch.raw.entries()) {
            await scaled.write(place + c, from, batch.values.subarray(c * rows, (c + 1) * rows));
            await unscaled.write(place + c, from, values);
          }
          from += rows;
        }
        place += feature.columns.length;
      }
    } finally {
      await scaled.close();
      await unscaled.close();
      await raw.drop();
    }
    return new SpooledFeatures(names, { scaled, raw: unscaled }, ids);
  }

  /** Reads a table of raw features in batches and drops it at the end. */
  async *#batches(db: Database, raw: RawTable, size: number): AsyncGenerator<FeatureMatrix> {
    const selected = this.features.map((_, index) => this.#selected(index));
    let left = raw.rows;
    let batch = new BatchBuilder(this.features, Math.min(size, left));
    try {
      for await (const chunk of db.stream(`SELECT id, ${selected.join(', ')} FROM ${raw.table}`)) {
        for (let from = 0; from < chunk.rowCount; ) {
          const to = Math.min(chunk.rowCount, from + batch.room);
          batch.ids.add(chunk, 0, { from, to });
          for (const [index, column] of batch.columns.entries())
            copyNumbers(chunk, index + 1, column, batch.filled, { from, to });
          batch.filled += to - from;
          left -= to - from;
          from = to;
          if (batch.room > 0) continue;
          yield batch.finish(this.names);
          batch = new BatchBuilder(this.features, Math.min(size, left));
        }
      }
    } finally {
      await raw.drop();
    }
  }
}

/** Writes the ids of a table of raw features to a file; gives what reads them in batches, as often as wanted. */
async function keepIds(db: Database, raw: RawTable): Promise<() => AsyncGenerator<Vector>> {
  const file = db.scratchFile('ids');
  const sorted = raw.order ? 'ORDER BY id' : '';
  await db.run(
    `COPY (SELECT id FROM ${raw.table} ${sorted}) TO ${literal(file)} (FORMAT parquet, USE_TMP_FILE false)`,
  );
  return async function* () {
    let [ids, filled] = [new IdCollector(), 0];
    for await (const chunk of db.stream(`SELECT id FROM read_parquet(${literal(plainPath(file))})`)) {
      ids.add(chunk, 0);
      filled += chunk.rowCount;
      if (filled < usualBatch) continue;
      yield ids.finish();
      [ids, filled] = [new IdCollector(), 0];
    }
    if (filled > 0) yield ids.finish();
  };
}

async function fitted(
  db: Database,
  features: readonly Feature[],
  { snapshot: given, scale = 'standard' }: FeatureContext,
  memory = Number.POSITIVE_INFINITY,
): Promise<{ encoder: FeatureEncoder; raw: RawTable }> {
  const declared: FeatureObject[] = features.map(feature =>
    typeof feature === 'string' ? { name: feature } : feature,
  );
  if (declared.length === 0)
    throw new UsageError({
      expected: 'at least one feature',
      found: 'none',
      key: 'features',
      hint: 'Declare recency, for one.',
    });
  const origins = declared.map(featureOrigin);
  const needsSnapshot = origins.some(({ kind }) => kind === 'recency');
  const snapshot = needsSnapshot ? await resolveSnapshot(db, given) : null;
  const raw = await rawFeatures(db, origins, snapshot ?? undefined, memory);
  try {
    await checkNumbers(db, raw, origins);
    const quality: QualityRow[] = [];
    if (await hasCustomers(db, 'customers'))
      for (const source of new Set(origins.map(origin => origin.source)))
        if (source !== 'customers') quality.push(...(await checkStrangers(db, source)));
    const learnt: FittedFeature[] = [];
    // One column for all: those that are let go of are freed late.
    const { values } = keptColumns(db, { values: 'float64' }, raw.rows, memory);
    try {
      for (const [index, feature] of declared.entries()) {
        const column = { ...raw, column: `f${index}`, snapshot, values };
        const { fitted, notes } = await fitFeature(
          db,
          feature,
          origins[index],
          column,
          feature.scale ?? scale,
        );
        learnt.push(fitted);
        quality.push(...notes);
      }
    } finally {
      await values.close();
    }
    const names = learnt.flatMap(({ columns }) => columns.map(({ name }) => name));
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined)
      throw new UsageError({
        expected: 'features of different names',
        found: `"${twice}" twice`,
        key: 'features',
      });
    return { encoder: FeatureEncoder.of(learnt, snapshot, quality), raw };
  } catch (error) {
    await raw.drop();
    throw error;
  }
}
