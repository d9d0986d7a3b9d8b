import { openSource } from '../../data/open-source.js';
import { numberRows } from '../../data/source-table.js';
import { identifier } from '../../data/sql.js';
import { hashInputs } from '../manifest.js';
import type { Run, Stage } from '../stage.js';

/** Customers of a table that stands alone and has no ids are numbered by row: there is nothing to join them with. */
async function numberCustomers({ config, database }: Run): Promise<void> {
  const [name, ...others] = Object.keys(config.sources);
  if (name !== 'customers' || others.length > 0) return;
  const table = identifier(name);
  const columns = await database.rows<{ column_name: string }>(`DESCRIBE ${table}`);
  if (columns.some(({ column_name }) => column_name === 'customer')) return;
  await numberRows(database, database.sources.get(name) ?? { name }, 'customer');
}

export const load: Stage = {
  name: 'load',
  does: 'read the sources into tables, hash their files',
  async run(run) {
    const { config, dataFolder, database, progress, signal, found } = run;
    let rows = 0;
    for (const [name, source] of Object.entries(config.sources)) {
      signal?.throwIfAborted();
      const summary = await openSource(database, name, source, dataFolder);
      found.summaries.push(summary);
      rows += summary.rows;
      progress.update(rows, undefined, 'rows');
    }
    await numberCustomers(run);
    found.inputs = await hashInputs(found.summaries, signal);
    return rows;
  },
};
