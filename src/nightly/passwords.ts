import type { Config } from './config/index.js';

/** The address of a database server without its password: manifests and models are read by many. */
export function withoutPassword(path: string): string {
  return path
    .replace(/\b(password|passwd|pwd)=\S+/gi, '$1=***')
    .replace(/(:\/\/[^:/@\s]+):[^@\s]+@/, '$1:***@');
}

/** The sources as they may be shown and saved. */
export function publicSources(sources: Config['sources']): Config['sources'] {
  return Object.fromEntries(
    Object.entries(sources).map(([name, source]) => {
      const path = Array.isArray(source.path)
        ? source.path.map(withoutPassword)
        : withoutPassword(source.path);
      return [name, { ...source, path }];
    }),
  );
}
