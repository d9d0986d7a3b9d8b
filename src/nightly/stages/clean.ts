import { clean as cleanSource } from '../../data/clean.js';
import { checkIds, checkTimes, unifyIds } from '../../data/integrity.js';
import type { Stage } from '../stage.js';

export const clean: Stage = {
  name: 'clean',
  does: 'apply the cleaning steps, check the ids',
  async run({ config, database, progress, signal, found }) {
    let rows = 0;
    for (const summary of found.summaries) {
      signal?.throwIfAborted();
      const steps = config.sources[summary.name].clean ?? [];
      found.quality.push(...(await cleanSource(database, summary.name, steps)));
      found.quality.push(...(await checkIds(database, summary.name)));
      if (summary.name === 'transactions') found.quality.push(...(await checkTimes(database)));
      rows += summary.rows;
      progress.update(rows, undefined, 'rows');
    }
    await unifyIds(database);
    return rows;
  },
};
