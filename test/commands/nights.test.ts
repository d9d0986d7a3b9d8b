import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kindred } from './kindred.js';
import { ordersCsv, shopYaml, tinyShop } from './shop.js';

const manifestOf = (cwd: string) => JSON.parse(readFileSync(join(cwd, 'out', 'manifest.json'), 'utf8'));

/** A shop whose customers each bought half of what they had bought. */
function worseShop(cwd: string): void {
  const [head, ...lines] = ordersCsv.trimEnd().split('\n');
  writeFileSync(join(cwd, 'orders.csv'), [head, ...lines.slice(0, lines.length / 4), ''].join('\n'));
}

describe('nights', () => {
  test('the last ones are kept, and an earlier one can be published again', async () => {
    const cwd = tinyShop();
    const nights: string[] = [];
    for (let night = 0; night < 3; night++) {
      const { code, stderr } = await kindred(['nightly', '--set', 'output.keep=2', '--seed', String(night)], {
        cwd,
      });
      expect(code, stderr).toBe(0);
      nights.push(manifestOf(cwd).night);
    }
    expect(readdirSync(join(cwd, 'out', 'nights'))).toEqual(nights.slice(1));
    const back = await kindred(['nightly', '--rollback'], { cwd });
    expect(back.stdout).toContain(`Published the night ${nights[1]} again in the place of ${nights[2]}`);
    expect(manifestOf(cwd)).toMatchObject({ night: nights[1], seed: 1 });
    expect((await kindred(['nightly', '--rollback', '--to', nights[2]], { cwd })).code).toBe(0);
    expect(manifestOf(cwd).seed).toBe(2);
    const none = await kindred(['nightly', '--rollback', '--to', '1999'], { cwd });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain(nights[1]);
    expect((await kindred(['nightly', '--to', nights[1]], { cwd })).code).toBe(2);
  });

  test('a night that was copied by halves is never rolled back to', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const half = manifestOf(cwd).night;
    await kindred(['nightly', '--seed', '1'], { cwd });
    rmSync(join(cwd, 'out', 'nights', half, 'customers.csv'));
    const { code, stderr } = await kindred(['nightly', '--rollback'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/expected a whole night before the published one, found none/);
    expect(manifestOf(cwd).seed).toBe(1);
  });

  test('a second run says who has the folder; the lock of a dead process is taken over', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    onTestFinished(() => {
      other.kill();
    });
    const lock = join(cwd, 'out', '.kindred-lock');
    const since = '2026-01-02T03:04:05.000Z';
    writeFileSync(lock, JSON.stringify({ pid: other.pid, host: hostname(), since }));
    const second = await kindred(['nightly'], { cwd });
    expect(second.code).toBe(2);
    expect(second.stderr).toContain(`found that process ${other.pid} has been using it since ${since}`);
    expect((await kindred(['nightly', '--rollback'], { cwd })).stderr).toContain(`process ${other.pid}`);
    writeFileSync(lock, JSON.stringify({ pid: 999, host: 'elsewhere', since }));
    expect((await kindred(['nightly'], { cwd })).stderr).toContain('process 999 of elsewhere');
    const ended = new Promise(done => other.once('close', done));
    other.kill();
    await ended;
    writeFileSync(lock, JSON.stringify({ pid: other.pid, host: hostname(), since }));
    const third = await kindred(['nightly'], { cwd });
    expect(third.code, third.stderr).toBe(0);
    expect(existsSync(lock)).toBe(false);
  });

  test('a single command does not write into a folder of nights', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const args = [
      'segment',
      'customers.csv',
      '--id',
      'id',
      '--features',
      'income',
      '--k',
      '3',
      '--out',
      'out',
    ];
    const { code, stderr } = await kindred(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('found the nights of a nightly refresh');
  });

  test('plain results of an earlier version become a night', async () => {
    const cwd = tinyShop();
    const args = ['--config', 'kindred.yaml', '--out', 'out'];
    await kindred(['segment', ...args], { cwd });
    const { started } = manifestOf(cwd);
    const { code, stderr } = await kindred(['nightly'], { cwd });
    expect(code, stderr).toBe(0);
    expect(readdirSync(join(cwd, 'out', 'nights'))[0]).toBe(`${started.slice(0, 19).replaceAll(':', '')}Z`);
    expect(manifestOf(cwd).recommendations).toBe(undefined);
    expect(existsSync(join(cwd, 'out', 'recommendations.csv'))).toBe(true);
  });
});

describe('the gate', () => {
  test('refuses a night that lost too much, keeps the one before, and says what moved', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const { night } = manifestOf(cwd);
    worseShop(cwd);
    const refused = await kindred(['nightly'], { cwd });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('rows of transactions from 64 to 16 (at most 50 % less than before)');
    expect(refused.stderr).toContain(`The night ${night} stays published`);
    expect(manifestOf(cwd).night).toBe(night);
    const forced = await kindred(['nightly', '--force'], { cwd });
    expect(forced.code, forced.stderr).toBe(0);
    expect(forced.stderr).toContain('done by the run before');
    expect(manifestOf(cwd).gate).toMatchObject({ against: night, passed: false, forced: true });
  });

  test('says on the first night that there is nothing to compare with', async () => {
    const cwd = tinyShop();
    const { stdout } = await kindred(['nightly'], { cwd });
    expect(stdout).toMatch(/^measure +tonight$/m);
    expect(stdout).toContain('The first night: there is none before it to fall behind');
    const { stdout: second } = await kindred(['nightly'], { cwd });
    expect(second).toMatch(/^measure +tonight +before +limit$/m);
  });

  test('asks for what must be reached even by the first night', async () => {
    const cwd = tinyShop();
    const { code, stderr } = await kindred(['nightly', '--set', 'gate.least.customers=13'], { cwd });
    expect(code).toBe(5);
    expect(stderr).toContain('customers of 12 (at least 13)');
    expect(stderr).toContain('Nothing was published.');
    expect(existsSync(join(cwd, 'out', 'manifest.json'))).toBe(false);
  });

  test.each([
    'chain: [content, segment]',
    'chain: [attributes, trending]',
    'blend: [item, trending, content]',
    'chain: [customer, popular-in-income]',
  ])('judges %s by what customers bought last', async recommendations => {
    const cwd = tinyShop({
      'kindred.yaml': shopYaml.replace('count: 2', `count: 2, ${recommendations}`),
    });
    const { code, stderr } = await kindred(['nightly'], { cwd });
    expect(code, stderr).toBe(0);
    const { night, gate } = manifestOf(cwd);
    const figure = (name: string) =>
      gate.measures.find((measure: { name: string }) => measure.name === name)?.value;
    expect(figure('hitRate')).toBeGreaterThan(0);
    expect(figure('ndcg')).toBeGreaterThan(0);
    const refused = await kindred(['nightly', '--set', 'gate.least.ndcg=0.999'], { cwd });
    expect(refused.code).toBe(5);
    expect(refused.stderr).toMatch(/found NDCG from [\d.]+ to [\d.]+ \(at least 0\.999\)/);
    expect(manifestOf(cwd).night).toBe(night);
  });

  test('says of whom it measured what it does not measure of everybody', async () => {
    const cwd = tinyShop();
    const { stdout } = await kindred(['nightly', '--set', 'gate.sample=5'], { cwd });
    expect(stdout).toContain('Measured of 5 of 12 customers, much the same every night (gate.sample): ');
    const measured = (name: string) =>
      manifestOf(cwd).gate.measures.find((measure: { name: string }) => measure.name === name);
    expect(measured('ndcg').sample).toEqual({ customers: 5, of: 12 });
    expect(measured('coverage')).not.toHaveProperty('sample');
    const whole = await kindred(['nightly'], { cwd });
    expect(whole.stdout).not.toContain('Measured of');
    expect(measured('ndcg')).not.toHaveProperty('sample');
  });

  test('knows how many recommendations are others', async () => {
    const cwd = tinyShop();
    await kindred(['nightly'], { cwd });
    const args = ['nightly', '--set', 'gate.churn=0.1', '--set', 'recommendations.excludeOwned=false'];
    const { code, stderr } = await kindred(args, { cwd });
    expect(code).toBe(5);
    expect(stderr).toMatch(/other recommendations of [\d.]+ % \(at most 10 %\)/);
    expect((await kindred([...args.slice(0, 1), '--set', 'gate=false'], { cwd })).code).toBe(0);
    expect(manifestOf(cwd).gate).toBe(undefined);
  });
});
