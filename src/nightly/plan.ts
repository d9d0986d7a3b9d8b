import { resolve } from 'node:path';
import { Database } from '../data/database.js';
import { inputFilesOf, type SourceInput } from './input-files.js';
import type { LoadedConfig } from './load-config.js';
import type { StageName } from './stage.js';
import { chosenStages } from './stages/index.js';

/** What a run would read, do and write. */
export interface Plan {
  name: string;
  device: string;
  seed: number;
  memory: string | number;
  inputs: SourceInput[];
  stages: { stage: StageName; does: string; idle?: string }[];
  output?: { folder: string; format: string };
}

/** Looks at the sizes of the inputs and at nothing in them. */
export async function plan(
  { config, dataFolder, baseFolder }: LoadedConfig,
  { stages, output }: { stages?: readonly StageName[]; output?: string } = {},
): Promise<Plan> {
  const database = await Database.open();
  try {
    const inputs = await inputFilesOf(database, config.sources, dataFolder);
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
