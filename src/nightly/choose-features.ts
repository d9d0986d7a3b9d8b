import { tensor2d } from '@tensorflow/tfjs-core';
import { type CustomerColumn, gathered } from '../customer-column.js';
import {
  type CustomerFeatures,
  type Feature,
  FeatureEncoder,
  readCustomerGroups,
  type Scales,
} from '../data/index.js';
import { DataError } from '../errors.js';
import { Random } from '../random.js';
import { batchesOf, readBatches } from '../segment/batches.js';
import { distinctCustomers, sampleOf } from '../segment/candidates.js';
import { entropy } from '../segment/features/impurity.js';
import { KMeans, scoreFeatures, selectFeatures } from '../segment/index.js';
import { candidateFeatures } from './candidate-features.js';
import type { ChosenFeatures, FeatureVerdict } from './chosen-features.js';
import type { FeatureChoice } from './config/features.js';
import { featuresMemory } from './features-memory.js';
import { memoryShares } from './memory-shares.js';
import type { Run } from './stage.js';

/** Customers by whom features are judged. */
const judges = 50_000;

/** From this skewness on, the logarithm of an amount tells more than the amount. */
const skewed = 2;

function moments(values: ArrayLike<number>) {
  let [mean, squares, cubes, least] = [0, 0, 0, Number.POSITIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    mean += values[i] / values.length;
    least = Math.min(least, values[i]);
  }
  for (let i = 0; i < values.length; i++) {
    squares += (values[i] - mean) ** 2 / values.length;
    cubes += (values[i] - mean) ** 3 / values.length;
  }
  return { mean, deviation: Math.sqrt(squares), skewness: squares > 0 ? cubes / squares ** 1.5 : 0, least };
}

/** How a feature without a scaling of its own is scaled: amounts that are far from even by their logarithm. */
function scaleOf(values: ArrayLike<number>, usual: Scales): Scales {
  const { skewness, least } = moments(values);
  return usual === 'standard' && skewness > skewed && least >= 0 ? ['log1p', 'standard'] : usual;
}

/** The values as the scaling would leave them, as far as it matters for variance and correlation. */
function scaled(values: ArrayLike<number>, scale: Scales): Float64Array {
  let numbers = Float64Array.from(values);
  for (const step of [scale].flat()) {
    if (step === 'none') continue;
    if (step === 'log1p') numbers = numbers.map(Math.log1p);
    else if (step === 'log') numbers = numbers.map(Math.log);
    else {
      const { mean, deviation } = moments(numbers);
      numbers = numbers.map(value => (deviation > 0 ? (value - mean) / deviation : 0));
    }
  }
  return numbers;
}

interface CandidateColumn {
  name: string;
  /** Place in the list of features. */
  feature: number;
  scale: Scales;
  values: Float64Array;
}

/** Columns to judge: of a feature of two categories one, as the other says the same. */
function columnsOf(
  features: readonly Feature[],
  encoder: FeatureEncoder,
  everybody: CustomerFeatures,
  usual: Scales,
  chosen: Int32Array,
): CandidateColumn[] {
  const columns: CandidateColumn[] = [];
  let place = 0;
  encoder.features.forEach(({ categories, columns: own }, feature) => {
    const declared = features[feature];
    const scale = typeof declared === 'object' ? declared.scale : undefined;
    own.forEach(({ name }, i) => {
      const values = gathered(everybody.raw(place++), chosen);
      if (categories?.length === 2 && i === 0) return;
      const used = scale ?? (categories ? 'none' : scaleOf(values, usual));
      columns.push({ name, feature, scale: used, values: scaled(values, used) });
    });
  });
  return columns;
}

/**
 * Chooses the features of the segments among what the data have: none that is the same for everybody, none that says
 * what another one says, and without a target none that hardly differs between the segments of a trial. Amounts that are far from even are scaled by their logarithm.
 *
 * @throws DataError where there is nothing to choose from, or nothing is left.
 */
export async function chooseFeatures(
  { config, database }: Pick<Run, 'config' | 'database'>,
  choice: FeatureChoice,
  openDevice: (columns: number, rows: number) => Promise<unknown>,
): Promise<ChosenFeatures> {
  const { among, target, maxCorrelation = 0.95, minVariance = 0.01, count } = choice;
  const { features, ineligible } = among
    ? { features: among, ineligible: [] }
    : await candidateFeatures(database, target);
  if (features.length === 0) {
    throw new DataError({
      key: 'features',
      expected: 'columns to choose features from',
      found: ineligible.map(({ name, reason }) => `${name} (${reason})`).join(', ') || 'none',
      hint: 'Give transactions, or a table of customers with numbers or categories.',
    });
  }
  const plain = features.map(feature =>
    typeof feature === 'string'
      ? ({ name: feature, scale: 'none' } as const)
      : { ...feature, scale: 'none' as const },
  );
  const { encoder, customers: everybody } = await FeatureEncoder.fitWithin(
    database,
    plain,
    featuresMemory(config),
    { snapshot: config.snapshot },
  );
  const classes =
    target === undefined
      ? undefined
      : (await readCustomerGroups(database, target, memoryShares(config.memory).found, 'features.target'))
          .codes;
  const customers = sampleOf(everybody.rows, judges, new Random(config.seed));
  const columns = columnsOf(features, encoder, everybody, config.scale, customers);
  const names = columns.map(({ name }) => name);
  const values = new Float32Array(names.length * customers.length);
  columns.forEach((column, i) => {
    values.set(column.values, i * customers.length);
  });
  await openDevice(names.length, everybody.rows);
  const x = tensor2d(values, [names.length, customers.length]);
  try {
    const scores = await selectFeatures(x, {
      names,
      target: classes && Int32Array.from(gathered(classes, customers)),
      maxCorrelation,
      minVariance,
      count,
    });
    const fit = new Set(columns.flatMap(({ feature }, i) => (scores[i].selected ? [feature] : [])));
    const kept = classes ? fit : await telling(values, columns, fit, config.seed);
    if (kept.size === 0) {
      throw new DataError({
        key: 'features',
        expected: 'features in which customers differ',
        found: `none among ${names.join(', ')}`,
      });
    }
    const verdicts = scores.map((score, i) => {
      const { feature, scale } = columns[i];
      const part = kept.has(feature) && !score.selected;
      if (fit.has(feature) && !kept.has(feature)) {
        return { ...score, selected: false, reason: tellsNothing, scale: [scale].flat().join(', ') };
      }
      return {
        ...score,
        selected: kept.has(feature),
        reason: part
          ? `${score.reason}, but kept with its other categories`
          : wording(score.reason, scale, target),
        scale: [scale].flat().join(', '),
      };
    });
    const taken = features.flatMap((feature, i) => {
      if (!kept.has(i)) return [];
      const { scale } = columns.find(column => column.feature === i)!;
      return [
        typeof feature === 'string'
          ? { name: feature, scale }
          : { ...feature, scale: feature.scale ?? scale },
      ];
    });
    return { features: taken, verdicts, ineligible, target, candidates: { names, values, customers } };
  } finally {
    x.dispose();
  }
}

const tellsNothing = 'hardly differs between segments';

/** Share of what there is to know about the segments that a feature tells at least. */
const leastTold = 0.02;

/** Segments of the trial. */
const trialK = 5;

/**
 * The features that tell something about the segments which all of them together would make: those that vary by
 * themselves alone only blur the others.
 */
async function telling(
  values: Float32Array,
  columns: readonly CandidateColumn[],
  fit: ReadonlySet<number>,
  seed: number,
): Promise<Set<number>> {
  const taken = columns.flatMap(({ feature }, i) => (fit.has(feature) ? [i] : []));
  if (taken.length < 2) return new Set(fit);
  const customers = values.length / columns.length;
  const rows = new Float32Array(taken.length * customers);
  taken.forEach((column, i) => {
    rows.set(values.subarray(column * customers, (column + 1) * customers), i * customers);
  });
  const x = tensor2d(rows, [taken.length, customers]);
  try {
    const distinct =
      distinctCustomers(await readBatches(batchesOf(x)), taken.length, trialK).length / taken.length;
    const trial = await new KMeans({ k: Math.min(trialK, distinct), starts: 3, exchange: false, seed }).fit(
      x,
    );
    const all = entropy(trial.sizes, customers);
    const scores = await scoreFeatures(x, { target: trial.labels });
    return new Set(
      taken.flatMap((column, i) =>
        scores[i].mutualInformation >= leastTold * all ? [columns[column].feature] : [],
      ),
    );
  } finally {
    x.dispose();
  }
}

/** The order of scaled features by variance says nothing. */
function wording(reason: string, scale: Scales, target: string | undefined): string {
  const told = /^number (\d+) by mutualInformation/.exec(reason);
  if (told) return `number ${told[1]} in what it tells about ${target}`;
  if (!/^number \d+ by variance/.test(reason)) return reason;
  return [scale].flat().includes('log1p')
    ? 'differs from the others; skewed, so its logarithm'
    : 'differs from the others';
}

/** The verdicts with what each feature tells about the segments, where there was no target to tell about. */
export async function scoredBySegments(
  { verdicts, target, candidates: { names, values, customers } }: ChosenFeatures,
  labels: CustomerColumn,
): Promise<FeatureVerdict[]> {
  if (target !== undefined) return verdicts;
  const x = tensor2d(values, [names.length, customers.length]);
  try {
    const scores = await scoreFeatures(x, { names, target: Int32Array.from(gathered(labels, customers)) });
    return verdicts.map((verdict, i) => {
      const { mutualInformation, informationGain, giniGain } = scores[i];
      return { ...verdict, mutualInformation, informationGain, giniGain };
    });
  } finally {
    x.dispose();
  }
}
