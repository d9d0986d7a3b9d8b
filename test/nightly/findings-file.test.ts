import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { idText, textVector } from '../../src/data/index.js';
import { readFinding, writeFinding } from '../../src/nightly/findings-file.js';
import { ItemNeighbours, Popularity } from '../../src/recommend/index.js';

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
