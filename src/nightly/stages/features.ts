import { FeatureEncoder } from '../../data/index.js';
import { UsageError } from '../../errors.js';
import type { Stage } from '../stage.js';

export const features: Stage = {
  name: 'features',
  does: 'compute and scale the features of every customer',
  idle: config => (config.segments === false ? 'segments: false' : undefined),
  async run({ config, database, found }) {
    if (!config.features && !config.sources.transactions) {
      throw new UsageError({
        expected: 'features to tell customers apart by',
        found: 'none',
        hint: 'Name columns with --features, or declare `features` in the configuration.',
      });
    }
    const wanted = config.features ?? ['recency', 'frequency', 'monetary'];
    const { encoder, matrix } = await FeatureEncoder.fitTransform(database, wanted, {
      snapshot: config.snapshot,
      scale: config.scale,
    });
    found.features = { encoder, matrix };
    found.snapshot = encoder.snapshot ?? undefined;
    found.quality.push(...encoder.quality);
    return matrix.rows;
  },
};
