import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clean, cleaningStepSchema, Database } from '../../src/data/index.js';
import { emptyFolder } from '../commands/kindred.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

const apply = (...steps: object[]) =>
  clean(
    shop.db,
    't',
    steps.map(step => cleaningStepSchema.parse(step)),
  );

/** A table of one column of numbers. */
const numbers = (...values: (number | string)[]) =>
  shop.table('t', ['id,x', ...values.map((x, id) => `${id},${x}`)]);

const left = async (column = 'x') =>
  (await shop.db.rows<Record<string, unknown>>(`SELECT ${column} FROM t`)).map(row => row[column]);

describe('duplicates', () => {
  it('drops exact repetitions and keeps the first, missing values included', async () => {
    await shop.table('t', ['a,b', '1,', '2,x', '1,', '2,y', '2,x']);
    expect(await apply({ dropDuplicates: true })).toEqual([
      {
        source: 't',
        rule: 'dropDuplicates',
        column: null,
        rowsIn: 5,
        rowsChanged: 0,
        rowsDropped: 2,
        reason: 'repeats an earlier row in every column',
      },
    ]);
    expect(await left('b')).toEqual([null, 'x', 'y']);
    await apply({ dropDuplicates: ['a'] });
    expect(await left('b')).toEqual([null, 'x']);
  });

  it('finds them among more rows than there is memory for', async () => {
    const db = await Database.open({ memory: '40MB', file: join(emptyFolder(), 'shop.duckdb') });
    try {
      await db.run(
        `CREATE TABLE t AS SELECT i % 2999998 AS number, 'customer ' || (i % 2999998) AS name,
           'a basket with a long name ' || (i % 2999998) AS basket, 'an item with a long name ' || (i % 2999998 % 999) AS item, now() AS time
         FROM range(3000000) AS sales(i)`,
      );
      const [{ rowsDropped }] = await clean(db, 't', [cleaningStepSchema.parse({ dropDuplicates: true })]);
      expect(rowsDropped).toBe(2);
      expect(await db.row('SELECT count(*) AS rows FROM t')).toEqual({ rows: 2_999_998 });
    } finally {
      await db.close();
    }
  });
});

describe('tables that are large for the memory', () => {
  const steps = [
    { dropDuplicates: true },
    { missing: { column: 'name', action: 'drop' } },
    { filter: { keep: 'x % 1000 <> 7' } },
    { filter: { keep: 'x <= (SELECT avg(x) + 1300000 FROM t)' } },
    { missing: { column: 'y', action: 'constant', value: 0 } },
    { outliers: { column: 'x', method: 'zscore', factor: 1.7, action: 'drop' } },
    { types: { column: 'kind', type: 'integer', invalid: 'drop' } },
    { outliers: { column: 'y', method: 'iqr', action: 'clip' } },
    { filter: { keep: 'y <> 3' } },
  ].map(step => cleaningStepSchema.parse(step));

  async function cleaned(memory: string, held = memory) {
    const db = await Database.open({ memory, threads: 2, file: join(emptyFolder(), 'shop.duckdb') });
    try {
      await db.run(
        `CREATE TABLE t AS SELECT i % 2799990 AS x, CASE WHEN i % 501 = 3 THEN NULL ELSE 'c' || i % 2799990 END AS name,
           CASE WHEN i % 2799990 % 600000 = 5 THEN NULL ELSE i % 2799990 % 97 END AS y,
           CASE WHEN i % 2799990 % 4000 = 9 THEN 'none' ELSE '1' END AS kind FROM range(2800000) AS sales(i)`,
      );
      const opened = { name: 't', files: [], original: (column: string) => column, derivesAmount: false };
      db.sources.set('t', opened);
      const report = await clean(db, 't', steps);
      const rows = await db.row(
        `SELECT count(*) AS rows, CAST(bit_xor(hash(n, x, name, y, kind)) AS VARCHAR) AS hash
         FROM (SELECT row_number() OVER () AS n, * FROM t)`,
      );
      const tables = await db.rows('SELECT table_name AS name FROM information_schema.tables ORDER BY name');
      // Refused where what cannot be left on disk takes more.
      await db.run(`SET memory_limit = '${held}'`);
      return { report, rows, tables };
    } finally {
      await db.close();
    }
  }

  it('are cleaned to the same rows, and what was dropped holds no memory', async () => {
    const { report, rows, tables } = await cleaned('40MB', '14MB');
    expect(tables).toEqual([{ name: 't' }]);
    const { report: usual, rows: usually } = await cleaned('1GB');
    expect(report).toEqual(usual);
    expect(rows).toEqual(usually);
    expect(report.filter(({ rowsDropped }) => rowsDropped > 0).length).toBeGreaterThanOrEqual(6);
  }, 60_000);
});

describe('missing values', () => {
  it.each([
    ['mean', {}, [1, 3, 8, 3, 0]],
    ['median', {}, [1, 1, 8, 1, 0]],
    ['mode', {}, [1, 0, 8, 0, 0]],
    ['constant', { value: -1 }, [1, -1, 8, -1, 0]],
  ])('fills in the %s', async (action, value, expected) => {
    await numbers(1, '', 8, '', 0);
    const [row] = await apply({ missing: { column: 'x', action, ...value } });
    expect(row).toMatchObject({ rowsIn: 5, rowsChanged: 2, rowsDropped: 0 });
    expect(await left()).toEqual(expected);
  });

  it('drops them, and takes NaN as one of them', async () => {
    await numbers(1, 'nan', 5.5, '', 2);
    expect(await apply({ missing: { column: 'x', action: 'drop' }, because: 'no size' })).toMatchObject([
      { rowsIn: 5, rowsDropped: 2, column: 'x', reason: 'no size' },
    ]);
    expect(await left()).toEqual([1, 5.5, 2]);
  });

  it('fills a fraction into integers, and text with a text', async () => {
    await shop.table('t', ['x,name', '1,a', '2,', ',b']);
    await apply(
      { missing: { column: 'x', action: 'mean' } },
      { missing: { column: 'name', action: 'constant', value: "o'" } },
    );
    expect(await left()).toEqual([1, 2, 1.5]);
    expect(await left('name')).toEqual(['a', "o'", 'b']);
  });
});

describe('types', () => {
  it('takes what is not of the type as missing, or drops it, or says where it is', async () => {
    const lines = ['id,x', '1,2.5', '2,', '3,many', '4,1'];
    await shop.table('t', lines);
    expect(await apply({ types: { column: 'x', type: 'number', invalid: 'missing' } })).toMatchObject([
      { rowsChanged: 1 },
    ]);
    expect(await left()).toEqual([2.5, null, null, 1]);
    await shop.table('t', lines);
    await apply({ types: { column: 'x', type: 'number', invalid: 'drop' } });
    expect(await left()).toEqual([2.5, null, 1]);
    await shop.table('t', lines);
    const { text } = await complaint(() => apply({ types: { column: 'x', type: 'number' } }));
    expect(text).toMatch(/t\.csv, line 4, column "x": expected a number, found the text "many"/);
  });
});

describe('outliers', () => {
  const values = [1, 2, 3, 4, 100];

  it('drops or clips what is far from the quartiles', async () => {
    await numbers(...values);
    expect(await apply({ outliers: { column: 'x', method: 'iqr' } })).toMatchObject([
      { rowsDropped: 1, reason: 'x is outside -1 to 7, beyond 1.5 interquartile ranges from the quartiles' },
    ]);
    expect(await left()).toEqual([1, 2, 3, 4]);
    await numbers(...values);
    await apply({ outliers: { column: 'x', method: 'iqr', factor: 3, action: 'clip' } });
    expect(await left()).toEqual([1, 2, 3, 4, 10]);
  });

  it('measures distance in standard deviations', async () => {
    await numbers(...values);
    // Mean 22, population standard deviation 39.01…: 100 lies 1.9994 of them away.
    await apply({ outliers: { column: 'x', method: 'zscore', factor: 2 } });
    expect(await left()).toEqual(values);
    await apply({ outliers: { column: 'x', method: 'zscore', factor: 1.99 } });
    expect(await left()).toEqual([1, 2, 3, 4]);
  });

  it('winsorises', async () => {
    await numbers(...values);
    expect(await apply({ outliers: { column: 'x', method: 'winsorise', share: 0.25 } })).toMatchObject([
      { rowsChanged: 2, rowsDropped: 0 },
    ]);
    expect(await left()).toEqual([2, 2, 3, 4, 4]);
  });

  it('refuses text', async () => {
    await shop.table('t', ['x', 'a', 'b']);
    const { text } = await complaint(() => apply({ outliers: { column: 'x', method: 'iqr' } }));
    expect(text).toMatch(/line 2, column "x": expected a number, found the text "a"/);
  });
});

describe('filters', () => {
  it('keeps what the condition holds for', async () => {
    await numbers(1, '', 3);
    expect(await apply({ filter: { keep: 'x > 1 -- a comment', because: 'small' } })).toMatchObject([
      { rule: 'filter', rowsDropped: 2, reason: 'small' },
    ]);
    expect(await left()).toEqual([3]);
  });

  it('says which rule dropped the last rows', async () => {
    await numbers(1, 2);
    const { text, code } = await complaint(() =>
      apply({ filter: { keep: 'x > 1' } }, { filter: { keep: 'x > 5', because: 'too small' } }),
    );
    expect(text).toMatch(
      /expected rows left after cleaning, found that "filter" dropped the last 1 \(too small\)/,
    );
    expect(code).toBe(3);
  });

  it('explains SQL that does not run', async () => {
    await numbers(1);
    expect(await complaint(() => apply({ filter: { keep: 'xx > 1' } }))).toMatchObject({
      text: expect.stringMatching(/a column "xx", found only id, x\. Did you mean "x"/),
      code: 3,
    });
    expect(await complaint(() => apply({ filter: { keep: 'x >' } }))).toMatchObject({
      text: expect.stringMatching(/^t\.clean\.filter\.keep: expected SQL that DuckDB can run/),
      code: 2,
    });
    expect((await complaint(() => apply({ missing: { column: 'idd', action: 'drop' } }))).text).toMatch(
      /Did you mean "id"/,
    );
  });
});

it('keeps a derived amount in step with quantity and price', async () => {
  await shop.table('t', ['quantity,price', '2,3', ',4', '5,6']);
  await apply({ missing: { column: 'quantity', action: 'constant', value: 1 } });
  expect(await left('amount')).toEqual([6, 4, 30]);
});
