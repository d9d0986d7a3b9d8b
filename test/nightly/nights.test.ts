import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { currentNight, forgetNights, publishNight, rollBack, wholeNights } from '../../src/nightly/nights.js';

let makesLinks = true;
vi.mock('node:fs', async importOriginal => {
  const fs = await importOriginal<typeof import('node:fs')>();
  const symlinkSync: typeof fs.symlinkSync = (...link) => {
    if (!makesLinks) throw Object.assign(new Error('operation not permitted'), { code: 'EPERM' });
    fs.symlinkSync(...link);
  };
  return { ...fs, symlinkSync };
});

let output: string;
beforeEach(() => {
  output = mkdtempSync(join(tmpdir(), 'kindred-nights-'));
  makesLinks = true;
});
afterEach(() => rmSync(output, { recursive: true }));

const read = (...path: string[]) => readFileSync(join(output, ...path), 'utf8');

/** Publishes a night of these files. */
function publish(id: string, files: Record<string, string>): string[] {
  const results = join(output, '.results');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(results, name)), { recursive: true });
    writeFileSync(join(results, name), text);
  }
  const outputs = Object.entries(files).map(([path, text]) => ({ path, bytes: text.length }));
  writeFileSync(join(results, 'manifest.json'), JSON.stringify({ night: id, outputs }));
  return publishNight(output, results, id);
}

describe.each([true, false])('nights, where the system makes links: %s', links => {
  beforeEach(() => {
    makesLinks = links;
  });

  test('plain names show the night, and only its files', () => {
    publish('1', { 'customers.csv': 'one', 'model/a.json': 'A', 'old.csv': 'x' });
    const files = publish('2', { 'customers.csv': 'two', 'model/b.json': 'B' });
    expect(files).toEqual(['customers.csv', 'model/b.json', 'manifest.json'].map(name => join(output, name)));
    expect([read('customers.csv'), read('model', 'b.json')]).toEqual(['two', 'B']);
    expect(readdirSync(output)).not.toContain('old.csv');
    expect(readdirSync(join(output, 'model'))).toEqual(['b.json']);
    expect(lstatSync(join(output, 'customers.csv')).isSymbolicLink()).toBe(links);
    expect(currentNight(output)?.id).toBe('2');
    expect(wholeNights(output).map(({ id }) => id)).toEqual(['1', '2']);
  });

  test('rolls back, and keeps the published night however old', () => {
    for (const id of ['1', '2', '3']) publish(id, { 'customers.csv': id });
    expect(rollBack(output)).toMatchObject({ from: '3', to: '2' });
    expect(rollBack(output)).toMatchObject({ from: '2', to: '1' });
    expect(read('customers.csv')).toBe('1');
    expect(() => rollBack(output)).toThrow(/expected a whole night before the published one, found none/);
    forgetNights(output, 1);
    expect(readdirSync(join(output, 'nights')).sort()).toEqual(['1', '3']);
    expect(rollBack(output, '3')).toMatchObject({ from: '1', to: '3' });
  });

  test('a file or folder of the user in the way: nothing is published', () => {
    mkdirSync(join(output, 'customers.csv'));
    expect(() => publish('1', { 'customers.csv': 'one' })).toThrow(UsageError);
    expect(readdirSync(output).sort()).toEqual(['.results', 'customers.csv']);
  });

  test('a night of which a part is missing is none', () => {
    publish('1', { 'customers.csv': 'one' });
    publish('2', { 'customers.csv': 'two' });
    writeFileSync(join(output, 'nights', '1', 'customers.csv'), 'o');
    expect(wholeNights(output).map(({ id }) => id)).toEqual(['2']);
    forgetNights(output, 7);
    expect(readdirSync(join(output, 'nights'))).toEqual(['2']);
    expect(statSync(join(output, 'customers.csv')).size).toBe(3);
  });
});
