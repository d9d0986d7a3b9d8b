import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { Staging } from '../../src/nightly/staging.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-staging-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('Staging', () => {
  test('shows nothing before the commit and everything after it', () => {
    const output = join(folder, 'a', 'b');
    const staging = Staging.open(output);
    staging.write('manifest.json', '{}');
    staging.write(join('model', 'k-means.json'), '{}');
    expect(readdirSync(output).filter(name => !name.startsWith('.'))).toEqual([]);
    expect(staging.commit('manifest.json')).toEqual([
      join(output, 'model', 'k-means.json'),
      join(output, 'manifest.json'),
    ]);
    expect(readdirSync(output).sort()).toEqual(['manifest.json', 'model']);
  });

  test('replaces what was there and leaves the rest alone', () => {
    writeFileSync(join(folder, 'manifest.json'), 'old');
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const staging = Staging.open(folder);
    staging.write('manifest.json', 'new');
    staging.commit('manifest.json');
    expect(readFileSync(join(folder, 'manifest.json'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('mine');
  });

  const run = (stages: string[], files: string[]) => {
    const staging = Staging.open(folder);
    for (const file of files) staging.write(file, 'new');
    const outputs = files.map(path => ({ path, bytes: 3 }));
    staging.write('manifest.json', JSON.stringify({ stages: stages.map(stage => ({ stage })), outputs }));
    staging.commit('manifest.json');
    return readdirSync(folder).sort();
  };

  test('removes what an earlier run of the same stages left, and nothing else', () => {
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    run(['load', 'value'], ['customers.parquet', 'holdout.svg', 'model/value.json']);
    const again = run(['load', 'value'], ['customers.csv']);
    expect(again).toEqual(['customers.csv', 'manifest.json', 'notes.txt']);
    const other = run(['load', 'segments'], ['segments.csv']);
    expect(other).toEqual(['customers.csv', 'manifest.json', 'notes.txt', 'segments.csv']);
  });

  test('removes nothing outside of its folder, whatever a manifest says', () => {
    const outside = join(folder, '..', `${basename(folder)}-mine.txt`);
    writeFileSync(outside, 'mine');
    const outputs = [{ path: `../${basename(outside)}`, bytes: 4 }];
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ stages: [{ stage: 'load' }], outputs }));
    run(['load'], ['customers.csv']);
    expect(existsSync(outside)).toBe(true);
    rmSync(outside);
  });

  test('leaves no trace when it is discarded', () => {
    const staging = Staging.open(join(folder, 'a', 'b'));
    staging.write('customers.csv', 'half');
    staging.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('keeps a folder that was there before, even an empty one', () => {
    mkdirSync(join(folder, 'out'));
    Staging.open(join(folder, 'out')).discard();
    expect(existsSync(join(folder, 'out'))).toBe(true);
  });

  test.each([
    ['a folder where a file belongs', () => mkdirSync(join(folder, 'manifest.json'))],
    ['a file where a folder belongs', () => writeFileSync(join(folder, 'model'), '')],
  ])('%s: nothing is moved', (_, obstruct) => {
    obstruct();
    const before = readdirSync(folder);
    const staging = Staging.open(folder);
    staging.write('customers.csv', '');
    staging.write(join('model', 'k-means.json'), '{}');
    staging.write('manifest.json', '{}');
    expect(() => staging.commit('manifest.json')).toThrow(UsageError);
    staging.discard();
    expect(readdirSync(folder)).toEqual(before);
  });

  test('a file in the way is the user’s to mend', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => Staging.open(join(folder, 'file', 'out'))).toThrow(UsageError);
    expect(() => Staging.open(join(folder, 'file'))).toThrow(/found a file/);
  });
});
