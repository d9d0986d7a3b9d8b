import { UsageError } from '../errors.js';
import { defineCommand } from './command.js';
import { runOptions } from './run-options.js';

const { config: _, ...options } = runOptions;

export const nightly = defineCommand({
  usage: 'nightly [config]',
  describe: 'Refresh segments, values and recommendations as a kindred.yaml says',
  positionals: {
    config: { type: 'string' as const, default: 'kindred.yaml', describe: 'The configuration' },
  },
  options: {
    ...options,
    force: { type: 'boolean', default: false, describe: 'Publish whatever the gate finds' },
    full: {
      type: 'boolean',
      default: false,
      describe: 'Compute everything, also where `incremental` would keep some of the published night',
    },
    rollback: {
      type: 'boolean',
      default: false,
      describe: 'Publish the night before the published one again',
    },
    to: {
      type: 'string',
      requiresArg: true,
      describe: 'The night to roll back to, or how its name begins, such as 2026-11-19',
    },
    schema: {
      type: 'boolean',
      default: false,
      describe: 'Print the JSON Schema of kindred.yaml, for editors',
    },
  },
  examples: [
    ['kindred nightly datasets/sample-shop/kindred.yaml', 'The sample shop'],
    ['kindred nightly datasets/sample-shop/kindred.yaml --dry-run', 'What it would read, do and write'],
    [
      'kindred nightly datasets/sample-shop/kindred.yaml --set segments.k=7 --format parquet --out out/seven',
      'Seven segments, as Parquet in another folder',
    ],
    ['kindred nightly datasets/sample-shop/kindred.yaml --rollback', 'Publish the night before again'],
  ],
  async run(args, terminal) {
    if (args.schema) {
      const { configJsonSchema } = await import('../nightly/config/index.js');
      const schema = configJsonSchema();
      return terminal.result(schema, JSON.stringify(schema, null, 2));
    }
    if (args.to !== undefined && !args.rollback) {
      throw new UsageError({ expected: '--rollback beside --to', found: '--to alone' });
    }
    if (args.rollback) {
      const { rollBackNight } = await import('./roll-back.js');
      return rollBackNight(args, terminal);
    }
    const { runStages } = await import('./run-stages.js');
    const { nightlySummary } = await import('./print/nightly.js');
    await runStages({
      args,
      terminal,
      night: true,
      force: args.force,
      full: args.full,
      summary: nightlySummary,
    });
  },
});
