import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ColumnTable, columnTable } from '../../src/data/index.js';
import { PartedTable } from '../../src/nightly/parted-table.js';
import { ResultsFolder } from '../../src/nightly/results-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindred-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function rows(from: number, to: number): ColumnTable {
  const numbers = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return columnTable([
    { name: 'number', type: 'int32', values: numbers },
    { name: 'half', type: 'float32', values: Float32Array.from(numbers, n => n / 3) },
    {
      name: 'word',
      type: 'dictionary',
      codes: numbers.map(n => (n % 5) - 1),
      dictionary: ['a', 'b,', 'c"', 'd'],
    },
  ]);
}

async function written(
  name: string,
  format: 'parquet' | 'csv' | 'arrow',
  cuts: readonly number[],
  stopAfter?: number,
) {
  const results = new ResultsFolder(join(folder, name));
  const write = async (stop: number) => {
    const table = new PartedTable<number>(results, 'numbers', format);
    for (let part = 0; part + 1 < cuts.length && part < stop; part++) {
      if (cuts[part] < table.done) continue;
      await table.write(rows(cuts[part], cuts[part + 1]), cuts[part + 1], part);
    }
    return table;
  };
  if (stopAfter !== undefined) await write(stopAfter);
  const table = await write(cuts.length);
  await table.close();
  return { table, bytes: readFileSync(results.path(`numbers.${format}`)) };
}

describe('a table in parts', () => {
  test.each([
    'parquet',
    'csv',
    'arrow',
  ] as const)('goes on behind the last part: the same %s', async format => {
    const cuts = [0, 1000, 1001, 150_000, 300_000];
    const { bytes, table } = await written('whole', format, cuts);
    expect([table.done, table.rows, table.notes]).toEqual([300_000, 300_000, [0, 1, 2, 3]]);
    for (const stop of [1, 3]) {
      const again = await written(`after-${stop}`, format, cuts, stop);
      expect(again.bytes.equals(bytes)).toBe(true);
      expect(again.table.notes).toEqual([0, 1, 2, 3]);
    }
  });

  test('is the same CSV wherever it was cut', async () => {
    const one = await written('one', 'csv', [0, 300_000]);
    const other = await written('other', 'csv', [0, 77_777, 250_000, 300_000]);
    expect(other.bytes.equals(one.bytes)).toBe(true);
  });
});
