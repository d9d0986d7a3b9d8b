import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { size } from '#kindred/benchmark/case.js';
import { Random } from '#kindred/random.js';
import { BgNbd } from '#kindred/value/bg-nbd.js';
import type { PurchaseSummary } from '#kindred/value/purchase-model.js';
import { summarisePurchases } from '#kindred/value/purchase-summary.js';
import { clock } from './alternate.js';
import { expectClose } from './check.js';
import type { Comparison } from './comparison.js';
import { peerRow } from './peer-rows.js';
import { duration } from './table.js';

const peers: [name: string, wanted: number][] = [
  ['lifetimes', 20],
  ['lifetimes, distinct rows', 1],
];

interface Days {
  frequency: Float32Array;
  recency: Float32Array;
  T: Float32Array;
}

/** The whole CDNOW data, in days; undefined where KINDRED_DATASETS does not name a folder that has it. */
function cdnow(): Days | undefined {
  const file = join(process.env.KINDRED_DATASETS ?? '', 'cdnow', 'CDNOW_master.txt');
  if (!existsSync(file)) return undefined;
  const day = (text: string) => Date.parse(text.replace(/(....)(..)(..)/, '$1-$2-$3')) / 86_400_000;
  const rows = readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map(line => line.trim().split(/\s+/));
  const customer = rows.map(([id]) => Number(id) - 1);
  const { frequency, recency, T } = summarisePurchases({
    customer,
    time: rows.map(([, date]) => day(date)),
    customers: new Set(customer).size,
    end: day('19980630'),
  });
  return {
    frequency: Float32Array.from(frequency),
    recency: Float32Array.from(recency),
    T: Float32Array.from(T),
  };
}

/** Customers as BG/NBD has them, with the parameters of CDNOW, who came within 12 weeks and were observed for 78, by the day. */
function synthetic(customers: number): Days {
  const random = new Random(5);
  const column = () => new Float32Array(customers);
  const days = { frequency: column(), recency: column(), T: column() };
  for (let i = 0; i < customers; i++) {
    const rate = random.gamma(0.243, 1 / (7 * 4.414));
    const leaving = random.beta(0.793, 2.426);
    days.T[i] = 546 - random.integer(84);
    let [time, last] = [0, 0];
    for (;;) {
      time += random.exponential(rate);
      if (!(time <= days.T[i])) break;
      const day = Math.floor(time);
      if (day > last) {
        days.frequency[i]++;
        last = day;
      }
      if (random.uniform() < leaving) break;
    }
    days.recency[i] = last;
  }
  return days;
}

function inWeeks({ frequency, recency, T }: Days): PurchaseSummary {
  const weeks = (days: Float32Array) => Float64Array.from(days, day => day / 7);
  return { frequency: Float64Array.from(frequency), recency: weeks(recency), T: weeks(T) };
}

/** In pieces, as a table larger than memory would come. */
function* inPieces({ frequency, recency, T }: Days, size: number): Generator<PurchaseSummary> {
  for (let from = 0; from < T.length; from += size) {
    const piece = (days: Float32Array) => days.subarray(from, from + size);
    yield inWeeks({ frequency: piece(frequency), recency: piece(recency), T: piece(T) });
  }
}

/** BG/NBD, from the summary of each customer to the parameters and their standard errors. */
export const purchaseModelFit: Comparison = {
  name: 'purchase-model-fit',
  async *run(bench) {
    const days = cdnow();
    if (days) {
      const summary = inWeeks(days);
      const work = `BG/NBD, CDNOW, ${summary.T.length.toLocaleString('en')} customers`;
      const shape = [summary.T.length];
      await bench.python?.load('purchase_model_fit', {
        frequency: { values: days.frequency, shape },
        recency: { values: days.recency, shape },
        T: { values: days.T, shape },
      });
      const { parameters } = new BgNbd().fit(summary);
      for (const [peer, wanted] of peers) {
        yield await peerRow(bench, {
          work,
          peer,
          wanted,
          check: ({ numbers }) => {
            for (const [name, value] of Object.entries(parameters))
              expectClose(name, value, numbers[name], 2e-3);
            return undefined;
          },
          ours: () => clock(async () => new BgNbd().fit(summary)),
        });
      }
    } else {
      yield { work: 'BG/NBD, CDNOW', peer: '–', note: 'KINDRED_DATASETS does not name a folder with it' };
    }
    const customers = bench.quick ? 200_000 : 5_000_000;
    const population = synthetic(customers);
    const model = new BgNbd();
    const seconds = await clock(async () => model.fit(inPieces(population, 65_536)));
    const { r, alpha, a, b } = model.parameters;
    expectClose('r', r, 0.243, 0.1);
    if (!model.converged) throw new Error('the fit of the synthetic customers did not converge');
    const found = [r, alpha, a, b].map(value => value.toPrecision(4)).join(', ');
    yield {
      work: `BG/NBD, synthetic, ${size(customers)} customers`,
      peer: '–',
      note: `${duration(seconds)} for one fit, which is to take less than 30 s; found ${found} where 0.243, 4.414, 0.793, 2.426 were planted, by the day`,
    };
  },
};
