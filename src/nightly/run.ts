import { resolve } from 'node:path';
import { Database } from '../data/index.js';
import { type Device, type DeviceFacts, openDevice } from '../device/index.js';
import { UsageError } from '../errors.js';
import type { Cost } from '../ops/index.js';
import type { CustomerModel } from './customer-model.js';
import type { LoadedConfig } from './load-config.js';
import { type Manifest, manifestOf, type StageReport } from './manifest.js';
import { type Progress, silent } from './progress.js';
import type { Findings, Run, Stage, StageName } from './stage.js';
import { chosenStages } from './stages/index.js';
import { Staging } from './staging.js';
import type { ValueModel } from './value-model.js';

export interface RunOptions {
  /** The stages to run, in their own order; all of them unless told. */
  stages?: readonly StageName[];
  /** Where results are written, an absolute path or one relative to the configuration; nowhere when undefined. */
  output?: string;
  /** What customers are scored by, for the stage `score`. */
  model?: CustomerModel;
  /** What customers are valued by, for the stage `scoreValues`. */
  valueModel?: ValueModel;
  progress?: Progress;
  /** Stops the run; nothing of it is published. */
  signal?: AbortSignal;
}

/** What a run found, its record, and the files it published. */
export interface RunResult {
  found: Findings;
  manifest: Manifest;
  /** Absolute paths. */
  files: string[];
}

const manifestName = 'manifest.json';

/** Opens the device at the first call; gives and closes it if it was opened. */
class LazyDevice {
  #opening?: Promise<Device>;

  constructor(readonly config: LoadedConfig['config']) {}

  readonly open = (work?: Cost): Promise<Device> => {
    const { device, threads } = this.config;
    this.#opening ??= openDevice(device, { work, threads });
    return this.#opening;
  };

  async facts(): Promise<DeviceFacts | undefined> {
    if (!this.#opening) return undefined;
    const { close: _, ...facts } = await this.#opening;
    return facts;
  }

  async close(): Promise<void> {
    const device = await this.#opening?.catch(() => undefined);
    await device?.close();
  }
}

/** The stages that have something to do; those that were asked for by name must. */
function busyStages({ config }: LoadedConfig, { stages: wanted, output }: RunOptions): Stage[] {
  const chosen = chosenStages(config, wanted);
  const idle = wanted && chosen.find(stage => stage.idle !== undefined);
  if (idle) {
    throw new UsageError({
      expected: `something to do for the stage ${idle.stage.name}`,
      found: `that ${idle.idle}`,
      hint: 'Change the configuration, or give the input as an argument.',
    });
  }
  const busy = chosen.filter(stage => stage.idle === undefined).map(({ stage }) => stage);
  return output === undefined ? busy.filter(({ name }) => name !== 'publish') : busy;
}

async function runStage(stage: Stage, run: Run): Promise<StageReport> {
  run.signal?.throwIfAborted();
  run.progress.begin(stage.name);
  const began = performance.now();
  const rows = await stage.run(run);
  const seconds = (performance.now() - began) / 1000;
  run.progress.end(stage.name, rows, seconds);
  return { stage: stage.name, rows, seconds, rowsPerSecond: rows / seconds };
}

/**
 * Runs the stages of a configuration. Results appear in the output folder when all stages are done, or not at all.
 *
 * @throws KindredError for what the user can mend, Interrupted when the signal came
 */
export async function run(loaded: LoadedConfig, options: RunOptions = {}): Promise<RunResult> {
  const { output, progress = silent, signal, model, valueModel } = options;
  const { config, baseFolder } = loaded;
  const stages = busyStages(loaded, options);
  const started = new Date();
  const device = new LazyDevice(config);
  const staging = output === undefined ? undefined : Staging.open(resolve(baseFolder, output));
  let database: Database | undefined;
  const interrupt = () => database?.interrupt();
  signal?.addEventListener('abort', interrupt);
  try {
    // What was asked for by name is opened first: its absence should not show only after the data was loaded.
    if (config.device !== 'auto') await device.open();
    database = await Database.open({ memory: config.memory, threads: config.threads });
    const found: Findings = { summaries: [], inputs: [], quality: [] };
    const context: Run = {
      ...loaded,
      database,
      progress,
      signal,
      staging,
      model,
      valueModel,
      device: device.open,
      found,
    };
    const reports: StageReport[] = [];
    for (const stage of stages) reports.push(await runStage(stage, context));
    signal?.throwIfAborted();
    const manifest = manifestOf(context, { started, stages: reports, device: await device.facts() });
    if (!staging) return { found, manifest, files: [] };
    staging.write(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
    return { found, manifest, files: staging.commit(manifestName) };
  } catch (error) {
    // A query or a kernel that was cut short fails in its own way.
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    staging?.discard();
    await database?.close();
    await device.close();
  }
}
