import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { emptyFolder, kindred } from './kindred.js';

const sampleShop = resolve(import.meta.dirname, '../../datasets/sample-shop/kindred.yaml');

test.each([
  'load',
  'features',
  'segments',
])('Ctrl-C after %s leaves no half file and exits with 130', async stage => {
  const folder = emptyFolder();
  let sent = false;
  const { code, stdout, stderr } = await kindred(['nightly', sampleShop, '--out', join(folder, 'a', 'out')], {
    watch(text, stop) {
      if (sent || !text.includes(stage)) return;
      sent = true;
      stop();
    },
  });
  expect(stderr).toContain('Interrupted; nothing was published.');
  expect(code).toBe(130);
  expect(stdout).toBe('');
  expect(readdirSync(folder)).toEqual([]);
});

test('a signal while the command is still being loaded exits with 130', async () => {
  const folder = emptyFolder();
  const preload = join(folder, 'interrupt.cjs');
  // The command line listens to its output before it loads what the verb needs.
  writeFileSync(
    preload,
    `const { on } = process.stdout;
     process.stdout.on = (...listener) => (process.kill(process.pid, 'SIGTERM'), on.apply(process.stdout, listener));`,
  );
  const { code } = await kindred(['nightly', sampleShop, '--out', join(folder, 'out')], { preload });
  expect(code).toBe(130);
  expect(readdirSync(folder)).toEqual(['interrupt.cjs']);
});
