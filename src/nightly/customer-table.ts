import { type Column, type ColumnTable, columnTable, idColumn } from '../data/index.js';
import type { SegmentAssignment } from '../segment/index.js';
import { numberColumn } from './number-column.js';
import { scoresOf } from './rfm-scores.js';
import { assignmentOf } from './segment-columns.js';
import type { Findings } from './stage.js';
import { forecastColumns } from './value-tables.js';

/** Who never bought has no recency, but has bought 0 times for 0. */
function zeroIfNone(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

/** A score; 0, of customers who never bought, is a missing value. */
function scoreColumn(name: string, scores: Uint8Array): Column {
  const valid = scores.map(score => (score === 0 ? 0 : 1));
  return { name, type: 'int32', values: Int32Array.from(scores), ...(valid.includes(0) && { valid }) };
}

/** What was found of the values of some customers, `to` not included. */
function valueColumns(value: NonNullable<Findings['value']>, from: number, to: number): Column[] {
  const { buying, forecast, among } = value;
  const scores = scoresOf(value, from, to);
  return [
    numberColumn('recency', buying.part('recency', from, to)),
    numberColumn('frequency', buying.part('frequency', from, to).map(zeroIfNone)),
    numberColumn('monetary', buying.part('monetary', from, to).map(zeroIfNone)),
    scoreColumn('R', scores.recency),
    scoreColumn('F', scores.frequency),
    scoreColumn('M', scores.monetary),
    {
      name: 'rfm',
      type: 'dictionary',
      codes: Int32Array.from(scores.segment),
      dictionary: scores.names,
    },
    ...(among
      ? [
          {
            name: 'rfmGroup',
            type: 'dictionary',
            codes: among.codes.part(from, to),
            dictionary: among.names,
          } as const,
        ]
      : []),
    ...(forecast ? forecastColumns(forecast, from, to) : []),
  ];
}

/** What customers who belong to no segment are shown under. */
export const noSegmentName = 'No segment (noise)';

/**
 * The segment of each customer (-1 for none), its name, the Euclidean distance to its centre in scaled features, and how
 * strongly they belong to it where that is known.
 */
export function segmentColumns(
  { labels, distances, memberships }: SegmentAssignment,
  names: readonly string[],
): Column[] {
  const hasNoise = labels.includes(-1);
  return [
    { name: 'segment', type: 'int32', values: labels },
    {
      name: 'segmentName',
      type: 'dictionary',
      codes: hasNoise ? labels.map(label => (label < 0 ? names.length : label)) : labels,
      dictionary: hasNoise ? [...names, noSegmentName] : names,
    },
    numberColumn('distance', distances),
    ...(memberships
      ? [{ name: 'membership', type: 'float64', values: Float64Array.from(memberships) } as const]
      : []),
  ];
}

/** One row a customer with all that was found about them, in parts; none where nothing was. */
export async function* customerTables({ features, segments, value }: Findings): AsyncGenerator<ColumnTable> {
  if (!(segments || value)) return;
  const batches = (features ?? value?.buying)?.customers.idBatches() ?? [];
  const names = segments?.profiles.map(({ name }) => name) ?? [];
  let from = 0;
  for await (const ids of batches) {
    const to = from + ids.length;
    const assignment = segments && assignmentOf(segments.customers, from, to);
    yield columnTable([
      idColumn('customer', ids),
      ...(assignment ? segmentColumns(assignment, names) : []),
      ...(value ? valueColumns(value, from, to) : []),
    ]);
    from = to;
  }
}
