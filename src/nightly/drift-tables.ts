import {
  type Column,
  type ColumnTable,
  type CustomerFeatures,
  columnTable,
  type Database,
  idText,
  type KeptColumn,
} from '../data/index.js';
import { noSegmentName } from './customer-table.js';
import { numberColumn } from './number-column.js';
import { goneCustomers } from './previous-customers.js';
import type { PreviousSegments } from './previous-segments.js';
import type { DriftReport } from './segment-drift.js';
import type { SegmentFindings } from './segment-findings.js';

const numbers = <T>(name: string, rows: readonly T[], pick: (row: T) => number): Column =>
  numberColumn(name, Float64Array.from(rows, pick));

/** Whole numbers of which -2 is a missing value. */
function wholes(name: string, values: Int32Array): Column {
  const valid = Uint8Array.from(values, value => (value === -2 ? 0 : 1));
  return { name, type: 'int32', values, ...(valid.includes(0) && { valid }) };
}

/** One row a feature: how its values have shifted. */
export function featureDriftTable({ features }: DriftReport): ColumnTable {
  return columnTable([
    { name: 'feature', type: 'text', values: features.map(({ feature }) => feature) },
    numbers('stabilityIndex', features, ({ psi }) => psi),
    { name: 'warning', type: 'boolean', values: Uint8Array.from(features, ({ warning }) => Number(warning)) },
    numbers('previousMean', features, ({ previousMean }) => previousMean),
    numbers('mean', features, ({ mean }) => mean),
  ]);
}

/** One row a segment: which earlier one it continues, how it moved, who stayed, came and left. */
export function segmentDriftTable({ segments }: DriftReport): ColumnTable {
  const whole = (name: string, pick: (row: (typeof segments)[number]) => number): Column =>
    wholes(name, Int32Array.from(segments, pick));
  return columnTable([
    whole('segment', ({ segment }) => segment),
    { name: 'name', type: 'text', values: segments.map(({ name }) => name) },
    whole('previousSegment', ({ previous }) => previous?.segment ?? -2),
    { name: 'previousName', type: 'text', values: segments.map(({ previous }) => previous?.name ?? null) },
    whole('size', ({ size }) => size),
    whole('previousSize', ({ previous }) => previous?.size ?? -2),
    numbers('share', segments, ({ share }) => share),
    numbers('previousShare', segments, ({ previous }) => previous?.share ?? Number.NaN),
    whole('stayed', ({ stayed }) => stayed),
    whole('joined', ({ joined }) => joined),
    whole('left', ({ left }) => left),
    numbers('moved', segments, ({ moved }) => moved),
    { name: 'movedMost', type: 'text', values: segments.map(({ most }) => most?.feature ?? null) },
  ]);
}

/** What segments are called, -1 being none and -2 unknown. */
const nameOf = (names: readonly string[]) => (segment: number) =>
  segment === -2 ? null : segment < 0 ? noSegmentName : (names[segment] ?? null);

/**
 * One row an earlier segment and one of now that have customers in common: how many these are, and what share of those of the earlier
 * segment who are still there. With the segments in rows and columns, it is the matrix of who went where.
 */
export function segmentMigrationTable(
  { migration, segments }: DriftReport,
  previous: PreviousSegments,
): ColumnTable {
  const { pairs } = migration;
  const nameBefore = nameOf(previous.reference.segments.map(({ name }) => name));
  const nameNow = nameOf(segments.map(({ name }) => name));
  const stillThere = new Map<number, number>();
  for (const { from, customers } of pairs) stillThere.set(from, (stillThere.get(from) ?? 0) + customers);
  return columnTable([
    wholes(
      'previousSegment',
      Int32Array.from(pairs, ({ from }) => from),
    ),
    { name: 'previousName', type: 'text', values: pairs.map(({ from }) => nameBefore(from)) },
    wholes(
      'segment',
      Int32Array.from(pairs, ({ to }) => to),
    ),
    { name: 'segmentName', type: 'text', values: pairs.map(({ to }) => nameNow(to)) },
    wholes(
      'customers',
      Int32Array.from(pairs, ({ customers }) => customers),
    ),
    numbers('share', pairs, ({ from, customers }) => customers / stillThere.get(from)!),
  ]);
}

/** One row a customer who changed segment, is new or is gone, in parts; none where the earlier customers were not kept. */
export async function* migrationTables(
  database: Database,
  customers: Pick<CustomerFeatures, 'idBatches'>,
  labels: KeptColumn<'int32'>,
  { report: { segments }, previous, earlier }: NonNullable<SegmentFindings['drift']>,
): AsyncGenerator<ColumnTable> {
  if (!(previous.customers && earlier)) return;
  const nameBefore = nameOf(previous.reference.segments.map(({ name }) => name));
  const nameNow = nameOf(segments.map(({ name }) => name));
  const part = (ids: string[], from: number[], to: number[]) =>
    columnTable([
      { name: 'customer', type: 'text', values: ids },
      wholes('previousSegment', Int32Array.from(from)),
      { name: 'previousName', type: 'text', values: from.map(nameBefore) },
      wholes('segment', Int32Array.from(to)),
      { name: 'segmentName', type: 'text', values: to.map(nameNow) },
    ]);
  let first = 0;
  for await (const batch of customers.idBatches()) {
    const ids: string[] = [];
    const [from, to]: number[][] = [[], []];
    const next = first + batch.length;
    const [now, before] = [labels.part(first, next), earlier.part(first, next)];
    for (let i = 0; i < batch.length; i++) {
      const continues = now[i] < 0 ? -1 : (segments[now[i]].previous?.segment ?? -3);
      if (before[i] === continues) continue;
      ids.push(idText(batch, i));
      from.push(before[i]);
      to.push(now[i]);
    }
    first = next;
    yield part(ids, from, to);
  }
  for await (const { ids, segments: left } of goneCustomers(database, previous.customers)) {
    yield part(ids, left, new Array<number>(ids.length).fill(-2));
  }
}
