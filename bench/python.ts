import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const peersFolder = fileURLToPath(new URL('../peers/', import.meta.url));

/** Where bench/peers/setup has put the peers. */
export const installedPeers = resolve(process.env.KINDRED_PEERS ?? peersFolder);

/** A matrix or a vector on its way to the peers. */
export interface HostArray {
  values: Float32Array | Int32Array;
  shape: number[];
}

/** A peer that failed. */
export class PeerError extends Error {}

/** What a peer's run gave. */
export interface PeerResult {
  seconds: number;
  numbers: Record<string, number>;
  arrays: Record<string, Float32Array | Int32Array>;
}

interface Answer {
  error?: string;
  absent?: string;
  seconds: number;
  numbers: Record<string, number>;
  arrays: Record<string, [dtype: string, shape: number[]]>;
}

export interface PeerRunOptions {
  /** Whether the arrays among its results are read; numbers always are. */
  keep?: boolean;
  /** Arguments of this run. */
  with?: Record<string, number>;
}

/** Runs the peer once. */
export type PeerRun = (options?: PeerRunOptions) => Promise<PeerResult>;

/**
 * FAISS brings a linear algebra library from before these processors, which takes them for something of 2004;
 * the others' newer ones make the same choice by themselves.
 */
function coreType(): string | undefined {
  const wide = existsSync('/proc/cpuinfo') && readFileSync('/proc/cpuinfo', 'latin1').includes(' avx512vl');
  return process.env.OPENBLAS_CORETYPE ?? (wide ? 'SkylakeX' : undefined);
}

/** The peers of bench/peers, in one Python process that lives as long as the benchmarks. */
export class PythonPeers {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kindred-bench-'));
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  private constructor(python: string) {
    const core = coreType();
    this.#process = spawn(python, ['-B', '-W', 'ignore', join(peersFolder, 'serve.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...(core && { OPENBLAS_CORETYPE: core }) },
    });
    this.#lines = createInterface(this.#process.stdout!);
    this.#answers = this.#lines[Symbol.asyncIterator]();
    // Hundreds of megabytes must not stay behind, however this ends.
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** Undefined where bench/peers/setup was not run. */
  static start(): PythonPeers | undefined {
    const python = join(installedPeers, '.venv', 'bin', 'python');
    return existsSync(python) ? new PythonPeers(python) : undefined;
  }

  async versions(): Promise<Record<string, string>> {
    return this.#call({ call: 'versions' });
  }

  /** Hands the data of a comparison to its peers. */
  async load(
    comparison: string,
    arrays: Record<string, HostArray>,
    parameters: Record<string, number | string> = {},
  ): Promise<void> {
    const described = Object.entries(arrays).map(([name, { values, shape }]) => {
      writeFileSync(
        join(this.#folder, name),
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
      return [name, [values instanceof Float32Array ? 'float32' : 'int32', shape]];
    });
    await this.#call({
      call: 'load',
      folder: this.#folder,
      comparison,
      arrays: Object.fromEntries(described),
      parameters,
    });
  }

  /** Makes a peer ready to run on the data; a sentence where it is not installed. */
  async prepare(peer: string): Promise<PeerRun | string> {
    const { absent } = await this.#call<Answer>({ call: 'prepare', peer });
    if (absent !== undefined) return `not installed: ${absent}`;
    return async ({ keep = false, with: given = {} } = {}) => {
      const { seconds, numbers, arrays } = await this.#call<Answer>({ call: 'run', keep, arguments: given });
      const read = Object.entries(arrays).map(([name, [dtype]]) => [name, this.#read(name, dtype)]);
      return { seconds, numbers, arrays: Object.fromEntries(read) };
    };
  }

  async close(): Promise<void> {
    this.#process.stdin!.end();
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    this.#lines.close();
  }

  #read(name: string, dtype: string): Float32Array | Int32Array {
    const { buffer, byteOffset, byteLength } = readFileSync(join(this.#folder, `result-${name}`));
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    if (dtype === 'float32') return new Float32Array(bytes);
    if (dtype === 'int32') return new Int32Array(bytes);
    throw new Error(`${name} came back as ${dtype}`);
  }

  async #call<Result extends object>(request: object): Promise<Result> {
    this.#process.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.#answers.next();
    if (done) throw new Error('the Python process with the peers has ended');
    const answer = JSON.parse(value) as Result & { error?: string };
    if (answer.error !== undefined) throw new PeerError(answer.error);
    return answer;
  }
}
