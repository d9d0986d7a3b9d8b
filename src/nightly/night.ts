import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../data/index.js';
import { explained } from '../data/replace-file.js';
import type { DeviceFacts } from '../device/index.js';
import { makeFolder } from '../make-folder.js';
import { readFinding, writeFinding } from './findings-file.js';
import { OutputLock } from './lock.js';
import type { StageReport } from './manifest.js';
import { forgetNights, manifestName, publishNight } from './nights.js';
import { ResultsFolder } from './results-folder.js';
import type { Findings } from './stage.js';
import { removeEmpty } from './staging.js';

/** A finished stage, as it is kept for a run that goes on after this one was killed. */
interface FinishedStage {
  report: StageReport;
  /** Findings that were written; undefined where one could not be, so that the stage has to run again. */
  saved?: (keyof Findings)[];
  /** Lines that it added to the quality report. */
  quality: Findings['quality'];
}

interface State {
  fingerprint: string;
  /** What the finished stages were computed on. */
  device?: DeviceFacts;
  finished: FinishedStage[];
}

/** What else is kept of a run. */
interface SavedRun {
  database: Database;
  device?: DeviceFacts;
}

const nightName = '.kindred-night';

/** Before it, the tables are still being changed. */
const lastStageOfTables = 'clean';

/**
 * The night under way, in a hidden folder inside the output folder: its tables, what each finished stage has found, and
 * the results. A run that is killed leaves it behind, and a run of the same {@link fingerprintOf fingerprint} goes on with it;
 * any other starts anew. One run at a time has it.
 */
export class Night extends ResultsFolder {
  readonly #output: string;
  readonly #lock: OutputLock;
  readonly #made: string[];
  readonly #state: State;
  #left = false;
  readonly #discardAtExit = () => this.discard();

  private constructor(output: string, fingerprint: string, lock: OutputLock, made: string[]) {
    const root = join(output, nightName);
    const state = savedState(root);
    const goesOn = state?.fingerprint === fingerprint && existsSync(join(root, 'results'));
    if (!goesOn) rmSync(root, { recursive: true, force: true });
    super(root);
    this.#output = output;
    this.#lock = lock;
    this.#made = made;
    this.#state = goesOn ? state : { fingerprint, finished: [] };
    if (!this.#finished(lastStageOfTables)) {
      this.#state.finished.length = 0;
      rmSync(this.tables, { force: true });
      rmSync(`${this.tables}.wal`, { force: true });
    }
    rmSync(this.temporary, { recursive: true, force: true });
    for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      // Files that were being written when the run was killed.
      if (name.endsWith('.tmp')) rmSync(join(root, name));
    }
    rmSync(join(this.folder, manifestName), { force: true });
    mkdirSync(join(root, 'found'), { recursive: true });
    process.once('exit', this.#discardAtExit);
  }

  /**
   * @param fingerprint called once the output folder is this run's own
   * @throws UsageError where the output folder cannot be written, or another run has it
   */
  static async open(output: string, fingerprint: () => Promise<string>): Promise<Night> {
    const made = makeFolder(output);
    let lock: OutputLock | undefined;
    try {
      lock = OutputLock.acquire(output);
      return new Night(output, await fingerprint(), lock, made);
    } catch (error) {
      lock?.release();
      removeEmpty(made);
      throw error;
    }
  }

  /** The file of the tables. */
  get tables(): string {
    return join(this.root, 'tables.duckdb');
  }

  /** The folder that the data engine spills to. */
  get temporary(): string {
    return join(this.root, 'temporary');
  }

  #finished(stage: string): FinishedStage | undefined {
    return this.#state.finished.find(({ report }) => report.stage === stage);
  }

  /** What the stages of the killed run were computed on. */
  get device(): DeviceFacts | undefined {
    return this.#state.device;
  }

  /** Puts back what a stage of the killed run has found; undefined where the stage has to run. */
  restore(stage: string, found: Findings, database: Database): StageReport | undefined {
    const before = this.#finished(stage);
    if (!before?.saved) return undefined;
    for (const key of before.saved) Object.assign(found, { [key]: readFinding(this.#file(stage, key)) });
    found.quality.push(...before.quality);
    if (stage === lastStageOfTables) {
      for (const { name, files } of found.summaries) {
        database.sources.set(name, { name, files, original: column => column, derivesAmount: false });
      }
    }
    return before.report;
  }

  /** Keeps what a stage has found, as far as it is not in `earlier`. */
  async save(report: StageReport, found: Findings, earlier: Findings, run: SavedRun): Promise<void> {
    try {
      await this.#save(report, found, earlier, run);
    } catch (error) {
      throw explained(error, this.root);
    }
  }

  async #save(report: StageReport, found: Findings, earlier: Findings, run: SavedRun): Promise<void> {
    const { database, device } = run;
    this.#state.device = device ?? this.#state.device;
    if (report.stage === lastStageOfTables) await database.run('CHECKPOINT');
    const { quality, ...others } = found;
    const keys = Object.keys(others) as (keyof typeof others)[];
    const isLoading = found.inputs !== earlier.inputs;
    const changed = keys.filter(key => found[key] !== earlier[key] || (key === 'summaries' && isLoading));
    const written = changed.every(key => writeFinding(this.#file(report.stage, key), found[key]));
    const stage = {
      report,
      saved: written ? changed : undefined,
      quality: quality.slice(earlier.quality.length),
    };
    const { finished } = this.#state;
    this.#state.finished = [...finished.filter(other => other.report.stage !== report.stage), stage];
    const file = join(this.root, 'state.json');
    writeFileSync(`${file}.tmp`, JSON.stringify(this.#state));
    renameSync(`${file}.tmp`, file);
  }

  /** Publishes the results under this name and lets go of all else; gives their plain paths, the manifest last. */
  publish(id: string, keep: number): string[] {
    const files = publishNight(this.#output, this.folder, id);
    this.#made.length = 0;
    forgetNights(this.#output, keep);
    this.discard();
    return files;
  }

  /** Removes all that the night has left, and the output folder where it was made for this run and is empty. */
  discard(): void {
    if (this.#left) return;
    rmSync(this.root, { recursive: true, force: true });
    this.leave();
  }

  /** Lets go of the output folder; what the night has found stays for a run of the same fingerprint. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    process.removeListener('exit', this.#discardAtExit);
    this.#lock.release();
    removeEmpty(this.#made.splice(0));
  }

  #file(stage: string, key: keyof Findings): string {
    return join(this.root, 'found', `${stage}.${key}`);
  }
}

function savedState(root: string): State | undefined {
  try {
    return JSON.parse(readFileSync(join(root, 'state.json'), 'utf8')) as State;
  } catch {
    return undefined;
  }
}
