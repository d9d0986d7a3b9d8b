import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fingerprintOf } from '../../src/nightly/fingerprint.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { run } from '../../src/nightly/run.js';
import { tinyShop } from '../commands/shop.js';

test('a run is another one when the earlier results that it names have changed', async () => {
  const folder = tinyShop();
  const loaded = (...set: string[]) => loadConfig({ file: join(folder, 'kindred.yaml'), set });
  const stages = ['load', 'clean', 'features', 'segments', 'publish'] as const;
  const named = ['drift.previous=before', 'segments.warmStart=before'];
  const fingerprints = () =>
    Promise.all(['seed=0', ...named].map(change => fingerprintOf(loaded(change), stages)));
  await run(loaded('drift=false'), { stages, output: 'before' });
  const [plain, ...before] = await fingerprints();
  expect(await fingerprints()).toEqual([plain, ...before]);
  await run(loaded('drift=false', 'segments.k=2'), { stages, output: 'before' });
  const [same, ...after] = await fingerprints();
  expect(same).toBe(plain);
  after.forEach((fingerprint, i) => {
    expect(fingerprint).not.toBe(before[i]);
  });
});
