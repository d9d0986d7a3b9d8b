import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { BenchmarkReport } from '../../src/benchmark/index.js';
import { emptyFolder, kindred } from './kindred.js';

const oneKernel = ['bench', '--device', 'native', '--kernel', 'CentroidUpdate'];

test('bench measures, keeps a report, draws it, and refuses to have become slower', async () => {
  const folder = emptyFolder();
  const [json, chart] = [join(folder, 'report.json'), join(folder, 'roofline.svg')];
  const first = await kindred([...oneKernel, '--json', json, '--chart', chart]);
  expect(first.code).toBe(0);
  expect(first.stderr).toContain(`written: ${json}, ${chart}`);
  expect(first.stdout).toMatch(/native: .*\n.*\n\s+limits: .* GFLOP\/s, .* GB\/s/);
  expect(first.stdout).toMatch(/CentroidUpdate\s+100 k × 8, k = 8/);
  expect(readFileSync(chart, 'utf8')).toContain('<svg');

  const report = JSON.parse(readFileSync(json, 'utf8')) as BenchmarkReport;
  for (const row of report.rows) if ('resident' in row) row.resident.median /= 1000;
  writeFileSync(json, JSON.stringify(report));
  const second = await kindred([...oneKernel, '--compare', json]);
  expect(second.code).toBe(5);
  expect(second.stderr).toContain('worst CentroidUpdate on native');
});

test('Ctrl-C ends a benchmark, also on a device that never waits', async () => {
  const { code, stdout, stderr } = await kindred(['bench', '--device', 'wasm'], {
    watch: (text, stop) => text.includes('NearestCentroid') && stop(),
  });
  expect(stderr).toContain('Interrupted');
  expect(stdout).toBe('');
  expect(code).toBe(130);
});

test.each([
  '--json',
  '--chart',
])('bench notices before it measures that %s cannot be written', async option => {
  const folder = emptyFolder();
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const path of [join(file, 'report'), folder]) {
    const { code, stdout, stderr } = await kindred([...oneKernel, option, path]);
    expect(code).toBe(2);
    expect(stderr).toContain('expected a file that can be written');
    expect(stderr).not.toContain('CentroidUpdate');
    expect(stdout).toBe('');
  }
  expect(readdirSync(folder)).toEqual(['file']);
});

test('bench refuses a report that is none before it measures', async () => {
  const file = join(emptyFolder(), 'report.json');
  writeFileSync(file, '{"rows": 1}');
  const { code, stderr } = await kindred([...oneKernel, '--compare', file]);
  expect(code).toBe(3);
  expect(stderr).toContain('a report that kindred bench --json wrote');
});
