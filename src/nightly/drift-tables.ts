import { type Column, type ColumnTable, type CustomerFeatures, columnTable, idText } from '../data/index.js';
import { noSegmentName } from './customer-table.js';
import { numberColumn } from './number-column.js';
import type { PreviousSegments } from './previous-segments.js';
import { type DriftReport, previousLabels } from './segment-drift.js';

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

/** One row a customer who changed segment, is new or is gone. */
export function migrationTable(
  customers: Pick<CustomerFeatures, 'names' | 'raw' | 'rows' | 'ids'>,
  labels: Int32Array,
  { segments }: DriftReport,
  previous: PreviousSegments,
): ColumnTable | undefined {
  const earlier = previousLabels(customers, previous);
  if (!earlier || !previous.segmentOf) return undefined;
  const ids: string[] = [];
  const [from, to]: number[][] = [[], []];
  const here = new Set<string>();
  for (let i = 0; i < labels.length; i++) {
    const id = idText(customers.ids, i);
    if (earlier[i] !== -2) here.add(id);
    const continues = labels[i] < 0 ? -1 : (segments[labels[i]].previous?.segment ?? -3);
    if (earlier[i] === continues) continue;
    ids.push(id);
    from.push(earlier[i]);
    to.push(labels[i]);
  }
  for (const [id, segment] of previous.segmentOf) {
    if (here.has(id)) continue;
    ids.push(id);
    from.push(segment);
    to.push(-2);
  }
  const nameOf = (names: readonly string[]) => (segment: number) =>
    segment === -2 ? null : segment < 0 ? noSegmentName : (names[segment] ?? null);
  return columnTable([
    { name: 'customer', type: 'text', values: ids },
    wholes('previousSegment', Int32Array.from(from)),
    {
      name: 'previousName',
      type: 'text',
      values: from.map(nameOf(previous.reference.segments.map(({ name }) => name))),
    },
    wholes('segment', Int32Array.from(to)),
    { name: 'segmentName', type: 'text', values: to.map(nameOf(segments.map(({ name }) => name))) },
  ]);
}
