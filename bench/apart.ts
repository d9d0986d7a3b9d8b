import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Runs a program of this folder in a process of its own, so that what it takes at most is its own; gives the JSON that it prints. */
export function apart<T>(program: `./${string}.js`, args: readonly string[] = []): Promise<T> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, [path, ...args]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', data => {
    stdout += data;
  });
  child.stderr.on('data', data => {
    stderr += data;
  });
  return new Promise((done, failed) => {
    child.on('close', code => (code === 0 ? done(JSON.parse(stdout)) : failed(new Error(stderr))));
  });
}

export const megabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20).toLocaleString('en')} MiB`;
