import { type CustomerColumn, ranges } from '../customer-column.js';
import { DataError, UsageError } from '../errors.js';
import type { Database } from './database.js';
import type { FeatureObject, Scales } from './feature.js';
import { constantFeature, missingValue, noLogarithm } from './feature-problems.js';
import type { FittedFeature } from './fitted-feature.js';
import type { KeptColumn } from './kept-column.js';
import type { QualityRow } from './quality.js';
import { rawColumn } from './raw-column.js';
import type { FeatureOrigin, RawTable } from './raw-features.js';
import { applyScale, type FittedScale, fitScale, mean, quantiles } from './scaler.js';
import { identifier, literal } from './sql.js';

/** A column of the table of raw features. */
interface RawColumnName extends Pick<RawTable, 'table' | 'rows' | 'order'> {
  column: string;
  snapshot: string | null;
  /** Room for its values, by id, which are those of the column before until it is read. */
  values: KeptColumn<'float64'>;
}

interface Fit {
  fitted: FittedFeature;
  notes: QualityRow[];
}

function note(
  origin: FeatureOrigin,
  rule: string,
  column: string,
  rows: number,
  changed: number,
  reason: string,
): QualityRow {
  return { source: origin.source, rule, column, rowsIn: rows, rowsChanged: changed, rowsDropped: 0, reason };
}

/** Id of the customer of a value. */
async function customerAt(db: Database, { table, order }: RawColumnName, row: number): Promise<string> {
  const sorted = order ? 'ORDER BY id' : '';
  const sql = `SELECT CAST(id AS VARCHAR) AS id FROM (SELECT id FROM ${table} ${sorted} LIMIT 1 OFFSET ${row})`;
  return (await db.row<{ id: string }>(sql)).id;
}

/** Id of the first customer without a value. */
async function customerWithout(db: Database, { table, column }: RawColumnName): Promise<string> {
  const sql = `SELECT CAST(min(id) AS VARCHAR) AS id FROM ${table} WHERE ${column} IS NULL`;
  return (await db.row<{ id: string }>(sql)).id;
}

/** Reads the values of a column, or what SQL makes of them. */
async function read(db: Database, raw: RawColumnName, selected = raw.column): Promise<void> {
  let from = 0;
  for await (const piece of rawColumn(db, raw, selected)) {
    await raw.values.write(from, piece as Float64Array);
    from += piece.length;
  }
}

/** A column as `change` changes a copy of some of its values. */
function changed(
  column: CustomerColumn<Float64Array>,
  change: (values: Float64Array) => void,
): CustomerColumn<Float64Array> {
  return {
    length: column.length,
    part(from, to) {
      const values = column.part(from, to).slice();
      change(values);
      return values;
    },
  };
}

/** The first customer whose value has no such logarithm, and the value. */
function firstInvalid(
  scale: FittedScale,
  values: CustomerColumn<Float64Array>,
): { row: number; value: number } | undefined {
  for (const { from, to } of ranges(values.length)) {
    const some = values.part(from, to).slice();
    const invalid = applyScale(scale, some);
    if (invalid >= 0) return { row: from + invalid, value: some[invalid] };
  }
  return undefined;
}

/** Fits a list of scalings one after another, each on what the one before it gives. */
async function fitScales(
  db: Database,
  origin: FeatureOrigin,
  name: string,
  raw: RawColumnName,
  all: CustomerColumn<Float64Array>,
  scale: Scales,
): Promise<{ scales: FittedScale[]; notes: QualityRow[] }> {
  const scales: FittedScale[] = [];
  const notes: QualityRow[] = [];
  let values = all;
  for (const kind of [scale].flat()) {
    if (kind === 'none') continue;
    const { scale: learnt, warning } = fitScale(kind, values);
    // A single customer has nothing to differ from.
    if ('spread' in learnt && learnt.spread === 0 && values.length > 1)
      throw constantFeature(kind, learnt.centre, name);
    if (warning) notes.push(note(origin, 'scale', name, values.length, values.length, warning));
    if (kind === 'log' || kind === 'log1p') {
      const invalid = firstInvalid(learnt, values);
      if (invalid) throw noLogarithm(kind, invalid.value, name, await customerAt(db, raw, invalid.row));
    }
    scales.push(learnt);
    values = changed(values, some => applyScale(learnt, some));
  }
  return { scales, notes };
}

async function numberForMissing(
  db: Database,
  feature: FeatureObject,
  origin: FeatureOrigin,
  raw: RawColumnName,
  present: number,
): Promise<number | null> {
  const { missing } = feature;
  if (typeof missing === 'number') return missing;
  if (missing === 'error') return null;
  if (missing === undefined) {
    if (origin.kind === 'column') return null;
    if (origin.kind !== 'recency') return 0;
    // A customer without purchases has been away for as long as the data goes back.
    const { days } = await db.row<{ days: number | null }>(
      `SELECT date_sub('day', min(time), CAST(${literal(raw.snapshot!)} AS TIMESTAMP)) AS days FROM ${identifier(origin.source)}`,
    );
    return days ?? 0;
  }
  if (!['mean', 'median', 'mode'].includes(missing))
    throw new UsageError({
      expected: 'a number, mean, median, mode or error',
      found: JSON.stringify(missing),
      key: `features.${feature.name}.missing`,
    });
  if (present === 0) return null;
  if (missing === 'mean') return mean(raw.values);
  if (missing === 'median') return quantiles(raw.values, [0.5])[0];
  const { value } = await db.row<{ value: number }>(
    `SELECT ${raw.column} AS value FROM ${raw.table} WHERE ${raw.column} IS NOT NULL
     GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1`,
  );
  return value;
}

async function fitNumber(
  db: Database,
  feature: FeatureObject,
  origin: FeatureOrigin,
  raw: RawColumnName,
  scale: Scales,
): Promise<Fit> {
  await read(db, raw);
  let absent = 0;
  for (const { from, to } of ranges(raw.rows)) {
    for (const value of raw.values.part(from, to)) if (Number.isNaN(value)) absent++;
  }
  const missing = await numberForMissing(db, feature, origin, raw, raw.rows - absent);
  const notes: QualityRow[] = [];
  if (absent > 0) {
    if (missing === null) throw missingValue(origin, absent, await customerWithout(db, raw));
    notes.push(
      note(
        origin,
        'feature',
        feature.name,
        raw.rows,
        absent,
        `customers without a value are taken as ${missing}`,
      ),
    );
  }
  const filled =
    missing === null || absent === 0
      ? raw.values
      : changed(raw.values, some => {
          for (let i = 0; i < some.length; i++) if (Number.isNaN(some[i])) some[i] = missing;
        });
  const fit = await fitScales(db, origin, feature.name, raw, filled, scale);
  const { name, source, kind, from } = origin;
  return {
    fitted: { name, source, kind, from, missing, columns: [{ name, scales: fit.scales }] },
    notes: [...notes, ...fit.notes],
  };
}

async function fitCategories(
  db: Database,
  feature: FeatureObject,
  origin: FeatureOrigin,
  raw: RawColumnName,
  scale: Scales,
): Promise<Fit> {
  const limit = feature.maxCategories ?? 50;
  const counts = await db.rows<{ category: string | null; customers: number }>(
    `SELECT ${raw.column} AS category, count(*) AS customers FROM ${raw.table} GROUP BY 1 ORDER BY 1 NULLS LAST`,
  );
  const absent = counts.find(({ category }) => category === null)?.customers ?? 0;
  const present = counts.filter(({ category }) => category !== null) as {
    category: string;
    customers: number;
  }[];
  const categories = present.map(({ category }) => category);
  if (categories.length > limit)
    throw new DataError({
      expected: `at most ${limit} categories for the feature ${feature.name}`,
      found: categories.length.toLocaleString('en'),
      file: origin.source,
      column: origin.from,
      hint: 'Group them in SQL, raise `maxCategories`, or leave the feature out if it is an id.',
    });
  let missing: string | null = null;
  if (feature.missing === 'mode') {
    missing =
      present.reduce((most, each) => (each.customers > most.customers ? each : most), present[0])?.category ??
      null;
  } else if (feature.missing !== undefined && feature.missing !== 'error') missing = String(feature.missing);
  const notes: QualityRow[] = [];
  if (absent > 0) {
    if (missing === null) throw missingValue(origin, absent, await customerWithout(db, raw));
    notes.push(
      note(
        origin,
        'feature',
        feature.name,
        raw.rows,
        absent,
        `customers without a category are taken as "${missing}"`,
      ),
    );
    if (!categories.includes(missing)) categories.push(missing);
    categories.sort();
  }
  if (categories.length === 1)
    notes.push(
      note(
        origin,
        'encode',
        feature.name,
        raw.rows,
        0,
        `every customer is "${categories[0]}": it tells none apart`,
      ),
    );
  const columns: FittedFeature['columns'] = [];
  for (const category of categories) {
    const name = `${feature.name}=${category}`;
    const value = `COALESCE(${raw.column}, ${literal(missing ?? '')}) = ${literal(category)}`;
    if (scale !== 'none') await read(db, raw, `CAST(${value} AS DOUBLE)`);
    const fit = await fitScales(db, origin, name, raw, raw.values, scale);
    columns.push({ name, scales: fit.scales });
    notes.push(...fit.notes);
  }
  const { name, source, kind, from } = origin;
  return { fitted: { name, source, kind, from, categories, missing, columns }, notes };
}

/** Learns how one feature is encoded, from its column of the table of raw features. */
export async function fitFeature(
  db: Database,
  feature: FeatureObject,
  origin: FeatureOrigin,
  raw: RawColumnName,
  scale: Scales,
): Promise<Fit> {
  if (!origin.categorical) return fitNumber(db, feature, origin, raw, scale);
  return fitCategories(db, feature, origin, raw, feature.scale ?? 'none');
}
