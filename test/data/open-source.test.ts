import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  Decimal,
  makeData,
  RecordBatch,
  Table,
  tableToIPC,
  Uint64,
  Vector,
  vectorFromArray,
} from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { withoutPassword } from '../../src/data/without-password.js';
import { complaint, workshop } from './workshop.js';

const shop = workshop();

describe('text files', () => {
  it('gives roles their names and keeps other columns', async () => {
    const summary = await shop.table(
      'transactions',
      ['CustomerID,Annual Income (k$),When,Qty,Price', '17,5,2020-01-02,2,1.5', '18,6,2020-01-03,1,2'],
      { columns: { customer: 'customerid', time: 'When', quantity: 'Qty', price: 'Price' } },
    );
    expect(summary).toMatchObject({
      rows: 2,
      columns: [
        { name: 'customer', type: 'BIGINT' },
        { name: 'Annual Income (k$)', type: 'BIGINT' },
        { name: 'time', type: 'TIMESTAMP' },
        { name: 'quantity', type: 'DOUBLE' },
        { name: 'price', type: 'DOUBLE' },
        { name: 'amount', type: 'DOUBLE' },
      ],
    });
    expect(await shop.db.rows('SELECT customer, amount FROM transactions')).toEqual([
      { customer: 17, amount: 3 },
      { customer: 18, amount: 2 },
    ]);
  });

  it('lets one column play two roles, and moves a column that has the name of a role aside', async () => {
    await shop.table('items', ['title,item,Price', 'Tea,old,2'], {
      columns: { item: 'title', name: 'title' },
    });
    expect(await shop.db.rows('FROM items')).toEqual([
      { item: 'Tea', name: 'Tea', item_original: 'old', price: 2 },
    ]);
  });

  it.each([
    ['a;b\n1;"x;""y"""\n', 'x;"y"'],
    ['a\tb\n1\tx;y\n', 'x;y'],
    ['a|b\n1|x, y\n', 'x, y'],
    ['a,b\r\n1,"two\r\nlines"\r\n', 'two\r\nlines'],
    ['\ufeffa,b\n1,x\n', 'x'],
  ])('finds the delimiter of %j', async (content, b) => {
    shop.file('t.csv', content);
    await shop.open('t', { path: 't.csv' });
    expect(await shop.db.rows('SELECT * FROM t')).toEqual([{ a: 1, b }]);
  });

  it('reads gzip, latin-1 and utf-16', async () => {
    const text = 'id,name\n1,Café £\n';
    shop.file('g.csv.gz', gzipSync(text));
    shop.file('l.csv', Buffer.from(text, 'latin1'));
    shop.file('u.csv', Buffer.from(`\ufeff${text}`, 'utf16le'));
    await shop.open('g', { path: 'g.csv.gz' });
    await shop.open('l', { path: 'l.csv', encoding: 'latin-1' });
    await shop.open('u', { path: 'u.csv' });
    const names = await shop.db.rows(
      'SELECT name FROM g UNION ALL FROM (SELECT name FROM l) UNION ALL SELECT name FROM u',
    );
    expect(names).toEqual(Array(3).fill({ name: 'Café £' }));
  });

  it('tells gzip by its bytes, whatever the name', async () => {
    shop.file('packed.csv', gzipSync('id\n1\n'));
    shop.file('plain.csv.gz', 'id\n2\n');
    shop.file('plain.txt.gz', ' id  n\n 3   4\n');
    await shop.open('packed', { path: 'packed.csv' });
    await shop.open('plain', { path: 'plain.csv.gz' });
    await shop.open('aligned', { path: 'plain.txt.gz', delimiter: 'whitespace' });
    const ids = 'SELECT id FROM packed UNION ALL SELECT id FROM plain UNION ALL SELECT id FROM aligned';
    expect(await shop.db.rows(ids)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  it('reads aligned files of the same name in two folders', async () => {
    mkdirSync(join(shop.folder, 'other'));
    shop.file('t.txt', ' id  n\n 1   1\n');
    shop.file(join('other', 't.txt'), ' id  n\r\n 2   2\r\n');
    await shop.open('t', { path: ['t.txt', 'other/t.txt'], delimiter: 'whitespace' });
    expect(await shop.db.rows('SELECT id, n FROM t ORDER BY id')).toEqual([
      { id: 1, n: 1 },
      { id: 2, n: 2 },
    ]);
  });

  it('reads columns aligned by blanks', async () => {
    shop.file('t.txt', ' id   day      n\n 00001 19970101  1\n 00002 19970112 12 \n');
    await shop.open('t', {
      path: 't.txt',
      delimiter: 'whitespace',
      columns: { customer: 'id', time: 'day' },
    });
    expect(await shop.db.rows("SELECT customer, strftime(time, '%d.%m.%Y') AS day, n FROM t")).toEqual([
      { customer: '00001', day: '01.01.1997', n: 1 },
      { customer: '00002', day: '12.01.1997', n: 12 },
    ]);
  });

  it('joins the files of a glob and a list by the names of their columns', async () => {
    shop.file('a-1.csv', 'id,x\n1,one\n');
    shop.file('a-2.csv', 'x,id\ntwo,2\n');
    shop.file('b [3].csv', 'id,x\n3,three\n');
    const { files } = await shop.open('t', { path: ['a-*.csv', 'b [3].csv'] });
    expect(files.length).toBe(3);
    expect(await shop.db.rows('SELECT id, x FROM t ORDER BY id')).toEqual([
      { id: 1, x: 'one' },
      { id: 2, x: 'two' },
      { id: 3, x: 'three' },
    ]);
  });

  it('reads files without header, decimal commas and texts for missing values', async () => {
    shop.file('t.csv', '1;2,5;NA\n2;NA;3,5\n');
    await shop.open('t', { path: 't.csv', names: ['id', 'a', 'b'], decimal: ',', nulls: ['NA'] });
    expect(await shop.db.rows('SELECT * FROM t')).toEqual([
      { id: 1, a: 2.5, b: null },
      { id: 2, a: null, b: 3.5 },
    ]);
  });

  it('takes types from all values, and keeps what a number would lose', async () => {
    const lines = [
      'zip,late,flag,day,mixed,long,none',
      ...Array.from({ length: 3000 }, () => '0123,1,true,2020-01-01,1,1,'),
    ];
    const { columns } = await shop.table('t', [
      ...lines,
      '9999,1.5,FALSE,2020-01-01 10:00,x,12345678901234567890,',
    ]);
    expect(columns.map(({ type }) => type)).toEqual([
      'VARCHAR',
      'DOUBLE',
      'BOOLEAN',
      'TIMESTAMP',
      'VARCHAR',
      'VARCHAR',
      'VARCHAR',
    ]);
  });

  it.each([
    ['13/01/2020 10:05', undefined, '2020-01-13 10:05:00'],
    ['01/13/2020', undefined, '2020-01-13 00:00:00'],
    ['31.12.19 23:59:58', undefined, '2019-12-31 23:59:58'],
    ['1/13/2020 1:05 PM', undefined, '2020-01-13 13:05:00'],
    ['2020-01-13T10:05:00+02:00', undefined, '2020-01-13 08:05:00'],
    ['20200113', undefined, '2020-01-13 00:00:00'],
    ['1578909900', undefined, '2020-01-13 10:05:00'],
    ['1578909900000', undefined, '2020-01-13 10:05:00'],
    ['05/04/2020', 'timestamp %d/%m/%Y', '2020-04-05 00:00:00'],
    ['15', 'timestamp unix', '1970-01-01 00:00:15'],
  ])('reads the time %s', async (text, type, expected) => {
    await shop.table('t', ['at', text], { columns: { time: 'at' }, types: type && { at: type } });
    expect(await shop.db.rows('SELECT CAST(time AS VARCHAR) AS time FROM t')).toEqual([{ time: expected }]);
  });
});

describe('other formats', () => {
  it('reads JSON, NDJSON, Parquet and DuckDB', async () => {
    shop.file('a.json', '[{"id": 1, "x": "one"}, {"id": 2, "x": null}]');
    shop.file('a.ndjson', '{"id": 1, "x": "one"}\n{"id": 2}\n');
    await shop.open('json', { path: 'a.json', columns: { customer: 'id' } });
    await shop.db.run(`COPY json TO '${shop.folder}/a.parquet'`);
    await shop.db.run(`ATTACH '${shop.folder}/a.duckdb' AS d; CREATE TABLE d.people AS FROM json; DETACH d`);
    await shop.open('ndjson', { path: 'a.ndjson', columns: { customer: 'id' } });
    await shop.open('parquet', { path: 'a.parquet' });
    await shop.open('duckdb', { path: 'a.duckdb', table: 'people' });
    for (const table of ['json', 'ndjson', 'parquet', 'duckdb'])
      expect(await shop.db.rows(`FROM ${table}`)).toEqual([
        { customer: 1, x: 'one' },
        { customer: 2, x: null },
      ]);
  });

  it('reads Arrow record batches', async () => {
    const columns = {
      customer: vectorFromArray(['b', 'a', null]),
      n: vectorFromArray([1, 2, 3]),
      day: vectorFromArray([new Date('2020-01-01'), null, new Date('2020-01-03')]),
      flag: vectorFromArray([true, false, null]),
    };
    const { batches } = new Table(columns);
    const twice = new Table([
      ...batches,
      ...batches.map(({ schema, data }) => new RecordBatch(schema, data)),
    ]);
    shop.file('a.arrow', tableToIPC(twice, 'file'));
    await shop.open('t', { path: 'a.arrow' });
    const rows = await shop.db.rows('SELECT customer, n, CAST(day AS DATE)::VARCHAR AS day, flag FROM t');
    const once = [
      { customer: 'b', n: 1, day: '2020-01-01', flag: true },
      { customer: 'a', n: 2, day: null, flag: false },
      { customer: null, n: 3, day: '2020-01-03', flag: null },
    ];
    expect(rows).toEqual([...once, ...once]);
  });

  it('reads the decimals of Arrow as numbers, and ids among them as whole ones', async () => {
    const decimals = (scale: number, wholes: bigint[]) => {
      const words = new BigInt64Array(wholes.flatMap(whole => [BigInt.asIntN(64, whole), whole >> 64n]));
      const data = new Uint32Array(words.buffer);
      return new Vector([makeData({ type: new Decimal(scale, 18, 128), length: wholes.length, data })]);
    };
    const columns = { customer: decimals(0, [7n, -8n]), price: decimals(2, [1999n, -(2n ** 55n)]) };
    shop.file('decimal.arrow', tableToIPC(new Table(columns), 'file'));
    await shop.open('d', { path: 'decimal.arrow' });
    expect(await shop.db.rows('SELECT customer, typeof(customer) AS type, price FROM d')).toEqual([
      { customer: 7, type: 'BIGINT', price: 19.99 },
      { customer: -8, type: 'BIGINT', price: -(2 ** 55) / 100 },
    ]);
  });

  it('takes no whole number of Arrow for another one', async () => {
    const data = new BigUint64Array([2n ** 64n - 1n]);
    const vector = new Vector([makeData({ type: new Uint64(), length: 1, data })]);
    shop.file('whole.arrow', tableToIPC(new Table({ customer: vector }), 'file'));
    await expect(shop.open('t', { path: 'whole.arrow' })).rejects.toThrow(
      /whole\.arrow, column "customer": expected whole numbers below 2\^63, found 18446744073709551615/,
    );
  });

  it('makes ids of pandas, which are floats where some are missing, integers again', async () => {
    await shop.db.run(
      `COPY (SELECT * FROM (VALUES (17850.0::DOUBLE), (NULL)) AS t(customer)) TO '${shop.folder}/p.parquet'`,
    );
    const { columns } = await shop.open('t', { path: 'p.parquet' });
    expect(columns).toEqual([{ name: 'customer', type: 'BIGINT' }]);
  });
});

describe('bad input', () => {
  const says = async (source: object, text: RegExp, code = 3) => {
    const said = await complaint(() => shop.open('t', source));
    expect(said.text).toMatch(text);
    expect(said.code).toBe(code);
  };

  it('names a missing file, a folder, an empty file, a pattern without match, an unknown extension', async () => {
    shop.file('empty.csv', '');
    shop.file('notes.docx', 'x');
    await says({ path: 'no.csv' }, /no\.csv: expected a file, found nothing there/);
    await says({ path: '.' }, /expected a file, found a folder/);
    await says({ path: '.', format: 'csv' }, /expected a file, found a folder\. Name the files in it/);
    await says({ path: 'empty.csv' }, /empty\.csv: expected rows, found an empty file/);
    await says({ path: '*.tsv' }, /expected files that match, found none/);
    await says({ path: 'notes.docx' }, /found "\.docx"\. Name its format/, 2);
  });

  it('names a header without rows', async () => {
    shop.file('t.csv', 'id,x\n');
    await says({ path: 't.csv' }, /t\.csv: expected rows, found only a header/);
  });

  it('suggests the nearest column', async () => {
    shop.file('t.csv', 'CustomerID,InvoiceNo\n1,2\n');
    await says(
      { path: 't.csv', columns: { customer: 'custmer_id' } },
      /a column "custmer_id", found only CustomerID, InvoiceNo\. Did you mean "CustomerID"/,
    );
    await says({ path: 't.csv', types: { Invoice: 'text' } }, /Did you mean "InvoiceNo"/);
  });

  it('tells a first line that is data', async () => {
    shop.file('t.csv', '196\t242\t3\n186\t302\t3\n');
    await says({ path: 't.csv', columns: { customer: 'user' } }, /`header: false`, or give `names`/);
    await says(
      { path: 't.csv', names: ['a', 'b'] },
      /line 1: expected 2 fields, as many as there are `names`, found 3/,
    );
  });

  it('tells a wrong delimiter', async () => {
    shop.file('t.csv', 'id;x\n1;2\n');
    await says(
      { path: 't.csv', delimiter: ',' },
      /line 1: expected fields separated by ",", found ";" between them/,
    );
    await says({ path: 't.csv', delimiter: 'comma' }, /expected one character, tab or whitespace/, 2);
  });

  it('tells a wrong encoding, at the top of the file and far below', async () => {
    shop.file('top.csv', Buffer.from('id,name\n1,Café\n', 'latin1'));
    const lines = Array.from({ length: 40_000 }, (_, row) => `${row},Cafe with a long name`);
    shop.file('below.csv', Buffer.from(`id,name\n${lines.join('\n')}\n9,Café\n`, 'latin1'));
    await says({ path: 'top.csv' }, /top\.csv: expected text encoded as utf-8.*`encoding: latin-1`/);
    await says(
      { path: 'below.csv' },
      /below\.csv, line 40002: expected text encoded as utf-8.*`encoding: latin-1`/,
    );
  });

  it('names file, line and column of text where a number belongs', async () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},${row / 4}`);
    rows[25_000] = '25000,abc';
    shop.file('t.csv', `id,price\n${rows.join('\n')}\n`);
    await says(
      { path: 't.csv' },
      /t\.csv, line 25002, column "price": expected a number, found the text "abc"/,
    );
    shop.file('s.csv', 'id,at\n1,2020-01-02\n2,soon\n');
    await says(
      { path: 's.csv', columns: { time: 'at' } },
      /s\.csv, line 3, column "at": expected a date and time, found the text "soon"/,
    );
    shop.file('u.csv', 'id,at\n1,01/02/2020\n2,13.01.2020\n');
    await says(
      { path: 'u.csv', types: { at: 'timestamp %d/%m/%Y' } },
      /column "at": expected a date and time, found the text.*"%d\/%m\/%Y"/,
    );
    shop.file('v.json', '[{"customer": 1, "price": "cheap"}]');
    await says({ path: 'v.json' }, /v\.json, column "price": expected a number, found the text "cheap"/);
  });

  it('does not guess the day where it could be the month', async () => {
    shop.file('t.csv', 'time\n01/02/2020\n03/04/2020\n');
    await says(
      { path: 't.csv' },
      /expected times of which the format is certain, found that "%d\/%m\/%Y" and "%m\/%d\/%Y" fit/,
    );
  });

  it('names the line of too few or too many fields and of an open quote', async () => {
    shop.file('few.csv', 'a,b,c\n1,2,3\n1,2\n');
    shop.file('many.csv', 'a,b\n1,2\n1,2,3\n');
    shop.file('open.csv', 'a,b\n1,2\n1,"2\n');
    await says({ path: 'few.csv' }, /few\.csv, line 3: expected 3 fields, found 2/);
    await says({ path: 'many.csv' }, /many\.csv, line 3: expected 2 fields, found 3/);
    await says({ path: 'open.csv' }, /open\.csv, line 3: expected a quoted field that is closed/);
  });

  it('tells damaged files of the other formats', async () => {
    for (const name of ['t.parquet', 't.duckdb', 't.arrow', 't.csv.gz']) shop.file(name, 'PAR1 rubbish');
    shop.file('t.csv.gz', Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]));
    shop.file('t.json', '[{"id":1},{"id"');
    await says({ path: 't.parquet' }, /t\.parquet: expected a Parquet file/);
    await says({ path: 't.json' }, /t\.json: expected JSON/);
    await says({ path: 't.duckdb' }, /t\.duckdb: expected a database of duckdb/);
    await says({ path: 't.arrow' }, /t\.arrow: expected an Arrow IPC file/);
    await says({ path: 't.csv.gz' }, /t\.csv\.gz: expected a whole gzip file, found damaged data/);
  });

  it.each([
    ['csv', {}],
    ['json', { format: 'json' }],
    ['txt', { delimiter: 'whitespace' }],
  ])('refuses a gzip file of %s that was cut off, be it between two lines', async (format, source) => {
    const line = (id: number) => (format === 'json' ? `{"id":${id},"n":${id % 7}}\n` : `${id},${id % 7}\n`);
    const lines = Array.from({ length: 50_000 }, (_, id) => line(id)).join('');
    const text = format === 'json' ? lines : `id,n\n${lines}`;
    const packed = gzipSync(format === 'txt' ? text.replaceAll(',', '  ') : text);
    const path = `t.${format}.gz`;
    const file = new RegExp(`t\\.${format}\\.gz: expected a whole gzip file, found `);
    // Only what tells that it is whole is missing; then half of it.
    for (const bytes of [packed.length - 4, packed.length >> 1]) {
      shop.file(path, packed.subarray(0, bytes));
      await says({ path, ...source }, new RegExp(`${file.source}one that ends too early`));
    }
    const changed = Buffer.from(packed);
    changed.writeUInt32LE(0, packed.length - 8);
    shop.file(path, changed);
    await says({ path, ...source }, new RegExp(`${file.source}damaged data`));
  });

  it('names the tables of a database when none or a wrong one is chosen', async () => {
    await shop.db.run(
      `ATTACH '${shop.folder}/a.duckdb' AS d; CREATE TABLE d.orders(x INT); CREATE TABLE d.people(x INT); DETACH d`,
    );
    await says(
      { path: 'a.duckdb' },
      /expected one table, or its name under `table`, found the tables orders, people/,
    );
    await says({ path: 'a.duckdb', table: 'order' }, /Did you mean "orders"/);
  });

  it('shows no passwords', () => {
    expect(withoutPassword("dbname=shop password='a b' user=x")).toBe('dbname=shop password=… user=x');
    expect(withoutPassword('postgresql://me:secret@host/shop')).toBe('postgresql://me:…@host/shop');
    expect(withoutPassword('postgresql://me:s@cr/t@host/shop')).toBe('postgresql://me:…@host/shop');
    expect(withoutPassword("password='it\\'s secret' user=x")).toBe('password=… user=x');
    expect(withoutPassword("ATTACH 'dbname=shop password=''a b'''")).toBe("ATTACH 'dbname=shop password=…'");
  });

  it('tells that an extension of DuckDB cannot be had, or reads the database', async () => {
    shop.file('a.db', 'not a database');
    await says({ path: 'sqlite:a.db' }, /sqlite/);
  });
});
