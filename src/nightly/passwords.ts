import { withoutPassword } from '../data/index.js';
import type { Config } from './config/index.js';

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
