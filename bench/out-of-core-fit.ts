import { Database, numberBatches, spoolBatches } from '#kindred/data/index.js';
import { openDevice } from '#kindred/device/index.js';
import { KMeans } from '#kindred/segment/index.js';
import { clock } from './alternate.js';

const [file, features, limit] = process.argv.slice(2);
const columns = Array.from({ length: Number(features) }, (_, f) => `f${f}`);

const device = await openDevice('native');
// The data engine gets a part of the limit: the rest is for the batches, and for what runs them.
const db = await Database.open({ memory: Math.floor(Number(limit) / 4), threads: 2 });
await db.run('SET preserve_insertion_order = false');
let stream: Awaited<ReturnType<typeof spoolBatches>>;
const spooling = await clock(async () => {
  const batches = numberBatches(db, `SELECT ${columns} FROM read_parquet('${file}')`, columns.length);
  stream = await spoolBatches(db, batches);
});
const model = new KMeans({ k: 8, starts: 1 });
const fitting = await clock(() => model.fitStream(stream));
await db.close();
await device.close();
const peakBytes = 1024 * process.resourceUsage().maxRSS;
console.log(JSON.stringify({ spooling, fitting, iterations: model.iterations, peakBytes }));
