import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The version of a package by its package.json, such as `@tensorflow/tfjs-core/package.json`; Kindred's own unless told. */
export function versionOf(packageFile = '../package.json'): string {
  return (require(packageFile) as { version: string }).version;
}
