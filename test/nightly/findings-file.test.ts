import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor2d } from '@tensorflow/tfjs-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { idText, textVector } from '../../src/data/index.js';
import { readFinding, writeFinding } from '../../src/nightly/findings-file.js';
import { loadConfig } from '../../src/nightly/load-config.js';
import { run } from '../../src/nightly/run.js';
import type { SegmentFindings } from '../../src/nightly/segment-findings.js';
import { ItemNeighbours, Popularity } from '../../src/recommend/index.js';
import type { SegmentModel } from '../../src/segment/index.js';
import { emptyFolder } from '../commands/kindred.js';
import { tinyShop } from '../commands/shop.js';

function fileOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kindred-findings-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'finding');
}

test('numbers, texts and what is missing come back as they were', () => {
  const file = fileOfTest();
  const value = {
    numbers: new Float64Array([1, Number.NaN, -0]),
    big: new BigInt64Array([1n, -2n]),
    texts: ['a', null, 'ü'],
    nested: [{ x: undefined, y: Number.POSITIVE_INFINITY }],
  };
  expect(writeFinding(file, value)).toBe(true);
  expect(readFinding(file)).toEqual(value);
});

test('maps come back, whatever they hold', () => {
  const file = fileOfTest();
  const value = { empty: new Map(), deep: new Map([['a', { inner: new Map([[1, [null, undefined]]]) }]]) };
  expect(writeFinding(file, value)).toBe(true);
  expect(readFinding(file)).toEqual(value);
});

test('ids and a model come back', () => {
  const file = fileOfTest();
  const matrix = {
    rows: 3,
    columns: 3,
    indptr: Int32Array.of(0, 2, 4, 6),
    indices: Int32Array.of(0, 1, 0, 1, 1, 2),
    values: new Float32Array(6).fill(1),
  };
  const model = ItemNeighbours.of(
    { neighbours: 2 },
    { similar: matrix, popularity: Popularity.of(matrix), items: ['x', 'y', 'z'] },
  );
  expect(writeFinding(file, { ids: textVector(['p', 'q']), model })).toBe(true);
  const back = readFinding(file) as { ids: ReturnType<typeof textVector>; model: ItemNeighbours };
  expect([idText(back.ids, 0), idText(back.ids, 1)]).toEqual(['p', 'q']);
  expect(back.model.options).toEqual(model.options);
  expect(back.model.similar).toEqual(model.similar);
  expect(back.model.popularity.ranking).toEqual(model.popularity.ranking);
  expect(back.model.items).toEqual(['x', 'y', 'z']);
});

test('an object of a class that is not known is not written', () => {
  class Unknown {}
  expect(writeFinding(fileOfTest(), { inside: [new Unknown()] })).toBe(false);
  expect(writeFinding(fileOfTest(), { call() {} })).toBe(false);
});

describe('findings of the segments', () => {
  const algorithms = [
    '{ k: 3 }',
    '{ k: { from: 2, to: 4 }, correlation: pearson }',
    '{ algorithm: dbscan, minimumPoints: 3 }',
    '{ algorithm: hdbscan, minimumSize: 3 }',
    '{ algorithm: hierarchical, k: 3 }',
  ];

  test.each(algorithms)('%s come back as they were', async segments => {
    const folder = tinyShop();
    const night = () =>
      run(loadConfig({ file: join(folder, 'kindred.yaml'), set: [`segments=${segments}`] }), {
        output: 'out',
        stages: ['load', 'clean', 'features', 'segments', 'publish'],
      });
    await night();
    // The second has an earlier one to be compared with.
    const { found } = await night();
    expect(found.segments!.drift!.previous.customers).toMatchObject({ format: 'csv' });
    const file = fileOfTest();
    expect(writeFinding(file, found.segments)).toBe(true);
    const { model, ...others } = readFinding(file) as SegmentFindings;
    const { model: before, ...othersBefore } = found.segments!;
    expect(others).toEqual(othersBefore);
    expect({ ...model.parts, clusterer: undefined }).toEqual({ ...before.parts, clusterer: undefined });
    expect(await savedFiles(model)).toEqual(await savedFiles(before));
    const { values, columns } = found.features!.customers;
    const customers = tensor2d(values!, [columns, 12]);
    expect(await model.predict(customers)).toEqual(await before.predict(customers));
    customers.dispose();
  });

  async function savedFiles(model: SegmentModel): Promise<Record<string, string>> {
    const folder = emptyFolder();
    await model.save(folder);
    return Object.fromEntries(
      readdirSync(folder).map(name => [name, readFileSync(join(folder, name), 'utf8')]),
    );
  }
});
