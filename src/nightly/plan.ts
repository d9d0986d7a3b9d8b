import { resolve } from 'node:path';
import { Database } from '../data/database.js';
import { inputFiles } from '../data/files.js';
import type { LoadedConfig } from './load-config.js';
import type { StageName } from './stage.js';
import { chosenStages } from './stages/index.js';

/** What a run would read, do and write. */
export interface Plan {
  name: string;
  device: string;
  seed: number;
  memory: string | number;
  inputs: { source: string; path: string; bytes?: number }[];
  stages: { stage: StageName; does: string; idle?: string }[];
  output?: { folder: string; format: string };
}

const server = /^(sqlite|postgres|mysql):/;

/** Looks at the sizes of the inputs and at nothing in them. */
export async function plan(
  { config, dataFolder, baseFolder }: LoadedConfig,
  { stages, output }: { stages?: readonly StageName[]; output?: string } = {},
): Promise<Plan> {
  const database = await Database.open();
  try {
    const inputs: Plan['inputs'] = [];
    for (const [source, { path }] of Object.entries(config.sources)) {
      for (const one of [path].flat()) {
        if (server.test(one)) inputs.push({ source, path: one });
        else for (const file of await inputFiles(database, one, dataFolder)) inputs.push({ source, ...file });
      }
    }
    return {
      name: config.name,
      device: config.device,
      seed: config.seed,
      memory: config.memory,
      inputs,
      stages: chosenStages(config, stages).map(({ stage, idle }) => ({
        stage: stage.name,
        does: stage.does,
        idle,
      })),
      output:
        output === undefined
          ? undefined
          : { folder: resolve(baseFolder, output), format: config.output.format },
    };
  } finally {
    await database.close();
  }
}
