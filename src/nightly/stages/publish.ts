import { bytesOfSize, type ColumnTable, qualityTable, writeTable } from '../../data/index.js';
import { customerTable } from '../customer-table.js';
import { publishForecast } from '../publish-forecast.js';
import { publishSegments } from '../publish-segments.js';
import type { Stage } from '../stage.js';

export const publish: Stage = {
  name: 'publish',
  does: 'write the tables, the model and the manifest, then move them to their places',
  async run({ config, staging, signal, found }) {
    if (!staging) return 0;
    const { format } = config.output;
    const memory = bytesOfSize(config.memory);
    const { features, segments, value } = found;
    const tables: Record<string, ColumnTable | undefined> = {
      customers: customerTable(found),
      quality: qualityTable(found.quality),
    };
    let rows = 0;
    for (const [name, table] of Object.entries(tables)) {
      if (!table) continue;
      signal?.throwIfAborted();
      await writeTable(staging.path(`${name}.${format}`), format, table, { memory });
      rows += table.rows;
    }
    if (features && segments) rows += await publishSegments(staging, config, features, segments);
    if (value?.forecast) rows += await publishForecast(staging, config, value.columns, value.forecast);
    return rows;
  },
};
