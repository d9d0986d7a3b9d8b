import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { textVector, toArrow } from '../../src/data/arrow-columns.js';
import {
  type ColumnTable,
  columnTable,
  discardUnfinished,
  idColumn,
  type OutputFormat,
  readArrow,
  replaceFile,
  TableWriter,
  writeTable,
  writeTables,
} from '../../src/data/index.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const formats: OutputFormat[] = ['parquet', 'csv', 'arrow'];

/** Every type of column, with a missing value each. */
function everyType(): ColumnTable {
  const valid = Uint8Array.of(1, 1, 0);
  return columnTable([
    { name: 'text, "quoted"', type: 'text', values: ['é, "x"', 'line\nbreak', null] },
    { name: 'dictionary', type: 'dictionary', codes: Int32Array.of(1, 0, -1), dictionary: ['zero', 'one'] },
    { name: 'float64', type: 'float64', values: Float64Array.of(0.1, -1e300, 0), valid },
    { name: 'float32', type: 'float32', values: Float32Array.of(0.5, -2, 0), valid },
    { name: 'int32', type: 'int32', values: Int32Array.of(-1, 2 ** 31 - 1, 0), valid },
    { name: 'int64', type: 'int64', values: BigInt64Array.of(-1n, 2n ** 53n, 0n), valid },
    { name: 'boolean', type: 'boolean', values: Uint8Array.of(1, 0, 0), valid },
    { name: 'timestamp', type: 'timestamp', values: BigInt64Array.of(0n, 1_578_909_900_000_000n, 0n), valid },
  ]);
}

const rows = [
  ['é, "x"', 'one', 0.1, 0.5, -1, -1, true, '1970-01-01 00:00:00'],
  ['line\nbreak', 'zero', -1e300, -2, 2 ** 31 - 1, 2n ** 53n, false, '2020-01-13 10:05:00'],
  [null, null, null, null, null, null, null, null],
];

async function readBack(format: OutputFormat, path: string): Promise<unknown[][]> {
  await shop.open('back', { path, format });
  const values = await shop.db.rows(
    'SELECT * REPLACE (CAST("timestamp" AS VARCHAR) AS "timestamp") FROM back',
  );
  return values.map(row => Object.values(row));
}

describe.each(formats)('%s', format => {
  it('writes every type, and nothing but the file', async () => {
    const path = join(shop.folder, `new/out.${format}`);
    await writeTable(path, format, everyType());
    expect(await readBack(format, path)).toEqual(rows);
    expect(readdirSync(join(shop.folder, 'new'))).toEqual([`out.${format}`]);
  });

  it('writes batches, more rows than a chunk has', async () => {
    const path = join(shop.folder, `out.${format}`);
    const writer = await TableWriter.open(path, format);
    for (let batch = 0; batch < 3; batch++) {
      const values = Float64Array.from({ length: 5000 }, (_, row) => batch * 5000 + row);
      const codes = Int32Array.from(values, value => value % 2);
      await writer.write(
        columnTable([
          { name: 'n', type: 'float64', values },
          { name: 'kind', type: 'dictionary', codes, dictionary: batch < 2 ? ['even', 'odd'] : ['e', 'o'] },
        ]),
      );
      expect(existsSync(path)).toBe(false);
    }
    await writer.close();
    await shop.open('back', { path });
    const query =
      'SELECT kind, count(*) AS count, sum(n) AS sum, bool_and(n = rowid) AS ordered FROM back GROUP BY 1 ORDER BY 1';
    expect(await shop.db.rows(query)).toEqual([
      { kind: 'e', count: 2500, sum: 31_247_500, ordered: true },
      { kind: 'even', count: 5000, sum: 24_995_000, ordered: true },
      { kind: 'o', count: 2500, sum: 31_250_000, ordered: true },
      { kind: 'odd', count: 5000, sum: 25_000_000, ordered: true },
    ]);
  });

  it('takes Arrow tables, and tables without rows', async () => {
    const path = join(shop.folder, `out.${format}`);
    await writeTable(path, format, toArrow(everyType()));
    expect(await readBack(format, path)).toEqual(rows);
    await writeTable(path, format, columnTable([{ name: 'x', type: 'text', values: [] }]));
    expect(readFileSync(path).length).toBeGreaterThan(0);
  });

  it('replaces an old file only when the new one is whole', async () => {
    const path = shop.file(`out.${format}`, 'old');
    const writer = await TableWriter.open(path, format);
    await writer.write(everyType());
    expect(readFileSync(path, 'utf8')).toBe('old');
    await writer.discard();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(shop.folder)).toEqual([`out.${format}`]);
  });

  it('tells a folder that cannot be written and leaves nothing', async () => {
    shop.file('file', '');
    const said = await complaint(() => writeTable(join(shop.folder, 'file/out'), format, everyType()));
    expect(said).toMatchObject({
      code: 2,
      text: expect.stringMatching(
        /expected a file that can be written, found a file where a folder should be/,
      ),
    });
    mkdirSync(join(shop.folder, 'taken'));
    const taken = await complaint(() => writeTable(join(shop.folder, 'taken'), format, everyType()));
    expect(taken.text).toMatch(/found a folder of that name/);
    expect(readdirSync(shop.folder).sort()).toEqual(['file', 'taken']);
  });
});

it.skipIf(process.getuid?.() === 0)('tells a folder without permission', async () => {
  mkdirSync(join(shop.folder, 'locked'));
  chmodSync(join(shop.folder, 'locked'), 0o500);
  const said = await complaint(() => writeTable(join(shop.folder, 'locked/out.csv'), 'csv', everyType()));
  expect(said.text).toMatch(/found no permission to write there/);
});

it('tells a full disk and leaves nothing', async () => {
  const small = join(shop.folder, 'small');
  mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small], { stdio: 'ignore' });
  } catch {
    // Only root can make a small disk; the words are tested all the same.
    const full = () => Promise.reject(Object.assign(new Error('write'), { code: 'ENOSPC' }));
    expect((await complaint(() => replaceFile(join(small, 'x'), full))).text).toMatch(/found a full disk/);
    return;
  }
  try {
    const values = Float64Array.from({ length: 100_000 }, Math.random);
    const table = columnTable([{ name: 'x', type: 'float64', values }]);
    for (const format of formats) {
      const said = await complaint(() => writeTable(join(small, 'out'), format, table));
      expect(said).toMatchObject({
        code: 2,
        text: expect.stringMatching(/found a full disk\. Free some space/),
      });
      expect(readdirSync(small)).toEqual([]);
    }
  } finally {
    execFileSync('umount', [small]);
  }
});

it('removes what a process was writing when it ends', async () => {
  const path = join(shop.folder, 'out.arrow');
  const writer = await TableWriter.open(path, 'arrow');
  await writer.write(everyType());
  discardUnfinished();
  expect(readdirSync(shop.folder)).toEqual([]);
  await writer.discard();
});

it('writes any file through a temporary name', async () => {
  const path = join(shop.folder, 'a.json');
  await replaceFile(path, async temporary => writeFileSync(temporary, '{}'));
  expect(readFileSync(path, 'utf8')).toBe('{}');
  await expect(replaceFile(path, () => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  expect(readdirSync(shop.folder)).toEqual(['a.json']);
});

it.each(formats)('writes parts of which only some have missing values as %s', async format => {
  const path = join(shop.folder, `parts.${format}`);
  const part = (valid?: Uint8Array) =>
    columnTable([{ name: 'x', type: 'float64', values: Float64Array.of(1, 2), ...(valid && { valid }) }]);
  async function* parts() {
    yield part();
    yield part(Uint8Array.of(1, 0));
    yield part();
  }
  expect(await writeTables(path, format, parts())).toBe(6);
  const written =
    format === 'arrow'
      ? [...(await readArrow(path)).getChild('x')!]
      : (await shop.db.rows<{ x: number | null }>(`FROM '${path}'`)).map(({ x }) => x);
  expect(written).toEqual([1, 2, 1, null, 1, 2]);
});

it('writes no file of no parts, and none of parts that end with an error', async () => {
  async function* failing() {
    yield everyType();
    throw new Error('a bug');
  }
  const path = join(shop.folder, 'none.csv');
  expect(await writeTables(path, 'csv', (async function* () {})())).toBe(0);
  await expect(writeTables(path, 'csv', failing())).rejects.toThrow('a bug');
  expect(readdirSync(shop.folder)).toEqual([]);
});

it('gathers ids of both kinds', async () => {
  const path = join(shop.folder, 'ids.arrow');
  const names = textVector(['a', 'b']);
  const picked = Int32Array.of(1, -1, 0);
  await writeTable(path, 'arrow', columnTable([idColumn('id', names, picked)]));
  expect([...(await readArrow(path)).getChild('id')!]).toEqual(['b', null, 'a']);
  const column = idColumn('all', names);
  expect(column).toMatchObject({ type: 'dictionary', codes: Int32Array.of(0, 1), dictionary: ['a', 'b'] });
});

it('tells two columns of one name or of different lengths', () => {
  const x = { name: 'x', type: 'int32' as const, values: Int32Array.of(1) };
  expect(() => columnTable([x, x])).toThrow('two columns are named x');
  expect(() => columnTable([x, { name: 'y', type: 'text', values: [] }])).toThrow(
    'column y has 0 rows where others have 1',
  );
});

it('writes a wide table to Parquet with little memory', async () => {
  const [columns, rows, parts] = [22, 60_000, 5];
  const values = Float64Array.from({ length: rows }, (_, row) => Math.sin(row));
  const part = columnTable(
    Array.from({ length: columns }, (_, c) => ({ name: `c${c}`, type: 'float64', values }) as const),
  );
  const table = (async function* () {
    for (let i = 0; i < parts; i++) yield part;
  })();
  const file = join(shop.folder, 'wide.parquet');
  await writeTables(file, 'parquet', table, { memory: 32e6 });
  const found = await shop.db.row(`SELECT count(*) AS rows, count(c21) AS last FROM '${file}'`);
  expect(found).toEqual({ rows: parts * rows, last: parts * rows });
}, 60_000);
