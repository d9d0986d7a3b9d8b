import type { Database } from '../data/database.js';
import { inputFiles } from '../data/files.js';
import type { Config } from './config/index.js';

const server = /^(sqlite|postgres|mysql):/;

/** A file, or a database server, of which the size is not known. */
export interface SourceInput {
  source: string;
  path: string;
  bytes?: number;
}

/** The files behind the sources of a configuration; looks at their sizes and at nothing in them. */
export async function inputFilesOf(
  database: Database,
  sources: Config['sources'],
  dataFolder: string,
): Promise<SourceInput[]> {
  const inputs: SourceInput[] = [];
  for (const [source, { path }] of Object.entries(sources)) {
    for (const one of [path].flat()) {
      if (server.test(one)) inputs.push({ source, path: one });
      else for (const file of await inputFiles(database, one, dataFolder)) inputs.push({ source, ...file });
    }
  }
  return inputs;
}
