import { spawnSync } from 'node:child_process';
import { existsSync, openSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { errorText } from '../../src/commands/print/error.js';
import { DataError } from '../../src/errors.js';
import { cli } from './kindred.js';
import { tinyShop } from './shop.js';

describe('what is said of an error', () => {
  it('holds no password, not even among the causes', () => {
    const cause = new Error('could not connect to postgresql://me:secret@host/shop, password=secret');
    const error = new DataError({ expected: 'a database of postgres', found: 'none', cause });
    expect(errorText(error, true)).toContain('postgresql://me:…@host/shop, password=…');
    expect(errorText(error, true)).not.toContain('secret');
  });
});

test.skipIf(!existsSync('/dev/full'))('standard output without room is told in one sentence', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stderr } = spawnSync(process.execPath, [cli, 'devices'], {
    stdio: ['ignore', full, 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
    encoding: 'utf8',
  });
  expect(stderr).toMatch(
    /^error: standard output: expected a file that can be written, found a full disk\.\n/,
  );
  expect(status).toBe(2);
});

test.skipIf(!existsSync('/dev/full'))('progress without room does not stop a run', () => {
  const full = openSync('/dev/full', 'w');
  const { status, stdout } = spawnSync(process.execPath, [cli, 'nightly'], {
    cwd: tinyShop(),
    stdio: ['ignore', 'pipe', full],
    encoding: 'utf8',
  });
  expect(stdout).toContain('Throughput');
  expect(status).toBe(0);
});
