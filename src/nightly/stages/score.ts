import { columnTable, idColumn, TableWriter } from '../../data/index.js';
import { nearestCentroidCost } from '../../ops/index.js';
import { segmentColumns } from '../customer-table.js';
import { memoryShares } from '../memory-shares.js';
import { predictSegments } from '../predict-segments.js';
import type { Stage } from '../stage.js';

/** Customers of a batch at most, and bytes that a feature of each takes: as it was read, encoded, and of the batch before. */
const mostRows = 65_536;
const bytesPerFeatureOfBatch = 40;

export const score: Stage = {
  name: 'score',
  does: 'give every customer the segment of the model',
  async run({ config, database, staging, device, progress, signal, model, found }) {
    if (!model) throw new Error('scoring needs a model');
    const { encoder, segments, segmentNames } = model;
    const { format } = config.output;
    const customers = Math.max(...found.summaries.map(({ rows }) => rows));
    await device(nearestCentroidCost(segments.featureCount, customers, segmentNames.length));
    const sizes = new Array<number>(segmentNames.length).fill(0);
    const { features, output: memory } = memoryShares(config.memory);
    const writer = staging && (await TableWriter.open(staging.path(`scores.${format}`), format, { memory }));
    const { snapshot } = config;
    const rowsOfBatch = Math.max(
      1024,
      Math.floor(features / (bytesPerFeatureOfBatch * encoder.names.length)),
    );
    let [rows, noise] = [0, 0];
    try {
      for await (const batch of encoder.transformBatches(database, {
        snapshot,
        rows: Math.min(mostRows, rowsOfBatch),
      })) {
        signal?.throwIfAborted();
        const assignment = await predictSegments(model, batch);
        for (const label of assignment.labels) {
          if (label < 0) noise++;
          else sizes[label]++;
        }
        await writer?.write(
          columnTable([idColumn('customer', batch.ids), ...segmentColumns(assignment, segmentNames)]),
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
      noise,
      algorithm: segments.algorithm,
      segments: segmentNames.map((name, segment) => ({ segment, name, size: sizes[segment] })),
    };
    return rows;
  },
};
