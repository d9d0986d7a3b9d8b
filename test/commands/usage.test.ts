import { describe, expect, test } from 'vitest';
import { kindred } from './kindred.js';

describe('wrong usage', () => {
  test.each([
    ['no command', [], /a command out of nightly, segment.*found none/, /--help/],
    [
      'an unknown command',
      ['segmnt'],
      /expected a command, found "segmnt"/,
      /Did you mean kindred segment\?/,
    ],
    ['an unknown option', ['segment', '--featuers', 'a'], /found "featuers"/, /Did you mean --features\?/],
    [
      'an unknown choice',
      ['nightly', '--device', 'webgup'],
      /--device out of auto, webgpu.*found "webgup"/,
      /webgpu/,
    ],
    [
      'an option without its value',
      ['value', '--customer'],
      /a value after --customer, found none/,
      /--help/,
    ],
    ['text for a number', ['segment', '--k', 'five'], /a number or auto after --k/, /--help/],
    ['no customers', ['sample', 'x', '--customers', '0'], /at least 1 for the customers/, /1000 customers/],
    ['no input', ['sample'], /an input, as in kindred sample <folder>/, /--help/],
    [
      'no configuration',
      ['nightly', 'nowhere.yaml'],
      /nowhere\.yaml: .*found no such file/,
      /kindred sample/,
    ],
  ])('%s: one sentence, one hint, exit code 2', async (_name, args, sentence, hint) => {
    const { code, stdout, stderr } = await kindred(args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    const [error, second = '', ...more] = stderr.trimEnd().split('\n');
    expect(error).toMatch(/^error: .*\.$/);
    expect(error).toMatch(sentence);
    expect(second).toMatch(hint);
    expect(more).toEqual([]);
  });

  test('--verbose adds the stack', async () => {
    const { code, stderr } = await kindred(['nightly', 'nowhere.yaml', '--verbose']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/\n +at /);
  });
});

describe('help', () => {
  test('names every command', async () => {
    const { code, stdout } = await kindred(['--help']);
    expect(code).toBe(0);
    for (const verb of ['nightly', 'segment', 'score', 'value', 'recommend', 'sample', 'devices']) {
      expect(stdout).toContain(`kindred ${verb}`);
    }
  });

  test.each([
    'nightly',
    'segment',
    'score',
    'value',
    'recommend',
    'sample',
    'devices',
  ])('of %s has an example', async verb => {
    const { code, stdout } = await kindred([verb, '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples:\\n  # .+\\n  kindred ${verb}\\b`));
  });

  test('--version is that of the package', async () => {
    const { code, stdout } = await kindred(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
