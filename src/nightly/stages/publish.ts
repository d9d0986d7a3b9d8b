import { qualityTable, writeTable, writeTables } from '../../data/index.js';
import { customerTables } from '../customer-table.js';
import { memoryShares } from '../memory-shares.js';
import { publishForecast } from '../publish-forecast.js';
import { publishSegments } from '../publish-segments.js';
import type { Stage } from '../stage.js';

export const publish: Stage = {
  name: 'publish',
  does: 'write the tables, the model and the manifest, then move them to their places',
  async run(run) {
    const { config, staging, signal, found } = run;
    if (!staging) return 0;
    const { format } = config.output;
    const { features, segments, value } = found;
    const options = { memory: memoryShares(config.memory).output };
    signal?.throwIfAborted();
    let rows = await writeTables(staging.path(`customers.${format}`), format, customerTables(found), options);
    const quality = qualityTable(found.quality);
    if (quality) {
      await writeTable(staging.path(`quality.${format}`), format, quality);
      rows += quality.rows;
    }
    if (features && segments) rows += await publishSegments(run, staging, features, segments, options);
    if (value?.forecast) {
      rows += await publishForecast(run, staging, value.buying, value.forecast, options);
    }
    return rows;
  },
};
