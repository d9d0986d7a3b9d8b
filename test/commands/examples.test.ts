import { symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { verbs } from '../../src/commands/index.js';
import { emptyFolder, kindred } from './kindred.js';

/** The words of a command line, as a shell takes them. */
function words(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain);
}

test('examples stand in --help as a shell takes them', async () => {
  for (const { name, examples } of verbs) {
    const { stdout } = await kindred([name, '--help']);
    const said = stdout.replaceAll(/ \\\n\s+/g, ' ').split('\n');
    expect(said.filter(line => line.startsWith('  kindred ')).map(line => line.trim())).toEqual(examples);
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(110);
  }
});

test('every example of --help runs', { timeout: 240_000 }, async () => {
  const cwd = emptyFolder();
  symlinkSync(resolve(import.meta.dirname, '../../datasets'), join(cwd, 'datasets'));
  // A test of its own measures; it takes a minute.
  const lines = verbs.filter(({ name }) => name !== 'bench').flatMap(({ examples }) => examples);
  expect(lines.length).toBeGreaterThan(15);
  // There must be a night before the last one to go back to.
  for (const line of [lines[0], ...lines]) {
    const [program, ...args] = words(line);
    expect(program).toBe('kindred');
    const { code, stdout, stderr } = await kindred(
      [...args, ...(args.includes('--json') ? [] : ['--quiet'])],
      {
        cwd,
      },
    );
    expect(code, `${line}\n${stderr}`).toBe(0);
    expect(stderr, line).toBe('');
    expect(stdout, line).not.toContain('NaN');
  }
});
