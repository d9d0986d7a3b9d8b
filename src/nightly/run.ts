import { resolve } from 'node:path';
import { Database } from '../data/index.js';
import { type Device, type DeviceFacts, openDevice, returnMemory } from '../device/index.js';
import { QualityGateError, UsageError } from '../errors.js';
import type { Cost } from '../ops/index.js';
import type { CustomerModel } from './customer-model.js';
import { fingerprintOf } from './fingerprint.js';
import type { LoadedConfig } from './load-config.js';
import type { Manifest, StageReport } from './manifest.js';
import { manifestOf } from './manifest-of.js';
import { memoryShares } from './memory-shares.js';
import { Night } from './night.js';
import { currentNight, manifestIn, manifestName, newNightId } from './nights.js';
import { type Progress, silent } from './progress.js';
import type { RecommenderModel } from './recommend/recommender-model.js';
import type { Findings, PublishedNight, Run, Stage, StageName } from './stage.js';
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
  /** What customers are recommended by, for the stage `scoreRecommendations`. */
  recommenderModel?: RecommenderModel;
  /**
   * Whether the results are a night: published all at once by a switch, kept for some nights, judged by the gate, and gone on with
   * after a crash. Otherwise they are plain files in the output folder.
   */
  night?: boolean;
  /** Publishes a night whatever the gate finds. */
  force?: boolean;
  /** Computes everything, also where the configuration is for incremental nights. */
  full?: boolean;
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
function busyStages({ config }: LoadedConfig, { stages: wanted, output, night }: RunOptions): Stage[] {
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
  const useless = [...(output === undefined ? ['publish'] : []), ...(night ? [] : ['gate'])];
  return busy.filter(({ name }) => !useless.includes(name));
}

/** Runs a stage, or takes what it had found before the run was killed. */
async function runStage(
  stage: Stage,
  run: Run,
  device: LazyDevice,
  night?: Night,
): Promise<{ report: StageReport; resumed: boolean }> {
  const { progress, signal, found, database } = run;
  signal?.throwIfAborted();
  const earlier = night?.restore(stage.name, found, database);
  if (earlier) {
    progress.resume?.(stage.name, earlier.rows);
    return { report: earlier, resumed: true };
  }
  progress.begin(stage.name);
  const before = { ...found, quality: [...found.quality] };
  const began = performance.now();
  const rows = await stage.run(run);
  const seconds = (performance.now() - began) / 1000;
  const report = { stage: stage.name, rows, seconds, rowsPerSecond: rows / seconds };
  if (!stage.always) await night?.save(report, found, before, { database, device: await device.facts() });
  progress.end(stage.name, rows, seconds);
  return { report, resumed: false };
}

/** Where results are written until they are published; of a night also its tables. */
async function openResults(loaded: LoadedConfig, options: RunOptions, stages: readonly Stage[]) {
  const { output, night } = options;
  if (output === undefined) return {};
  const folder = resolve(loaded.baseFolder, output);
  if (!night) return { staging: Staging.open(folder) };
  const names = stages.map(({ name }) => name);
  const { incremental, drift, segments } = loaded.config;
  const startsWarm = segments !== false && segments.warmStart === true;
  // The published night, whose segments, their numbers or recommendations are kept, is an input too.
  const isBase = (incremental && !options.full) || drift !== false || startsWarm;
  const base = () => (isBase ? currentNight(folder)?.id : undefined);
  return { night: await Night.open(folder, () => fingerprintOf(loaded, names, base())), folder };
}

function publishedNight(output: string): PublishedNight | undefined {
  const night = currentNight(output);
  const manifest = night && manifestIn(night.folder);
  return manifest && { folder: night.folder, manifest };
}

/**
 * Runs the stages of a configuration. Results appear in the output folder when all stages are done, or not at all.
 *
 * @throws KindredError for what the user can mend, QualityGateError for a night that the gate refuses, Interrupted when the
 * signal came
 */
export async function run(loaded: LoadedConfig, options: RunOptions = {}): Promise<RunResult> {
  const found: Findings = { summaries: [], inputs: [], quality: [] };
  try {
    return await runOnce(loaded, options, found);
  } catch (error) {
    // What the gate refuses may be the fault of what was kept of earlier nights.
    if (!(error instanceof QualityGateError && found.recommendations?.incremental)) throw error;
    return run(loaded, { ...options, full: true });
  }
}

async function runOnce(loaded: LoadedConfig, options: RunOptions, found: Findings): Promise<RunResult> {
  const { progress = silent, signal, model, valueModel, recommenderModel, force, full } = options;
  const { config } = loaded;
  const stages = busyStages(loaded, options);
  const started = new Date();
  const device = new LazyDevice(config);
  const { staging, night, folder } = await openResults(loaded, options, stages);
  let database: Database | undefined;
  const interrupt = () => database?.interrupt();
  signal?.addEventListener('abort', interrupt);
  let keepsNight = false;
  try {
    // What was asked for by name is opened first: its absence should not show only after the data was loaded.
    if (config.device !== 'auto') await device.open();
    const { engine: memory, isScarce } = memoryShares(config.memory);
    if (isScarce) returnMemory();
    const { threads } = config;
    database = await Database.open({ memory, threads, file: night?.tables, tempFolder: night?.temporary });
    const published = folder === undefined ? undefined : publishedNight(folder);
    const context: Run = {
      ...loaded,
      database,
      progress,
      signal,
      staging: night ?? staging,
      model,
      valueModel,
      recommenderModel,
      earlier: published?.folder ?? staging?.output,
      published,
      force,
      full,
      device: device.open,
      found,
    };
    const done: { report: StageReport; resumed: boolean }[] = [];
    for (const stage of stages) done.push(await runStage(stage, context, device, night));
    signal?.throwIfAborted();
    const manifest = manifestOf(context, {
      started,
      night: folder && newNightId(folder, started),
      stages: done.map(({ report }) => report),
      resumed: done.filter(({ resumed }) => resumed).map(({ report }) => report.stage),
      device: (await device.facts()) ?? night?.device,
    });
    const results = night ?? staging;
    results?.write(manifestName, `${JSON.stringify(manifest, null, 2)}\n`);
    // The tables of a night go with it, and so have to be closed.
    await database.close();
    database = undefined;
    const files = night
      ? night.publish(manifest.night!, config.output.keep)
      : (staging?.commit(manifestName) ?? []);
    return { found, manifest, files };
  } catch (error) {
    // A query or a kernel that was cut short fails in its own way.
    signal?.throwIfAborted();
    keepsNight = error instanceof QualityGateError;
    throw error;
  } finally {
    signal?.removeEventListener('abort', interrupt);
    await database?.close();
    staging?.discard();
    if (keepsNight) night?.leave();
    else night?.discard();
    await device.close();
  }
}
