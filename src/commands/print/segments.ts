import type { ChosenFeatures, FeatureVerdict } from '../../nightly/chosen-features.js';
import type { RunResult } from '../../nightly/run.js';
import type { Correlations } from '../../nightly/segment-correlation.js';
import type { SegmentFindings } from '../../nightly/segment-findings.js';
import {
  type CategoryProfile,
  type DescribedSegment,
  type NoiseProfile,
  ruleText,
} from '../../segment/index.js';
import { driftText } from './drift.js';
import { count, counted, figure, percent } from './quantities.js';
import { type Column, table } from './table.js';

const mostDistinctions = 3;
const mostCategories = 2;
const mostRules = 2;

/** A row of a table of segments: a segment, or those who have none. */
type SegmentRow = DescribedSegment | (NoiseProfile & { segment: -1 });

/** A column of a table of segments, and what stands in it; empty for those without a segment unless told. */
type SegmentColumn = Column & { cell: (row: SegmentRow) => string };

const ofSegments =
  (cell: (profile: DescribedSegment) => string) =>
  (row: SegmentRow): string =>
    'name' in row ? cell(row) : '';

/** Number, name, size and share of each segment, and its share of the revenue where that is known. */
function identity({ profiles }: SegmentFindings): SegmentColumn[] {
  const known = profiles.some(({ revenueShare }) => !Number.isNaN(revenueShare));
  const revenue: SegmentColumn = {
    heading: 'revenue',
    align: 'right',
    cell: ({ revenueShare }) => percent(revenueShare),
  };
  return [
    { heading: '', align: 'right', cell: ({ segment }) => (segment < 0 ? '−1' : String(segment)) },
    { heading: 'segment', width: 34, cell: row => ('name' in row ? row.name : 'no segment (noise)') },
    { heading: 'customers', align: 'right', cell: ({ size }) => count(size) },
    { heading: 'share', align: 'right', cell: ({ share }) => percent(share) },
    ...(known ? [revenue] : []),
  ];
}

/** `recency 12 (very low), monetary 2,340 (high)`: the median of what sets a segment apart most. */
function distinctions({ distinctions, features }: DescribedSegment): string {
  return distinctions
    .slice(0, mostDistinctions)
    .map(({ feature, direction, very }) => {
      const median = features.find(({ name }) => name === feature)?.median ?? Number.NaN;
      return `${feature} ${figure(median)} (${very ? 'very ' : ''}${direction})`;
    })
    .join(', ');
}

/** `country France 3.1× as often` */
function categoryText({ column, category, lift }: CategoryProfile): string {
  if (lift >= 1) return `${column} ${category} ${lift.toFixed(1)}× as often`;
  return lift === 0
    ? `never ${column} ${category}`
    : `${column} ${category} ${(1 / lift).toFixed(1)}× as rarely`;
}

/** `recency > 90 and frequency ≤ 1 (87 %)`: the conditions that cover most of a segment. */
function conditions({ explanation: { rules, recall } }: DescribedSegment): string {
  if (rules.length === 0) return 'no short rule tells it';
  const shown = rules.slice(0, mostRules).map(ruleText).join(', or ');
  const more = rules.length > mostRules ? ', …' : '';
  return `${shown}${more} (${percent(recall)})`;
}

function filled(columns: SegmentColumn[], { profiles, noise }: SegmentFindings): string {
  const rows: SegmentRow[] = [...profiles, ...(noise ? [{ ...noise, segment: -1 as const }] : [])];
  return table(
    columns,
    rows.map(row => columns.map(({ cell }) => cell(row))),
  );
}

/** What to do with each segment, the conditions that tell it, and what its customers have in common beside. */
function actionTable(segments: SegmentFindings): string {
  const { profiles } = segments;
  const columns: SegmentColumn[] = [
    { heading: '', align: 'right', cell: ({ segment }) => String(segment) },
    ...(profiles.some(({ action }) => action)
      ? [{ heading: 'suggested action', width: 34, cell: ofSegments(({ action }) => action || '–') }]
      : []),
    { heading: 'told by (share of the segment)', width: 44, cell: ofSegments(conditions) },
  ];
  if (profiles.some(({ categories }) => categories.length > 0)) {
    columns.push({
      heading: 'more or less often than all',
      width: 34,
      cell: ofSegments(({ categories }) => categories.slice(0, mostCategories).map(categoryText).join(', ')),
    });
  }
  return filled(columns, { ...segments, noise: undefined });
}

/** Segments by name with size, shares, what sets them apart, what to do, and what has changed. */
export function segmentTable(segments: SegmentFindings): string {
  const apart: SegmentColumn = {
    heading: 'set apart by (medians)',
    width: 52,
    cell: ofSegments(distinctions),
  };
  return [
    filled([...identity(segments), apart], segments),
    actionTable(segments),
    remarks(segments),
    segments.drift && driftText(segments.drift.report),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** How far the conditions may be trusted, and what the algorithm has to say. */
function remarks({ fidelity, remarks }: SegmentFindings): string {
  return [
    `These conditions put ${percent(fidelity)} of the customers into the right segment.`,
    ...remarks,
  ].join('\n');
}

/** Verdicts by feature: the columns of one that is encoded one-hot are one line, as telling as the most telling. */
function byFeature(features: readonly FeatureVerdict[]) {
  const groups = new Map<string, FeatureVerdict[]>();
  for (const verdict of features) {
    const name = verdict.name.split('=')[0];
    groups.set(name, [...(groups.get(name) ?? []), verdict]);
  }
  return [...groups].map(([name, verdicts]) => {
    const most = verdicts.reduce((a, b) => (b.mutualInformation > a.mutualInformation ? b : a));
    const others = verdicts.filter(({ correlatedWith }) => correlatedWith.split('=')[0] !== name);
    const twin = others.reduce<FeatureVerdict | undefined>(
      (a, b) => (a && a.correlation >= b.correlation ? a : b),
      undefined,
    );
    return { ...most, name, twin };
  });
}

/** The features that were chosen, and why the others were not. */
function featureText({ features }: SegmentFindings, chosen: ChosenFeatures | undefined): string {
  if (!features || !chosen) return '';
  const bits = (value: number) => (Number.isNaN(value) ? '' : value.toFixed(2));
  const rows = byFeature(features).map(verdict => [
    verdict.selected ? 'taken' : 'left out',
    verdict.name,
    verdict.reason,
    verdict.twin ? `${verdict.twin.correlation.toFixed(2)} ${verdict.twin.correlatedWith}` : '',
    bits(verdict.mutualInformation),
  ]);
  const unfit = chosen.ineligible.map(({ name, reason }) => ['left out', name, reason, '', '']);
  return table(
    [
      { heading: 'features' },
      { heading: '' },
      { heading: 'because', width: 46 },
      { heading: 'correlates most with' },
      { heading: `bits about the ${chosen.target ?? 'segments'}`, align: 'right' },
    ],
    [
      ...rows.filter(([taken]) => taken === 'taken'),
      ...rows.filter(([taken]) => taken !== 'taken'),
      ...unfit,
    ],
  );
}

/** Pairs of features that are worth a word, the strongest first. */
const mostPairs = 6;

function correlationText({ method, features, values }: Correlations): string {
  const pairs = features
    .flatMap((one, a) =>
      features.slice(a + 1).map((other, b) => ({ one, other, r: values[a * features.length + a + 1 + b] })),
    )
    .sort((p, q) => Math.abs(q.r) - Math.abs(p.r));
  if (pairs.length === 0) return '';
  const name = method === 'pearson' ? "Pearson's" : "Spearman's";
  const shown = pairs.slice(0, mostPairs).map(({ one, other, r }) => `${one} and ${other} ${r.toFixed(2)}`);
  const rest = pairs.length - shown.length;
  return `${name} correlation: ${shown.join(', ')}${rest > 0 ? `; ${rest} weaker in the table of correlations` : ''}`;
}

/** Characters that a line of a table has for the means of the features. */
const roomForMeans = 52;

/** A longer name is cut where it heads a column. */
const longestHeading = 28;

function headingOf(name: string): string {
  return name.length > longestHeading ? `${name.slice(0, longestHeading - 1)}…` : name;
}

/** How many columns of these names find room in a line. */
function fitting(names: readonly string[]): number {
  let room = roomForMeans;
  const beyond = names.findIndex(name => {
    room -= Math.max(headingOf(name).length, 7) + 2;
    return room < 0;
  });
  return beyond < 0 ? names.length : Math.max(1, beyond);
}

/** How well the segments fit, in one line. */
function fitText({ model, kmeans, density, hierarchy, quality }: SegmentFindings): string {
  const parts = [
    kmeans && `inertia ${kmeans.inertia.toLocaleString('en-US', { maximumFractionDigits: 6 })}`,
    kmeans && counted(kmeans.iterations, 'iteration'),
    kmeans && (kmeans.converged ? 'converged' : 'not converged: raise --max-iterations'),
    density && `DBSCAN with the radius ${figure(density.radius)}: ${counted(density.core, 'core customer')}`,
    model.algorithm === 'hdbscan' && `HDBSCAN: ${counted(model.k, 'segment')}`,
    hierarchy && `${hierarchy.linkage} linkage cut at the height ${figure(hierarchy.cutHeight)}`,
    Number.isNaN(quality.silhouette) ? undefined : `silhouette ${quality.silhouette.toFixed(3)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** What `kindred segment` found: sizes, the means of the features, what to do, and how good the segments are. */
export function segmentSummary({ found: { segments, features: found } }: RunResult): string {
  if (!segments) return 'No segments.';
  const { profiles } = segments;
  const features = profiles[0].features.slice(0, fitting(profiles[0].features.map(({ name }) => name)));
  const means = features.map(
    ({ name }, f): SegmentColumn => ({
      heading: headingOf(name),
      align: 'right',
      cell: ofSegments(profile => figure(profile.features[f].mean)),
    }),
  );
  const rest = profiles[0].features.length - features.length;
  const more = rest > 0 ? ` (${rest} more in the table of segments)` : '';
  return [
    featureText(segments, found?.chosen),
    filled([...identity(segments), ...means], segments),
    `Means of the features${more}; ${fitText(segments)}`,
    actionTable(segments),
    remarks(segments),
    segments.correlations && correlationText(segments.correlations),
    segments.drift && driftText(segments.drift.report),
  ]
    .filter(Boolean)
    .join('\n\n');
}
