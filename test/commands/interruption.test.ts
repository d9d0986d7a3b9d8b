import { readdirSync } from 'node:fs';
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
