import { type Column, type ColumnTable, columnTable } from '../data/index.js';
import type { Distinction, SegmentProfile } from '../segment/index.js';
import { numberColumn } from './number-column.js';

/** `high monetary, very low recency` */
export function distinctionText(distinctions: readonly Distinction[]): string {
  return distinctions
    .map(({ feature, direction, very }) => `${very ? 'very ' : ''}${direction} ${feature}`)
    .join(', ');
}

/** One row a segment: size, shares, what sets it apart, mean and median of each feature. */
export function segmentTable(profiles: readonly SegmentProfile[]): ColumnTable {
  const numbers = (name: string, pick: (profile: SegmentProfile) => number): Column =>
    numberColumn(name, Float64Array.from(profiles, pick));
  const features = profiles[0]?.features ?? [];
  return columnTable([
    { name: 'segment', type: 'int32', values: Int32Array.from(profiles, ({ segment }) => segment) },
    { name: 'name', type: 'text', values: profiles.map(({ name }) => name) },
    { name: 'size', type: 'int32', values: Int32Array.from(profiles, ({ size }) => size) },
    numbers('share', ({ share }) => share),
    numbers('revenue', ({ revenue }) => revenue),
    numbers('revenueShare', ({ revenueShare }) => revenueShare),
    {
      name: 'setsApart',
      type: 'text',
      values: profiles.map(({ distinctions }) => distinctionText(distinctions)),
    },
    ...features.flatMap(({ name }, f) => [
      numbers(`mean ${name}`, profile => profile.features[f].mean),
      numbers(`median ${name}`, profile => profile.features[f].median),
    ]),
  ]);
}
