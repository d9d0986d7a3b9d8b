import { resolve } from 'node:path';
import { UsageError } from '../errors.js';
import type { Config } from '../nightly/config/index.js';
import type { CustomerModel } from '../nightly/customer-model.js';
import { type LoadedConfig, loadConfig } from '../nightly/load-config.js';
import { plan } from '../nightly/plan.js';
import type { RecommenderModel } from '../nightly/recommend/recommender-model.js';
import { report } from '../nightly/report.js';
import { type RunResult, run } from '../nightly/run.js';
import type { StageName } from '../nightly/stage.js';
import type { ValueModel } from '../nightly/value-model.js';
import { given } from './given.js';
import { interruption } from './interruption.js';
import { closing, leftOut } from './print/closing.js';
import { planText } from './print/plan.js';
import type { RunArguments } from './run-options.js';
import { filterOf } from './source-options.js';
import type { Terminal } from './terminal.js';

interface StagesToRun {
  args: RunArguments & { dryRun?: boolean; inputs?: string[]; where?: string };
  terminal: Terminal;
  /** The stages of this command, which may depend on the configuration; all of them unless told. */
  stages?: readonly StageName[] | ((config: Config) => readonly StageName[]);
  /** What the command's own options change in the configuration. */
  changes?: object;
  /** Keys of the configuration that those options leave without use. */
  without?: readonly (readonly string[])[];
  /** What customers are scored by. */
  model?: CustomerModel;
  /** What customers are valued by. */
  valueModel?: ValueModel;
  /** What customers are recommended by. */
  recommenderModel?: RecommenderModel;
  /** Whether it is a night: results are published even where --out does not say where. */
  night?: boolean;
  /** Publishes a night whatever the gate finds. */
  force?: boolean;
  /** Computes everything, also where the configuration is for incremental nights. */
  full?: boolean;
  summary(result: RunResult): string;
}

/** The configuration that the options of a command come to. */
export function configOf({
  args,
  changes = {},
  without,
}: Pick<StagesToRun, 'args' | 'changes' | 'without'>): LoadedConfig {
  if (args.config === undefined && args.set === undefined && !('sources' in changes)) {
    throw new UsageError({
      expected: 'an input or a configuration',
      found: 'neither',
      hint: 'Give a file, or a kindred.yaml with --config.',
    });
  }
  const { config, set, data, device, threads, format, seed, memory, out, inputs = [], where } = args;
  const output = given({ folder: out === undefined ? undefined : resolve(out), format });
  const loaded = loadConfig({
    file: config,
    without,
    changes: { ...changes, ...given({ device, threads, seed, memory }), output },
    set,
    dataFolder: data,
  });
  return where === undefined || inputs.length > 0 ? loaded : onlyWhere(where, loaded);
}

/** The configuration, its one source filtered. */
function onlyWhere(where: string, loaded: LoadedConfig): LoadedConfig {
  const [[name, source], ...others] = Object.entries(loaded.config.sources);
  if (others.length > 0) {
    throw new UsageError({
      expected: 'an input that --where is about',
      found: `a configuration of several: ${[name, ...others.map(([other]) => other)].join(', ')}`,
      hint: 'Put a filter step under clean of the source that is meant.',
    });
  }
  const clean = [...(source.clean ?? []), filterOf(where)];
  return { ...loaded, config: { ...loaded.config, sources: { [name]: { ...source, clean } } } };
}

/** What all commands that run the pipeline do: configuration, plan or run, and what to print. */
export async function runStages(wanted: StagesToRun): Promise<void> {
  const { args, terminal, model, valueModel, recommenderModel, night = false, force, full, summary } = wanted;
  const loaded = configOf(wanted);
  const stages = typeof wanted.stages === 'function' ? wanted.stages(loaded.config) : wanted.stages;
  const output = night || args.out !== undefined ? loaded.config.output.folder : undefined;
  if (args.dryRun) {
    const planned = await plan(loaded, { stages, output });
    return terminal.result(planned, planText(planned));
  }
  const { progress } = terminal;
  const signal = interruption();
  const result = await run(loaded, {
    stages,
    output,
    night,
    force,
    full,
    model,
    valueModel,
    recommenderModel,
    progress,
    signal,
  });
  const written = result.files.length > 0;
  if (terminal.json || !(terminal.quiet && written)) terminal.result(report(result), summary(result));
  if (!night) for (const line of leftOut(result)) terminal.note(line);
  terminal.note(closing(result));
}
