import { resolve } from 'node:path';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { type CustomerColumn, ranges } from '../../customer-column.js';
import type { CustomerFeatures } from '../../data/index.js';
import { calinskiHarabasz } from '../../evaluate/calinski-harabasz.js';
import { daviesBouldin } from '../../evaluate/davies-bouldin.js';
import { silhouette } from '../../evaluate/silhouette.js';
import { countBelonging } from '../../segment/belonging.js';
import {
  type CustomerStream,
  describeSegments,
  type FoundModel,
  findSegments,
  type SegmentOptions,
  stableNumbers,
} from '../../segment/index.js';
import { scoredBySegments } from '../choose-features.js';
import { customerCategories } from '../customer-categories.js';
import { memoryRemarks } from '../features-memory.js';
import { memoryShares } from '../memory-shares.js';
import { keepPreviousLabels } from '../previous-customers.js';
import { type PreviousSegments, previousSegments } from '../previous-segments.js';
import { keepSegments, type SegmentColumns } from '../segment-columns.js';
import { correlationsOf } from '../segment-correlation.js';
import { driftReport, matchToPrevious } from '../segment-drift.js';
import type { SegmentQuality } from '../segment-findings.js';
import { segmentOptions } from '../segment-options.js';
import { segmentsCost } from '../segments-cost.js';
import type { Findings, Run, Stage } from '../stage.js';
import { firstSegments } from '../warm-start.js';

/** Customers for the silhouette, spread evenly. */
const silhouetteSample = 5000;

/** What each customer of the features has spent, where that is known. */
function revenueOf({ value, features }: Findings): CustomerColumn | undefined {
  if (value) {
    const spent = value.buying.column('monetary');
    const part = (from: number, to: number) =>
      spent.part(from, to).map(amount => (Number.isNaN(amount) ? 0 : amount));
    return { length: spent.length, part };
  }
  const place = features?.customers.names.indexOf('monetary') ?? -1;
  return place < 0 ? undefined : features?.customers.raw(place);
}

async function qualityOf(
  x: Tensor2D | CustomerStream,
  labels: CustomerColumn,
  k: number,
  seed: number,
): Promise<SegmentQuality> {
  const belonging = countBelonging(labels);
  // For one segment, or one for each customer, the figures are not defined.
  if (k < 2 || k >= belonging) {
    return { silhouette: Number.NaN, calinskiHarabasz: Number.NaN, daviesBouldin: Number.NaN };
  }
  return {
    silhouette: (await silhouette(x, labels, { sample: silhouetteSample, seed })).mean,
    calinskiHarabasz: await calinskiHarabasz(x, labels),
    daviesBouldin: await daviesBouldin(x, labels),
  };
}

/** The results of the night before, or those that the configuration names. */
async function resultsBefore({
  config,
  earlier,
  database,
  baseFolder,
}: Run): Promise<PreviousSegments | undefined> {
  if (config.drift === false) return undefined;
  const { previous } = config.drift;
  if (previous !== undefined) return previousSegments(database, resolve(baseFolder, previous), true);
  return earlier === undefined ? undefined : previousSegments(database, earlier, false);
}

/** Gives customers the numbers that the segments have from now on. */
async function renumber({ labels }: SegmentColumns, numbers: Int32Array): Promise<void> {
  try {
    for (const { from, to } of ranges(labels.length)) {
      const some = labels.part(from, to).map(label => (label < 0 ? -1 : numbers[label]));
      await labels.write(from, some);
    }
  } finally {
    await labels.close();
  }
}

/** Finds segments and keeps those of the customers; what the search itself holds of these is let go of. */
async function findAndKeep(
  { config, database, progress, signal }: Run,
  { x, customers }: { x: Tensor2D | CustomerStream; customers: CustomerFeatures },
  options: SegmentOptions,
): Promise<{ found: FoundModel; customers: SegmentColumns }> {
  const natural = await findSegments(x, options, {
    seed: config.seed,
    features: customers.names,
    onStep: (done, total, unit) => progress.update(done, total, unit),
    signal,
  });
  const { model, remarks, kmeans, choice, density, hierarchy } = natural;
  const parts = 'labels' in natural ? [natural] : model.predictStream(() => customers.batches());
  const { found: memory } = memoryShares(config.memory);
  const kept = await keepSegments(database, customers.rows, parts, memory);
  const { clusterer } = model.parts;
  if (clusterer.algorithm === 'kmeans') clusterer.model.forgetCustomers();
  return { found: { model, remarks, kmeans, choice, density, hierarchy }, customers: kept };
}

export const segments: Stage = {
  name: 'segments',
  does: 'divide customers into segments, describe them, compare them with those of before',
  idle: config => (config.segments === false ? 'segments: false' : undefined),
  async run(run) {
    const { config, database, device, signal, found } = run;
    if (!config.segments || !found.features) return 0;
    const { encoder, customers, chosen } = found.features;
    const { names, rows, columns, values } = customers;
    const { correlation, actions, depth } = config.segments;
    const { seed } = config;
    await device(segmentsCost(config, columns, rows));
    const held = values && tensor2d(values, [columns, rows]);
    const x = held ?? (() => customers.batches());
    const memory = memoryShares(config.memory).found;
    try {
      const first = await firstSegments(config.segments, { encoder, names }, run);
      const options = segmentOptions(config.segments, first?.from);
      const { found: natural, customers: segmented } = await findAndKeep(run, { x, customers }, options);
      if (first) natural.remarks.push(first.remark);
      natural.remarks.push(...memoryRemarks(config, customers));
      const { k } = natural.model;
      const { labels } = segmented;
      const previous = await resultsBefore(run);
      const earlier =
        previous?.customers && (await keepPreviousLabels(database, previous.customers, rows, memory));
      const match = previous && matchToPrevious(customers, labels, k, previous, earlier);
      const numbers = match && stableNumbers(match.matched);
      if (numbers) await renumber(segmented, numbers);
      const description = await describeSegments({
        labels,
        k,
        features: names.map((name, i) => ({ name, values: customers.raw(i) })),
        revenue: revenueOf(found),
        categories: await customerCategories(database, memory),
        actions,
        depth,
        seed,
        signal,
      });
      const matched = new Int32Array(k).fill(-1);
      numbers?.forEach((number, segment) => {
        matched[number] = match!.matched[segment];
      });
      found.segments = {
        ...natural,
        ...(numbers && { model: natural.model.renumbered(numbers) }),
        customers: segmented,
        profiles: description.segments,
        noise: description.noise,
        categories: description.categories,
        fidelity: description.fidelity,
        quality: await qualityOf(x, labels, k, seed),
        features: chosen && (await scoredBySegments(chosen, labels)),
        correlations: correlation && (await correlationsOf(x, correlation, customers, seed)),
        drift:
          previous && match && config.drift
            ? {
                previous,
                earlier,
                report: driftReport(customers, labels, description.segments, previous, {
                  matched,
                  by: match.by,
                  warn: config.drift.warn,
                  earlier,
                }),
              }
            : undefined,
      };
    } finally {
      held?.dispose();
    }
    return rows;
  },
};
