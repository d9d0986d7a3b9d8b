import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.js';
import { unwritable } from '../make-folder.js';

/** Who works on an output folder. */
interface Holder {
  pid: number;
  host: string;
  /** When it began, as an ISO time. */
  since: string;
  /** What tells the process from a later one of the same number, where the system says it. */
  process?: string;
}

const lockName = '.kindred-lock';

/** Boot of the machine and start of the process, on Linux; elsewhere a process is known by its number alone. */
function processIdentity(pid: number): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may hold spaces; the start is the 22nd field.
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    return `${boot} ${start}`;
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Whether the holder may still be at work; of another machine that cannot be known. */
function mayLive({ pid, host, process: identity }: Holder): boolean {
  if (host !== hostname()) return true;
  if (!exists(pid)) return false;
  const now = processIdentity(pid);
  return identity === undefined || now === undefined || now === identity;
}

function read(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

function held({ pid, host, since }: Holder, output: string, path: string): UsageError {
  const elsewhere = host === hostname() ? '' : ` of ${host}`;
  return new UsageError({
    file: output,
    expected: 'an output folder that no other run is using',
    found: `that process ${pid}${elsewhere} has been using it since ${since}`,
    hint: elsewhere
      ? `Wait for it to end; if it is gone, remove ${path}.`
      : 'Wait for it to end, or choose another output folder with --out.',
  });
}

/**
 * Keeps two runs from working on one output folder. The lock is a file that says who holds it; the file of a process
 * that is dead is taken over, so that a crash locks nobody out.
 */
export class OutputLock {
  readonly #path: string;
  #released = false;
  readonly #releaseAtExit = () => this.release();

  private constructor(path: string) {
    this.#path = path;
    process.once('exit', this.#releaseAtExit);
  }

  /** @throws UsageError that names the holder, where there is one; for a folder that cannot be written. */
  static acquire(output: string): OutputLock {
    const path = join(output, lockName);
    const mine = join(output, `${lockName}-${randomUUID().slice(0, 8)}`);
    const holder: Holder = {
      pid: process.pid,
      host: hostname(),
      since: new Date().toISOString(),
      process: processIdentity(process.pid),
    };
    try {
      writeFileSync(mine, JSON.stringify(holder));
    } catch (cause) {
      throw unwritable(output, cause);
    }
    try {
      for (let tries = 0; ; tries++) {
        if (placed(mine, path)) return new OutputLock(path);
        const other = read(path);
        if (!other) {
          // Gone meanwhile, being written on a file system without links, or in the end: damaged.
          if (tries > 10) rmSync(path, { force: true });
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
          continue;
        }
        if (mayLive(other) || !setAside(path, other)) throw held(other, output, path);
      }
    } finally {
      rmSync(mine, { force: true });
    }
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    process.removeListener('exit', this.#releaseAtExit);
    rmSync(this.#path, { force: true });
  }
}

/** Puts a whole file in a place unless there is one already: nobody ever reads half a lock. */
function placed(file: string, place: string): boolean {
  try {
    linkSync(file, place);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    return written(readFileSync(file, 'utf8'), place);
  }
}

/** As {@link placed}, on a file system without hard links. */
function written(text: string, place: string): boolean {
  try {
    writeFileSync(place, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Takes the lock of a dead process away; false where another run was faster, whose lock then stays. */
function setAside(path: string, dead: Holder): boolean {
  const aside = `${path}-${randomUUID().slice(0, 8)}`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const taken = read(aside);
  const isDead = taken?.pid === dead.pid && taken.since === dead.since;
  if (!isDead) placed(aside, path);
  rmSync(aside, { force: true });
  return isDead;
}
