import { type Column, type ColumnTable, columnTable } from '../data/index.js';
import {
  type CategoryProfile,
  type DescribedSegment,
  type Distinction,
  explanationText,
  type NoiseProfile,
} from '../segment/index.js';
import { noSegmentName } from './customer-table.js';
import { numberColumn } from './number-column.js';

/** `high monetary, very low recency` */
export function distinctionText(distinctions: readonly Distinction[]): string {
  return distinctions
    .map(({ feature, direction, very }) => `${very ? 'very ' : ''}${direction} ${feature}`)
    .join(', ');
}

/** What a row says of customers without a segment: how many they are, and nothing else. */
const nothingElse = Number.NaN;

/**
 * One row a segment: size, shares, what sets it apart, its action, the conditions that describe it and how far they
 * hold, and of each feature mean, median, spread and lift. Those without a segment are the last row, -1.
 */
export function segmentTable(profiles: readonly DescribedSegment[], noise?: NoiseProfile): ColumnTable {
  const numbers = (
    name: string,
    pick: (profile: DescribedSegment) => number,
    ofNoise: (noise: NoiseProfile) => number = () => nothingElse,
  ): Column =>
    numberColumn(name, Float64Array.from([...profiles.map(pick), ...(noise ? [ofNoise(noise)] : [])]));
  const whole = (name: string, values: number[], ofNoise: (noise: NoiseProfile) => number): Column => ({
    name,
    type: 'int32',
    values: Int32Array.from([...values, ...(noise ? [ofNoise(noise)] : [])]),
  });
  const text = (
    name: string,
    pick: (profile: DescribedSegment) => string,
    ofNoise: string | null = null,
  ): Column => ({
    name,
    type: 'text',
    values: [...profiles.map(profile => pick(profile) || null), ...(noise ? [ofNoise] : [])],
  });
  const features = profiles[0]?.features ?? [];
  return columnTable([
    whole(
      'segment',
      profiles.map(({ segment }) => segment),
      () => -1,
    ),
    text('name', ({ name }) => name, noSegmentName),
    whole(
      'size',
      profiles.map(({ size }) => size),
      ({ size }) => size,
    ),
    numbers(
      'share',
      ({ share }) => share,
      ({ share }) => share,
    ),
    numbers(
      'revenue',
      ({ revenue }) => revenue,
      ({ revenue }) => revenue,
    ),
    numbers(
      'revenueShare',
      ({ revenueShare }) => revenueShare,
      ({ revenueShare }) => revenueShare,
    ),
    text('setsApart', ({ distinctions }) => distinctionText(distinctions)),
    text('action', ({ action }) => action),
    text('conditions', ({ explanation }) => explanationText(explanation)),
    numbers('conditionsRecall', ({ explanation }) => explanation.recall),
    numbers('conditionsPrecision', ({ explanation }) => explanation.precision),
    ...features.flatMap(({ name }, f) => [
      numbers(`mean ${name}`, profile => profile.features[f].mean),
      numbers(`median ${name}`, profile => profile.features[f].median),
      numbers(`deviation ${name}`, profile => profile.features[f].deviation),
      numbers(`lower quartile ${name}`, profile => profile.features[f].lowerQuartile),
      numbers(`upper quartile ${name}`, profile => profile.features[f].upperQuartile),
      numbers(`lift ${name}`, profile => profile.features[f].lift),
    ]),
  ]);
}

/** One row a category of a segment, the surest first. */
export function categoryTable(bySegment: readonly (readonly CategoryProfile[])[]): ColumnTable | undefined {
  const rows = bySegment.flatMap((profiles, segment) => profiles.map(profile => ({ segment, ...profile })));
  if (rows.length === 0) return undefined;
  const numbers = (name: string, pick: (row: (typeof rows)[number]) => number): Column =>
    numberColumn(name, Float64Array.from(rows, pick));
  return columnTable([
    { name: 'segment', type: 'int32', values: Int32Array.from(rows, ({ segment }) => segment) },
    { name: 'column', type: 'text', values: rows.map(({ column }) => column) },
    { name: 'category', type: 'text', values: rows.map(({ category }) => category) },
    { name: 'customers', type: 'int32', values: Int32Array.from(rows, ({ customers }) => customers) },
    numbers('share', ({ share }) => share),
    numbers('overallShare', ({ overallShare }) => overallShare),
    numbers('lift', ({ lift }) => lift),
    numbers('pValue', ({ pValue }) => pValue),
    numbers('adjustedPValue', ({ adjustedPValue }) => adjustedPValue),
  ]);
}
