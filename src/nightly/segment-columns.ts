import { closeColumns, type Database, type KeptColumn, keptColumns } from '../data/index.js';
import type { SegmentAssignment } from '../segment/index.js';

/** The segments of all customers, see {@link SegmentAssignment}: in memory, or on disk where they would not fit. */
export interface SegmentColumns {
  labels: KeptColumn<'int32'>;
  distances: KeptColumn<'float64'>;
  memberships?: KeptColumn<'float32'>;
}

/**
 * Keeps the segments of customers.
 *
 * @param parts of them, from the first customer to the last.
 * @param memory bytes that they may take before they are left on disk.
 */
export async function keepSegments(
  database: Database,
  customers: number,
  parts: AsyncIterable<SegmentAssignment> | Iterable<SegmentAssignment>,
  memory: number,
): Promise<SegmentColumns> {
  const columns = keptColumns(database, { labels: 'int32', distances: 'float64' }, customers, memory);
  let memberships: KeptColumn<'float32'> | undefined;
  let from = 0;
  try {
    for await (const part of parts) {
      await columns.labels.write(from, part.labels);
      await columns.distances.write(from, part.distances);
      if (part.memberships) {
        memberships ??= keptColumns(database, { memberships: 'float32' }, customers, memory).memberships;
        await memberships.write(from, part.memberships);
      }
      from += part.labels.length;
    }
  } finally {
    await closeColumns({ ...columns, ...(memberships && { memberships }) });
  }
  return { ...columns, memberships };
}

/** The segments of some customers, `to` not included. */
export function assignmentOf(
  { labels, distances, memberships }: SegmentColumns,
  from: number,
  to: number,
): SegmentAssignment {
  return {
    labels: labels.part(from, to),
    distances: distances.part(from, to),
    memberships: memberships?.part(from, to),
  };
}
