import type { RunResult } from '../../nightly/run.js';
import { count, counted, percent } from './quantities.js';
import { recommendationSummary } from './recommendations.js';
import { table } from './table.js';

type Found = RunResult['found'];
type Scores = NonNullable<Found['scores']>;
type Values = NonNullable<Found['valueScores']>;

/** How many of the scored customers are in each segment, and what they will bring in. */
export function scoreSummary(result: RunResult): string {
  const { scores, valueScores, recommendations } = result.found;
  const parts = [
    scores && segmentSizes(scores),
    valueScores && valueText(valueScores),
    recommendations && recommendationSummary(result),
  ];
  return parts.filter(Boolean).join('\n\n') || 'No scores.';
}

function valueText({ customers, alive, purchases, lifetimeValue, end }: Values): string {
  return `${counted(customers, 'customer')}, of whom ${count(alive)} are expected to be customers still on ${end}: ${counted(purchases, 'purchase')} to come, worth ${count(lifetimeValue)} today`;
}

function segmentSizes(scores: Scores): string {
  const none = scores.noise > 0 ? [{ segment: -1, name: 'no segment (noise)', size: scores.noise }] : [];
  const sizes = table(
    [
      { heading: '', align: 'right' },
      { heading: 'segment' },
      { heading: 'customers', align: 'right' },
      { heading: 'share', align: 'right' },
    ],
    [...scores.segments, ...none].map(({ segment, name, size }) => [
      segment < 0 ? '−1' : String(segment),
      name,
      count(size),
      percent(size / scores.rows),
    ]),
  );
  return scores.algorithm === 'hierarchical'
    ? `${sizes}\n\nHierarchical clustering has no rule for new customers: each was given the segment whose centroid is nearest.`
    : sizes;
}
