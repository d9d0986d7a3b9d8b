import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const addon = resolve('kernels/build/Release/kindred.node');

/** Sums distances to a million customers again and again, as silhouettes do, while other memory comes into use. */
const program = `
const addon = require(${JSON.stringify(addon)});
const [d, m, n] = [8, 16, 1_000_000];
const [a, b, sums] = [new Float32Array(d * m), new Float32Array(d * n).fill(1), new Float32Array(2 * m)];
const kept = [];
let bytes = 0;
const run = times => {
  for (let i = 0; i < times; i++) {
    addon.distanceSums(a, b, 'euclidean', d, m, n, Int32Array.from([0, n / 2, n]), 2, sums);
    for (let j = 0; j < 50; j++) {
      kept.push(new Uint8Array(3000 + j * 700));
      bytes += kept.at(-1).length;
    }
  }
};
run(5);
const before = process.memoryUsage().rss - bytes;
run(55);
console.log(process.memoryUsage().rss - bytes - before);
`;

test.skipIf(!existsSync(addon))(
  'What kernels take for a call is used again by the next',
  () => {
    const grown = Number(
      execFileSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 }),
    );
    expect(grown / 1e6).toBeLessThan(100);
  },
  60_000,
);
