import type { RunResult } from '../../nightly/run.js';
import type { SegmentProfile } from '../../segment/index.js';
import { count, counted, figure, percent } from './quantities.js';
import { type Column, table } from './table.js';

const mostFeatures = 6;
const mostDistinctions = 3;

/** A column of a table of segments, and what stands in it. */
type SegmentColumn = Column & { cell: (profile: SegmentProfile) => string };

/** Number, name, size and share of each segment, and its share of the revenue where that is known. */
function identity(profiles: readonly SegmentProfile[]): SegmentColumn[] {
  const known = profiles.some(({ revenueShare }) => !Number.isNaN(revenueShare));
  const revenue: SegmentColumn = {
    heading: 'revenue',
    align: 'right',
    cell: ({ revenueShare }) => percent(revenueShare),
  };
  return [
    { heading: '', align: 'right', cell: ({ segment }) => String(segment) },
    { heading: 'segment', width: 34, cell: ({ name }) => name },
    { heading: 'customers', align: 'right', cell: ({ size }) => count(size) },
    { heading: 'share', align: 'right', cell: ({ share }) => percent(share) },
    ...(known ? [revenue] : []),
  ];
}

/** `recency 12 (very low), monetary 2,340 (high)`: the median of what sets a segment apart most. */
function distinctions({ distinctions, features }: SegmentProfile): string {
  return distinctions
    .slice(0, mostDistinctions)
    .map(({ feature, direction, very }) => {
      const median = features.find(({ name }) => name === feature)?.median ?? Number.NaN;
      return `${feature} ${figure(median)} (${very ? 'very ' : ''}${direction})`;
    })
    .join(', ');
}

function filled(columns: SegmentColumn[], profiles: readonly SegmentProfile[]): string {
  return table(
    columns,
    profiles.map(profile => columns.map(({ cell }) => cell(profile))),
  );
}

/** Segments by name with size, shares and what sets them apart. */
export function segmentTable(profiles: readonly SegmentProfile[]): string {
  const apart: SegmentColumn = { heading: 'set apart by (medians)', width: 52, cell: distinctions };
  return filled([...identity(profiles), apart], profiles);
}

/** What `kindred segment` found: sizes, the means of the features, and how good the segments are. */
export function segmentSummary({ found: { segments } }: RunResult): string {
  if (!segments) return 'No segments.';
  const { model, profiles } = segments;
  const features = profiles[0].features.slice(0, mostFeatures);
  const means = features.map(
    ({ name }, f): SegmentColumn => ({
      heading: name,
      align: 'right',
      cell: profile => figure(profile.features[f].mean),
    }),
  );
  const rest = profiles[0].features.length - features.length;
  const fit = [
    `inertia ${model.inertia.toLocaleString('en-US', { maximumFractionDigits: 6 })}`,
    counted(model.iterations, 'iteration'),
    model.converged ? 'converged' : 'not converged: raise --max-iterations',
  ];
  const more = rest > 0 ? ` (${rest} more in the table of segments)` : '';
  return `${filled([...identity(profiles), ...means], profiles)}\n\nMeans of the features${more}; ${fit.join(', ')}`;
}
