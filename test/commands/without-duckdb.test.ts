import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { emptyFolder } from './kindred.js';

const dist = resolve(import.meta.dirname, '../../dist');

/** Runs Node.js as it is after `npm install --omit=optional`, which leaves out DuckDB's binaries. */
function node(...args: string[]) {
  const cwd = emptyFolder();
  const hook = join(cwd, 'omit.cjs');
  writeFileSync(
    hook,
    `const Module = require('node:module');
     const load = Module._load;
     Module._load = (name, ...rest) => {
       if (/^@duckdb\\/node-bindings-/.test(name)) throw new Error('Cannot find module ' + name);
       return load(name, ...rest);
     };`,
  );
  writeFileSync(join(cwd, 'table.csv'), 'id,age\n1,2\n2,3\n');
  return spawnSync(process.execPath, ['--require', hook, ...args], {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
}

describe('without the binaries of DuckDB', () => {
  test('the library loads and computes', () => {
    const { status, stderr } = node(
      '--input-type=module',
      '--eval',
      `import { KMeans } from '${dist}/index.js'; new KMeans({ k: 2 });`,
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  test('the schema of the build is printed', () => {
    expect(node(join(dist, 'cli.js'), 'nightly', '--schema').status).toBe(0);
  });

  test('reading data says what is missing', () => {
    const { status, stderr } = node(join(dist, 'cli.js'), 'segment', 'table.csv', '--features', 'age');
    expect(stderr).toMatch(/^error: expected DuckDB's binary for .*, found that it was not installed\.$/m);
    expect(stderr).toMatch(/^hint: .*--omit=optional/m);
    expect(status).toBe(2);
  });
});
