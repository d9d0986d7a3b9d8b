import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

/** The built command line. */
export const cli = resolve(import.meta.dirname, '../../dist/cli.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

interface Options {
  cwd?: string;
  /** Called with what is printed on stderr so far, to act in the middle of a run. */
  watch?: (stderr: string, stop: () => void) => void;
  /** A CommonJS module that is loaded before the command line. */
  preload?: string;
  /** Variables of its environment, beside those of this process. */
  env?: Record<string, string>;
}

/** Runs the built command line, as a user would, and gives what it printed and its exit code. */
export function kindred(args: string[], { cwd, watch, preload, env }: Options = {}): Promise<Ended> {
  return new Promise((done, failed) => {
    const before = preload === undefined ? [] : ['--require', preload];
    const child = spawn(process.execPath, [...before, cli, ...args], {
      cwd,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', data => {
      stdout += data;
    });
    child.stderr.on('data', data => {
      stderr += data;
      watch?.(stderr, () => child.kill('SIGINT'));
    });
    child.on('error', failed);
    child.on('close', code => done({ code, stdout, stderr }));
  });
}

/** A folder that is gone when the test is over. */
export function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
