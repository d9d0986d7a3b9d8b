import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const folder = process.env.KINDRED_DATASETS ?? resolve(import.meta.dirname, '../../shared/datasets');

/** Path of a file of the public data sets, undefined where they are not on this machine (the reason is printed). */
export function dataset(path: string): string | undefined {
  const file = resolve(folder, path);
  if (existsSync(file)) return file;
  console.warn(`skipped: ${path} is not in ${folder}; set KINDRED_DATASETS to the folder that has it`);
  return undefined;
}
