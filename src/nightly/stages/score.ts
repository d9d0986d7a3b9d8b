import { tensor2d } from '@tensorflow/tfjs-core';
import { columnTable, type FeatureMatrix, idColumn, TableWriter } from '../../data/index.js';
import { nearestCentroidCost } from '../../ops/index.js';
import type { CustomerModel } from '../customer-model.js';
import { segmentColumns } from '../customer-table.js';
import type { Stage } from '../stage.js';

async function predict({ kmeans }: CustomerModel, { names, values, columns, rows }: FeatureMatrix) {
  const x = tensor2d(values, [columns, rows]);
  try {
    return await kmeans.predict(x, { features: names });
  } finally {
    x.dispose();
  }
}

export const score: Stage = {
  name: 'score',
  does: 'give every customer the segment of the model',
  async run({ config, database, staging, device, progress, signal, model, found }) {
    if (!model) throw new Error('scoring needs a model');
    const { encoder, kmeans, segmentNames } = model;
    const { format } = config.output;
    const customers = Math.max(...found.summaries.map(({ rows }) => rows));
    await device(nearestCentroidCost(kmeans.featureCount, customers, segmentNames.length));
    const sizes = new Array<number>(segmentNames.length).fill(0);
    const writer = staging && (await TableWriter.open(staging.path(`scores.${format}`), format));
    let rows = 0;
    try {
      for await (const batch of encoder.transformBatches(database, { snapshot: config.snapshot })) {
        signal?.throwIfAborted();
        const { labels, distances } = await predict(model, batch);
        for (const label of labels) sizes[label]++;
        await writer?.write(
          columnTable([idColumn('customer', batch.ids), ...segmentColumns(labels, distances, segmentNames)]),
        );
        rows += batch.rows;
        progress.update(rows, undefined, 'customers');
      }
      await writer?.close();
    } catch (error) {
      await writer?.discard();
      throw error;
    }
    found.scores = {
      rows,
      segments: segmentNames.map((name, segment) => ({ segment, name, size: sizes[segment] })),
    };
    return rows;
  },
};
