import { type CustomerColumn, type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { DataError, UsageError } from '../errors.js';
import { batchesOf, type Features, readBatches } from '../segment/batches.js';
import { type CustomerStream, type Visit, visitAll, visitStream } from '../segment/visit.js';
import { takeTurns } from '../turns.js';

/** Where the segments lie and how far their customers scatter, in float64. */
export interface SegmentScatter {
  features: number;
  /** Customers that belong to a segment. */
  customers: number;
  /** Labels of the segments that have customers, ascending; the rest is in this order. */
  segments: number[];
  sizes: Float64Array;
  /** `[segments, features]`, the means. */
  centroids: Float64Array;
  /** `[features]`, the mean of all customers that belong to a segment. */
  mean: Float64Array;
  /** Sum of squared distances from the own centroid. */
  squares: Float64Array;
  /** Mean distance from the own centroid. */
  distances: Float64Array;
}

/** @throws DataError for fewer than two segments or no two customers in any. */
export function checkSegments(segments: number, customers: number): void {
  if (segments >= 2 && segments < customers) return;
  throw new DataError({
    expected: 'at least two segments and fewer segments than customers',
    found: `${segments} segment${segments === 1 ? '' : 's'} of ${customers} customers`,
  });
}

async function visitBatches(x: Features, labels: CustomerNumbers): Promise<Visit> {
  const batches = batchesOf(x);
  checkLabels(batches.customers, labels);
  return visitAll(batches.tensors, await readBatches(batches));
}

function checkLabels(customers: number, { length }: CustomerNumbers): void {
  if (length !== customers) throw new UsageError({ expected: `${customers} labels`, found: `${length}` });
}

/**
 * One pass for the means, one for the distances. Customers with a label below 0 are left out.
 *
 * @throws DataError as {@link checkSegments}.
 */
export async function segmentScatter(
  x: Features | CustomerStream,
  labels: CustomerNumbers,
): Promise<SegmentScatter> {
  const scatter = await scatterOf(x, labels);
  checkSegments(scatter.segments.length, scatter.customers);
  return scatter;
}

/** As {@link segmentScatter}, also of a single segment. */
export async function scatterOf(
  x: Features | CustomerStream,
  labels: CustomerNumbers,
): Promise<SegmentScatter> {
  const visit = typeof x === 'function' ? visitStream(x, takeTurns()) : await visitBatches(x, labels);
  const column = columnOf(labels);
  const sizeOf = segmentSizes(column);
  const segments = [...sizeOf.keys()];
  const placeOf = new Map(segments.map((label, place) => [label, place]));
  const placesOf = (from: number, to: number) =>
    Int32Array.from(column.part(from, to), label => placeOf.get(label) ?? -1);
  const count = segments.length;
  const sizes = Float64Array.from(sizeOf.values());
  const customers = sizes.reduce((sum, size) => sum + size, 0);

  let [features, centroids, mean, seen] = [0, new Float64Array(), new Float64Array(), 0];
  await visit(async ({ values, customers: n, from, x: { shape } }) => {
    if (from === 0) {
      features = shape[0];
      centroids = new Float64Array(count * features);
      mean = new Float64Array(features);
    }
    seen += n;
    const places = placesOf(from, from + n);
    for (let f = 0; f < features; f++) {
      for (let i = 0; i < n; i++) {
        const place = places[i];
        if (place < 0) continue;
        centroids[place * features + f] += values[f * n + i];
        mean[f] += values[f * n + i] / customers;
      }
    }
  });
  checkLabels(seen, labels);
  for (let p = 0; p < centroids.length; p++) centroids[p] /= sizes[Math.floor(p / features)];

  const squares = new Float64Array(count);
  const distances = new Float64Array(count);
  await visit(async ({ values, customers: n, from }) => {
    const places = placesOf(from, from + n);
    for (let i = 0; i < n; i++) {
      const place = places[i];
      if (place < 0) continue;
      let sum = 0;
      for (let f = 0; f < features; f++) sum += (values[f * n + i] - centroids[place * features + f]) ** 2;
      squares[place] += sum;
      distances[place] += Math.sqrt(sum) / sizes[place];
    }
  });
  return { features, customers, segments, sizes, centroids, mean, squares, distances };
}

/** How many customers each segment has, by ascending labels; those below 0 are no segment. */
export function segmentSizes(labels: CustomerColumn): Map<number, number> {
  const sizes = new Map<number, number>();
  for (const { from, to } of ranges(labels.length)) {
    const some = labels.part(from, to);
    for (let i = 0; i < to - from; i++) {
      if (some[i] >= 0) sizes.set(some[i], (sizes.get(some[i]) ?? 0) + 1);
    }
  }
  return new Map([...sizes].sort(([a], [b]) => a - b));
}
