import { resolve } from 'node:path';
import { type Tensor2D, tensor2d } from '@tensorflow/tfjs-core';
import { calinskiHarabasz } from '../../evaluate/calinski-harabasz.js';
import { daviesBouldin } from '../../evaluate/davies-bouldin.js';
import { silhouette } from '../../evaluate/silhouette.js';
import {
  type CustomerStream,
  describeSegments,
  type FoundSegments,
  findSegments,
  stableNumbers,
} from '../../segment/index.js';
import { scoredBySegments } from '../choose-features.js';
import { customerCategories } from '../customer-categories.js';
import { memoryRemarks } from '../features-memory.js';
import { previousLabels } from '../previous-customers.js';
import { type PreviousSegments, previousSegments } from '../previous-segments.js';
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
function revenueOf({ value, features }: Findings): Float64Array | undefined {
  if (value) {
    const spent = value.buying.column('monetary');
    for (let i = 0; i < spent.length; i++) if (Number.isNaN(spent[i])) spent[i] = 0;
    return spent;
  }
  const place = features?.customers.names.indexOf('monetary') ?? -1;
  // Features on disk are read into the same array one after another.
  return place < 0 ? undefined : features?.customers.raw(place).slice();
}

async function qualityOf(
  x: Tensor2D | CustomerStream,
  labels: Int32Array,
  k: number,
  seed: number,
): Promise<SegmentQuality> {
  const belonging = labels.reduce((sum, label) => sum + (label < 0 ? 0 : 1), 0);
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

/** The same segments under the numbers of the earlier ones that they continue. */
function renumbered(found: FoundSegments, numbers: Int32Array): FoundSegments {
  return {
    ...found,
    model: found.model.renumbered(numbers),
    labels: found.labels.map(label => (label < 0 ? -1 : numbers[label])),
  };
}

export const segments: Stage = {
  name: 'segments',
  does: 'divide customers into segments, describe them, compare them with those of before',
  idle: config => (config.segments === false ? 'segments: false' : undefined),
  async run(run) {
    const { config, database, device, progress, signal, found } = run;
    if (!config.segments || !found.features) return 0;
    const { encoder, customers, chosen } = found.features;
    const { names, rows, columns, values } = customers;
    const { correlation, actions, depth } = config.segments;
    const { seed } = config;
    await device(segmentsCost(config, columns, rows));
    const held = values && tensor2d(values, [columns, rows]);
    const x = held ?? (() => customers.batches());
    try {
      const first = await firstSegments(config.segments, { encoder, names }, run);
      const natural = await findSegments(x, segmentOptions(config.segments, first?.from), {
        seed,
        features: names,
        onStep: (done, total, unit) => progress.update(done, total, unit),
        signal,
      });
      if (first) natural.remarks.push(first.remark);
      natural.remarks.push(...memoryRemarks(config, customers));
      const { k } = natural.model;
      const previous = await resultsBefore(run);
      const earlier = previous?.customers && (await previousLabels(database, previous.customers, rows));
      const match = previous && matchToPrevious(customers, natural.labels, k, previous, earlier);
      const numbers = match && stableNumbers(match.matched);
      const segmented = numbers ? renumbered(natural, numbers) : natural;
      const { labels } = segmented;
      const description = await describeSegments({
        labels,
        k,
        features: names.map((name, i) => ({ name, values: () => customers.raw(i) })),
        revenue: revenueOf(found),
        categories: await customerCategories(database),
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
        ...segmented,
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
