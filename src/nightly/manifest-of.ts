import { type Manifest, versions } from './manifest.js';
import { publicSources } from './passwords.js';
import type { Evaluation } from './recommend/evaluation.js';
import type { Run } from './stage.js';

/** Whom the figures of a comparison rest on. */
function whomOf({ customers, testable, sample }: Evaluation): Manifest['evaluated'] {
  return { customers, testable, sample };
}

/** What a run has done, once all its stages have. */
export function manifestOf(
  { config, found, staging }: Run,
  {
    started,
    night,
    stages,
    resumed,
    device,
  }: Pick<Manifest, 'night' | 'stages' | 'resumed' | 'device'> & {
    started: Date;
  },
): Manifest {
  const rows = found.summaries.reduce((sum, source) => sum + source.rows, 0);
  const seconds = (Date.now() - started.getTime()) / 1000;
  return {
    name: config.name,
    night,
    started: started.toISOString(),
    seconds,
    rows,
    rowsPerSecond: rows / seconds,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    seed: config.seed,
    snapshot: found.snapshot,
    device,
    sources: found.summaries.map(({ name, rows, bytes, columns }) => ({
      name,
      rows,
      bytes,
      columns: columns.length,
    })),
    inputs: found.inputs,
    stages,
    resumed: resumed && resumed.length > 0 ? resumed : undefined,
    incremental: found.recommendations?.incremental,
    fullBecause: found.recommendations?.fullBecause,
    fitted: found.recommendations?.fitted,
    evaluated: found.evaluation && whomOf(found.evaluation),
    gate: found.gate,
    value: found.value?.report,
    outputs: staging?.files() ?? [],
    versions: versions(),
    config: { ...config, sources: publicSources(config.sources) },
  };
}
