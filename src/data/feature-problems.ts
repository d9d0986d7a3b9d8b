import { DataError } from '../errors.js';
import type { FittedScale } from './scaler.js';

interface Described {
  name: string;
  source: string;
  from?: string;
  categorical: boolean;
}

/** The error for customers without a value where nothing was declared to take for it. */
export function missingValue(feature: Described, count: number, customer: string): DataError {
  const take = feature.categorical ? 'mode`, or a category such as unknown' : 'median`, or a number';
  return new DataError({
    expected: `a value of the feature ${feature.name} for every customer`,
    found:
      count === 1
        ? `none for ${customer}`
        : `none for ${count.toLocaleString('en')} of them, ${customer} for one`,
    file: feature.source,
    column: feature.from,
    hint: `Declare what to take: \`missing: ${take}; or fill it with a cleaning step.`,
  });
}

/** The error for a feature that has one value and so no spread to be scaled by. */
export function constantFeature(kind: FittedScale['kind'], value: number, column: string): DataError {
  return new DataError({
    expected: `numbers that differ, to be scaled by ${kind}`,
    found: `${value} for every customer`,
    column,
    hint: 'Leave the feature out, since it tells no customers apart, or scale it with none.',
  });
}

/** The error for a number that has no logarithm. */
export function noLogarithm(
  kind: FittedScale['kind'],
  value: number,
  column: string,
  customer: string,
): DataError {
  const plain = kind === 'log';
  return new DataError({
    expected: plain
      ? 'numbers above 0, which have a logarithm'
      : 'numbers above -1, for the logarithm of 1 + x',
    found: `${value} for customer ${customer}`,
    column,
    hint: plain
      ? 'Scale it with log1p, which takes 0 too, or filter such rows.'
      : 'Filter such rows, or scale it with robust.',
  });
}
