import { createHash, randomUUID } from 'node:crypto';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Database } from '../data/index.js';
import type { Config } from './config/index.js';
import { inputFilesOf } from './input-files.js';
import type { LoadedConfig } from './load-config.js';
import { versions } from './manifest.js';
import type { StageName } from './stage.js';

/** The folders of earlier results that the configuration names. */
function earlierResults({ drift, segments }: Config): string[] {
  const warmStart = segments !== false && segments.warmStart;
  const named = [drift !== false ? drift.previous : undefined, warmStart];
  return named.filter(folder => typeof folder === 'string');
}

/** Where the model of earlier results lies, a switch to another night followed, and when its files last changed. */
function modelIn(folder: string): { path: string; changed: number } | undefined {
  const model = join(folder, 'model');
  const place = existsSync(model) ? model : folder;
  if (!existsSync(place)) return undefined;
  return { path: realpathSync(place), changed: statSync(place).mtimeMs };
}

/**
 * What decides the results of a run, as a hash: configuration, stages, versions, and path, size and time of change of every
 * input, earlier results included. Two runs of the same fingerprint have the same results. A database server cannot be asked whether its tables have
 * changed: a run that reads one is like no other.
 *
 * @param base the earlier night that this one builds on, if it does
 */
export async function fingerprintOf(
  { config, dataFolder, baseFolder }: LoadedConfig,
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
    // These decide how a result is found, and how many are kept, not what it is. The memory is not among them: where there is too
    // little, recommenders are fitted to a sample of the customers.
    const { threads: _, output, gate: __, ...settings } = config;
    const { format } = output;
    const earlier = earlierResults(config).map(folder => modelIn(resolve(baseFolder, folder)));
    const what = { settings, format, stages, base, earlier, inputs, versions: versions() };
    return createHash('sha256').update(JSON.stringify(what)).digest('hex');
  } finally {
    await database.close();
  }
}
