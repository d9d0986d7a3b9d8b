import { createHash, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { Database } from '../data/index.js';
import { inputFilesOf } from './input-files.js';
import type { LoadedConfig } from './load-config.js';
import { versions } from './manifest.js';
import type { StageName } from './stage.js';

/**
 * What decides the results of a run, as a hash: configuration, stages, versions, and path, size and time of change of every
 * input. Two runs of the same fingerprint have the same results. A database server cannot be asked whether its tables have
 * changed: a run that reads one is like no other.
 *
 * @param base the earlier night that this one builds on, if it does
 */
export async function fingerprintOf(
  { config, dataFolder }: LoadedConfig,
  stages: readonly StageName[],
  base?: string,
): Promise<string> {
  const database = await Database.open();
  try {
    const inputs = (await inputFilesOf(database, config.sources, dataFolder)).map(
      ({ source, path, bytes }) => {
        if (bytes === undefined) return { source, path, changed: randomUUID() };
        return { source, path, bytes, changed: statSync(path).mtimeMs };
      },
    );
    // These decide how a result is found, and how many are kept, not what it is.
    const { threads: _, memory: __, output, gate: ___, ...settings } = config;
    const { format } = output;
    const what = { settings, format, stages, base, inputs, versions: versions() };
    return createHash('sha256').update(JSON.stringify(what)).digest('hex');
  } finally {
    await database.close();
  }
}
