import { DataError, UsageError } from '../errors.js';
import { readNumbers } from './chunk-reader.js';
import type { Database } from './database.js';
import type { FeatureObject, Scales } from './feature.js';
import { constantFeature, missingValue, noLogarithm } from './feature-problems.js';
import type { FittedFeature } from './fitted-feature.js';
import type { QualityRow } from './quality.js';
import type { FeatureOrigin } from './raw-features.js';
import { applyScale, type FittedScale, fitScale, mean, quantile } from './scaler.js';
import { identifier, literal } from './sql.js';

/** A column of the table of raw features. */
interface RawColumnName {
  table: string;
  column: string;
  rows: number;
  snapshot: string | null;
  /** `[rows]`, room for its values, which are those of the column before until it is read. */
  values: Float64Array;
  /** `[rows]`, where in `values` each row of the table goes; in their order unless told. */
  places?: Int32Array;
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
async function customerAt(db: Database, { table, places }: RawColumnName, row: number): Promise<string> {
  const sorted = places ? 'ORDER BY id' : '';
  const sql = `SELECT CAST(id AS VARCHAR) AS id FROM (SELECT id FROM ${table} ${sorted} LIMIT 1 OFFSET ${row})`;
  return (await db.row<{ id: string }>(sql)).id;
}

/** Id of the first customer without a value. */
async function customerWithout(db: Database, { table, column }: RawColumnName): Promise<string> {
  const sql = `SELECT CAST(min(id) AS VARCHAR) AS id FROM ${table} WHERE ${column} IS NULL`;
  return (await db.row<{ id: string }>(sql)).id;
}

/** Fits a list of scalings one after another, each on what the one before it gives; `values` is scaled in place. */
async function fitScales(
  db: Database,
  origin: FeatureOrigin,
  name: string,
  values: Float64Array,
  scale: Scales,
  raw: RawColumnName,
): Promise<{ scales: FittedScale[]; notes: QualityRow[] }> {
  const scales: FittedScale[] = [];
  const notes: QualityRow[] = [];
  for (const kind of [scale].flat()) {
    if (kind === 'none') continue;
    const { scale: learnt, warning } = fitScale(kind, values);
    // A single customer has nothing to differ from.
    if ('spread' in learnt && learnt.spread === 0 && values.length > 1)
      throw constantFeature(kind, learnt.centre, name);
    if (warning) notes.push(note(origin, 'scale', name, values.length, values.length, warning));
    const invalid = applyScale(learnt, values);
    if (invalid >= 0) throw noLogarithm(kind, values[invalid], name, await customerAt(db, raw, invalid));
    scales.push(learnt);
  }
  return { scales, notes };
}

async function numberForMissing(
  db: Database,
  feature: FeatureObject,
  origin: FeatureOrigin,
  raw: RawColumnName,
  present: Float64Array,
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
  if (present.length === 0) return null;
  if (missing === 'mean') return mean(present);
  if (missing === 'median') return quantile(present.slice().sort(), 0.5);
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
  const { values } = raw;
  await readNumbers(db, `SELECT ${raw.column} FROM ${raw.table}`, [values], raw.places);
  let absent = 0;
  for (const value of values) if (Number.isNaN(value)) absent++;
  const present = absent > 0 ? values.filter(value => !Number.isNaN(value)) : values;
  const missing = await numberForMissing(db, feature, origin, raw, present);
  const notes: QualityRow[] = [];
  if (absent > 0) {
    if (missing === null) throw missingValue(origin, absent, await customerWithout(db, raw));
    for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row])) values[row] = missing;
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
  const fit = await fitScales(db, origin, feature.name, values, scale, raw);
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
    const { values: hot } = raw;
    if (scale === 'none') hot.fill(0);
    const value = `COALESCE(${raw.column}, ${literal(missing ?? '')}) = ${literal(category)}`;
    if (scale !== 'none')
      await readNumbers(db, `SELECT CAST(${value} AS DOUBLE) FROM ${raw.table}`, [hot], raw.places);
    const fit = await fitScales(db, origin, name, hot, scale, raw);
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
