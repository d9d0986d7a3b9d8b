import { defineCommand } from './command.js';

export const sample = defineCommand({
  usage: 'sample <folder>',
  describe: 'Write a sample shop of any size, with planted segments and tastes',
  positionals: {
    folder: { type: 'string' as const, demandOption: true as const, describe: 'Where to write it' },
  },
  options: {
    customers: { type: 'number', requiresArg: true, default: 1000, describe: 'Number of customers' },
    items: {
      type: 'number',
      requiresArg: true,
      describe: 'Number of items; about one for eight customers unless told',
    },
    'rows-per-customer': {
      type: 'number',
      requiresArg: true,
      describe: 'Mean rows of transactions of a customer',
    },
    seed: {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'The same seed and sizes give the same shop',
    },
    format: {
      choices: ['csv', 'parquet'] as const,
      default: 'csv' as const,
      describe: 'Format of the tables',
    },
  },
  examples: [
    ['kindred sample out/shop', 'A shop of 1,000 customers'],
    ['kindred sample out/big --customers 100000 --format parquet', 'A bigger one'],
  ],
  async run({ folder, customers, items, rowsPerCustomer, seed, format }, terminal) {
    const { writeSample } = await import('../sample/write-sample.js');
    const { writeSampleConfig } = await import('../sample/write-config.js');
    const { interruption } = await import('./interruption.js');
    const { sampleSummary } = await import('./print/sample.js');
    const began = performance.now();
    terminal.progress.begin('sample');
    const summary = await writeSample({
      folder,
      customers,
      items,
      transactionsPerCustomer: rowsPerCustomer,
      seed,
      format,
      signal: interruption(),
      onProgress: ({ customers: done, total }) => terminal.progress.update(done, total, 'customers'),
    });
    summary.files.push(await writeSampleConfig(folder, format));
    const seconds = (performance.now() - began) / 1000;
    const rows = Object.values(summary.rows).reduce((sum, count) => sum + count, 0);
    terminal.progress.end('sample', rows, seconds);
    terminal.result({ ...summary, seconds, rowsPerSecond: rows / seconds }, sampleSummary(summary));
  },
});
