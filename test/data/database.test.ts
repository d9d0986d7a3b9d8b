import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Database, identifier, literal } from '../../src/data/index.js';
import { Interrupted } from '../../src/errors.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

it('quotes any name and any text', async () => {
  const name = `a"b'c;--(k$) é`;
  await shop.db.run(`CREATE TABLE ${identifier(name)} AS SELECT ${literal(name)} AS ${identifier(name)}`);
  expect(await shop.db.rows(`FROM ${identifier(name)}`)).toEqual([{ [name]: name }]);
});

it('streams more rows than a chunk has, beside other queries, and may be left early', async () => {
  let rows = 0;
  for await (const chunk of shop.db.stream('SELECT range AS n FROM range(10000)')) {
    rows += chunk.rowCount;
    expect(await shop.db.row('SELECT 1 AS one')).toEqual({ one: 1 });
  }
  expect(rows).toBe(10_000);
  for await (const chunk of shop.db.stream('SELECT range AS n FROM range(10000)')) {
    expect(chunk.rowCount).toBe(2048);
    break;
  }
});

it('works out of core: a sort larger than its memory spills to disk', async () => {
  const db = await Database.open({ memory: '64MB', threads: 1 });
  try {
    await db.run(
      "CREATE TABLE t AS SELECT hash(range) AS h, 'some text that takes room ' || range AS s FROM range(1500000)",
    );
    await db.run('CREATE TABLE sorted AS FROM t ORDER BY h');
    expect(await db.row('SELECT count(*) AS rows FROM sorted')).toEqual({ rows: 1_500_000 });
    expect(existsSync(db.tempFolder)).toBe(true);
  } finally {
    await db.close();
  }
  expect(existsSync(db.tempFolder)).toBe(false);
});

it('says what to do when memory and disk are full', async () => {
  const db = await Database.open({ memory: '32MB', threads: 1 });
  await db.run("SET max_temp_directory_size = '1MB'");
  const said = await complaint(() =>
    db.run('CREATE TABLE t AS SELECT hash(range) AS h FROM range(20000000)'),
  );
  expect(said).toMatchObject({
    code: 2,
    text: expect.stringMatching(/enough memory for the data engine.*Raise `memory`/),
  });
  await db.close();
});

it('refuses a memory limit that is none', async () => {
  const said = await complaint(() => Database.open({ memory: 'lots' }));
  expect(said).toMatchObject({
    code: 2,
    text: expect.stringMatching(/expected a memory limit such as 1GB.*found memory lots/),
  });
});

it('has no more threads than its memory is enough for', async () => {
  const threads = async (memory: string, threads: number) => {
    const db = await Database.open({ memory, threads });
    const row = await db.row<{ threads: number }>("SELECT current_setting('threads') AS threads");
    await db.close();
    return row.threads;
  };
  expect(await threads('100MB', 8)).toBe(1);
  expect(await threads('256MB', 8)).toBe(4);
  expect(await threads('1GB', 2)).toBe(2);
});

it('stops a query that is interrupted', async () => {
  const running = shop.db.run(
    'SELECT sum(hash(a.range * b.range)) FROM range(100000) AS a, range(100000) AS b',
  );
  setTimeout(() => shop.db.interrupt(), 100);
  await expect(running).rejects.toThrow(Interrupted);
  expect(await shop.db.row('SELECT 1 AS one')).toEqual({ one: 1 });
});

it('runs in the order of the rows and then with all threads again', async () => {
  const threads = () => shop.db.row("SELECT current_setting('threads') AS threads");
  expect(await shop.db.inOrder(threads)).toEqual({ threads: 1 });
  expect(await threads()).toEqual({ threads: 2 });
});
