import { type CustomerNumbers, columnOf, ranges } from '../customer-column.js';
import { type CategoryColumn, type CategoryProfile, profileCategories } from './category-profile.js';
import { type Explanation, explainSegments, type SegmentExplanation } from './explain/index.js';
import { type ProfileInput, profileSegments } from './profile.js';
import { type ActionRule, suggestActions } from './segment-actions.js';
import type { SegmentProfile } from './segment-profile.js';

/** A segment with everything that is told of it. */
export interface DescribedSegment extends SegmentProfile {
  /** Categories that are surely found more or less often than among all customers, the surest first. */
  categories: CategoryProfile[];
  /** The conditions by which it can be told. */
  explanation: SegmentExplanation;
  /** What to do; empty where no rule fits. */
  action: string;
}

/** Customers who belong to no segment. */
export interface NoiseProfile {
  size: number;
  share: number;
  /** NaN where revenue was not given. */
  revenue: number;
  revenueShare: number;
}

export interface SegmentDescription {
  segments: DescribedSegment[];
  /** Undefined where everybody has a segment. */
  noise?: NoiseProfile;
  /** Every category of every segment, by segment, the surest first. */
  categories: CategoryProfile[][];
  /** Share of the customers that the conditions put into the right segment. */
  fidelity: number;
  tree: Explanation['tree'];
}

export interface DescribeInput extends ProfileInput {
  categories?: readonly CategoryColumn[];
  /** Default: what shops usually do. */
  actions?: readonly ActionRule[];
  /** Conditions of the description at most. Default: 3. */
  depth?: number;
  seed?: number;
  signal?: AbortSignal;
}

/** Corrected p-value from which on a category is told; less than one in a hundred told ones is by chance. */
const sure = 0.01;

/** A category has to be found this many times as often, or as rarely, to be worth a word. */
const leastLift = 1.1;

/** Profiles, conditions, categories and actions of segments. */
export async function describeSegments(input: DescribeInput): Promise<SegmentDescription> {
  const { labels, k, features, revenue, depth, seed, signal } = input;
  const profiles = profileSegments(input);
  const categories = profileCategories(labels, k, input.categories ?? []);
  const { fidelity, segments, tree } = await explainSegments(features, labels, k, { depth, seed, signal });
  const actions = suggestActions(profiles, input.actions);
  return {
    segments: profiles.map((profile, segment) => ({
      ...profile,
      categories: categories[segment].filter(
        ({ adjustedPValue, lift }) => adjustedPValue < sure && Math.max(lift, 1 / lift) >= leastLift,
      ),
      explanation: segments[segment],
      action: actions[segment],
    })),
    noise: noiseOf(labels, revenue),
    categories,
    fidelity,
    tree,
  };
}

function noiseOf(labels: CustomerNumbers, revenue?: CustomerNumbers): NoiseProfile | undefined {
  let [size, own, total] = [0, 0, 0];
  for (const { from, to } of ranges(labels.length)) {
    const segments = columnOf(labels).part(from, to);
    const amounts = revenue && columnOf(revenue).part(from, to);
    for (let i = 0; i < to - from; i++) {
      const amount = amounts ? amounts[i] : Number.NaN;
      total += amount;
      if (segments[i] >= 0) continue;
      size++;
      own += amount;
    }
  }
  if (size === 0) return undefined;
  const known = revenue !== undefined;
  return {
    size,
    share: size / labels.length,
    revenue: known ? own : Number.NaN,
    revenueShare: known ? own / total : Number.NaN,
  };
}
