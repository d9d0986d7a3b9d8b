import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { duckdb } from '../data/duckdb.js';
import { explained } from '../data/replace-file.js';
import { Interrupted, UsageError } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { makeCatalogue } from './catalogue.js';
import { findPace } from './pace.js';
import { Shop, type Sinks } from './shopper.js';
import { Stage } from './stage.js';
import { stageItems } from './stage-items.js';
import { quote, selects, stagedTables } from './tables.js';
import { THEMES } from './words.js';

export interface SampleOptions {
  customers: number;
  /** Things for sale; default: about one for eight customers, at least 240. */
  items?: number;
  /** Mean number of transaction rows of a customer; the rest of the shop follows from it. */
  transactionsPerCustomer?: number;
  seed?: number;
  folder: string;
  format?: 'csv' | 'parquet';
  onProgress?: (progress: SampleProgress) => void;
  signal?: AbortSignal;
}

export interface SampleProgress {
  /** Customers simulated so far, of `total`. */
  customers: number;
  total: number;
  /** Rows made so far, in all tables. */
  rows: number;
}

export interface SampleSummary {
  files: string[];
  /** Rows of each table. */
  rows: Record<string, number>;
}

/** Customers between two reports of progress. */
const BATCH = 5000;

function checkWhole(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UsageError({
      expected: `a whole number of at least ${least} for the ${name} of the sample shop`,
      found: String(value),
      hint: 'For example 1000 customers, 240 items and seed 0.',
    });
  }
}

/**
 * Writes a sample shop of any size: customers, items, transactions, browsing and feedback, each one file,
 * and what was planted: truth (segment and taste of each customer) and truth-items (what goes into the same basket).
 * The same seed and sizes give the same shop. Customers are simulated one by one into a data engine that keeps to 512 MB; the folder
 * needs room for the files and, while it runs, for about as much again.
 * @throws UsageError for a size that is no whole number or too small, and for a folder that cannot be written or is full.
 */
export async function writeSample(options: SampleOptions): Promise<SampleSummary> {
  const {
    customers,
    folder,
    seed = 0,
    format = 'csv',
    transactionsPerCustomer = 20,
    onProgress,
    signal,
  } = options;
  const { items = Math.max(240, Math.min(50_000, Math.round(customers / 8))) } = options;
  checkWhole('customers', customers, 1);
  checkWhole('items', items, THEMES.length);
  checkWhole('seed', seed, 0);
  if (!(transactionsPerCustomer >= 3)) {
    const found = String(transactionsPerCustomer);
    throw new UsageError({
      expected: 'at least 3 rows of transactions per customer',
      found,
      hint: 'What is planted needs that room; 20 unless told.',
    });
  }
  const catalogue = makeCatalogue(items, seed);
  const pace = findPace(catalogue, seed, transactionsPerCustomer);
  const work = join(folder, `.sample-${process.pid}`);
  const { DuckDBInstance } = duckdb();
  const [outermost = work] = makeFolder(folder);
  await mkdir(work);
  const instance = await DuckDBInstance.create(join(work, 'stage.duckdb'), { memory_limit: '512MB' });
  const connection = await instance.connect();
  const stop = () => connection.interrupt();
  signal?.addEventListener('abort', stop);
  try {
    const tables = stagedTables(customers, items);
    const stage = (name: keyof Sinks) => Stage.create(connection, name, tables[name].columns);
    const stages = {
      customers: await stage('customers'),
      transactions: await stage('transactions'),
      browsing: await stage('browsing'),
      feedback: await stage('feedback'),
      truth: await stage('truth'),
    };
    const all = Object.values(stages);
    const shop = new Shop(catalogue, stages, seed, pace);
    for (let id = 0; id < customers; id++) {
      shop.visit(id);
      if ((id + 1) % BATCH > 0 && id + 1 < customers) continue;
      const rows = all.reduce((sum, stage) => sum + stage.rows, 0);
      onProgress?.({ customers: id + 1, total: customers, rows });
      await nextTurn();
      signal?.throwIfAborted();
    }
    for (const stage of all) stage.close();
    await stageItems(connection, catalogue);

    const settings = format === 'csv' ? `FORMAT csv, TIMESTAMPFORMAT '%Y-%m-%d %H:%M'` : 'FORMAT parquet';
    const files: string[] = [];
    for (const [name, select] of Object.entries(selects(tables, items))) {
      signal?.throwIfAborted();
      const file = `${name}.${format}`;
      await connection.run(`COPY (${select}) TO ${quote(join(work, file))} (${settings})`);
      files.push(file);
    }
    for (const file of files) await rename(join(work, file), join(folder, file));
    const counts = Object.entries(stages).map(([name, { rows }]) => [name, rows]);
    return { files: files.map(file => join(folder, file)), rows: { items, ...Object.fromEntries(counts) } };
  } catch (error) {
    // An interrupted statement fails with an error of DuckDB's own.
    await rm(outermost, { recursive: true, force: true });
    throw signal?.aborted ? new Interrupted() : explained(error, folder);
  } finally {
    signal?.removeEventListener('abort', stop);
    connection.closeSync();
    instance.closeSync();
    await rm(work, { recursive: true, force: true });
  }
}
