import { clean } from './clean.js';
import type { Database } from './database.js';
import { checkIds, unifyIds } from './integrity.js';
import { openSource, type SourceSummary } from './open-source.js';
import type { QualityRow } from './quality.js';
import type { Source } from './source.js';

export interface LoadOptions {
  /** Called as each source is open, before it is cleaned. */
  onSource?: (summary: SourceSummary) => void;
}

/**
 * Opens, cleans and checks all sources of a shop; afterwards each is a table of the name it has in `sources`, and
 * they can be joined by customer and item.
 *
 * @param baseFolder folder that relative paths start from
 * @throws DataError when a source cannot be read, cleaning leaves no rows, or an id is not unique where it has to be
 */
export async function loadSources(
  db: Database,
  sources: Record<string, Source>,
  baseFolder: string,
  { onSource }: LoadOptions = {},
): Promise<{ summaries: SourceSummary[]; quality: QualityRow[] }> {
  const summaries: SourceSummary[] = [];
  const quality: QualityRow[] = [];
  for (const [name, source] of Object.entries(sources)) {
    const summary = await openSource(db, name, source, baseFolder);
    summaries.push(summary);
    onSource?.(summary);
    quality.push(...(await clean(db, name, source.clean ?? [])), ...(await checkIds(db, name)));
  }
  await unifyIds(db);
  return { summaries, quality };
}
