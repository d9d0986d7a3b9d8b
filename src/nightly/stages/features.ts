import { FeatureEncoder } from '../../data/index.js';
import { UsageError } from '../../errors.js';
import { chooseFeatures } from '../choose-features.js';
import { featuresMemory } from '../features-memory.js';
import { segmentsCost } from '../segments-cost.js';
import type { Stage } from '../stage.js';

export const features: Stage = {
  name: 'features',
  does: 'compute and scale the features of every customer',
  idle: config => (config.segments === false ? 'segments: false' : undefined),
  async run(run) {
    const { config, database, device, found } = run;
    if (!config.features && !config.sources.transactions) {
      throw new UsageError({
        expected: 'features to tell customers apart by',
        found: 'none',
        hint: 'Name columns with --features, let --features auto choose, or declare `features` in the configuration.',
      });
    }
    const declared = config.features ?? ['recency', 'frequency', 'monetary'];
    const choice = Array.isArray(declared) ? undefined : declared === 'auto' ? {} : declared;
    const chosen =
      choice &&
      (await chooseFeatures(run, choice, (columns, rows) => device(segmentsCost(config, columns, rows))));
    const wanted = chosen ? chosen.features : Array.isArray(declared) ? declared : [];
    const { encoder, customers } = await FeatureEncoder.fitWithin(database, wanted, featuresMemory(config), {
      snapshot: config.snapshot,
      scale: config.scale,
    });
    found.features = { encoder, customers, chosen };
    found.snapshot = encoder.snapshot ?? undefined;
    found.quality.push(...encoder.quality);
    return customers.rows;
  },
};
