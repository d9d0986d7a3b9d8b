import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ColumnFile } from '../../src/data/column-file.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

it('gives what was written in pieces, in batches of any size and column by column', async () => {
  const [columns, rows] = [3, 10];
  const file = new ColumnFile(join(shop.folder, 'columns'), columns, rows, 'float32');
  const value = (column: number, row: number) => 100 * column + row;
  for (const [from, to] of [
    [4, 10],
    [0, 4],
  ]) {
    for (let column = 0; column < columns; column++) {
      const own = Float32Array.from({ length: to - from }, (_, i) => value(column, from + i));
      await file.write(column, from, own);
    }
  }
  await file.close();
  for (const most of [1, 3, 5, 10, 100]) {
    let from = 0;
    for (const { values, rows: some } of file.batches(most)) {
      expect(some).toBe(Math.min(most, rows - from));
      const wanted = Array.from({ length: columns * some }, (_, i) =>
        value(Math.floor(i / some), from + (i % some)),
      );
      expect([...values]).toEqual(wanted);
      from += some;
    }
    expect(from).toBe(rows);
  }
  expect([...file.column(2).part(0, rows)]).toEqual(Array.from({ length: rows }, (_, row) => value(2, row)));
  expect(readdirSync(shop.folder)).toEqual(['columns']);
});

it('says what is wrong with the place that it is written to', async () => {
  const file = new ColumnFile(join(shop.file('a.txt', 'no folder'), 'columns'), 1, 1, 'float64');
  const said = await complaint(() => file.write(0, 0, Float64Array.of(1)));
  expect(said).toMatchObject({
    code: 2,
    text: expect.stringMatching(/found a file where a folder should be/),
  });
});
