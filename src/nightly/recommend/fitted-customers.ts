import type { Vector } from 'apache-arrow';
import { integerVector } from '../../data/arrow-columns.js';
import { type CustomerPurchases, idText, type PurchaseBatch, textVector } from '../../data/index.js';
import type { Csr } from '../../ops/index.js';
import { belowEachOther, pickRows, rowsOf } from '../../recommend/sparse-rows.js';
import type { Config } from '../config/index.js';
import { partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { memoryShares } from '../memory-shares.js';
import { textHash } from './text-hash.js';

/** Whom recommenders are fitted to: everybody, or a sample where not all would fit into memory. */
export interface FittedCustomers {
  /** `[customers, items]`, what they have. */
  interactions: Csr;
  ids: Vector;
  /** Their numbers among all customers, ascending; undefined where they are all. */
  numbers?: Int32Array;
}

/** Numbers that describe a customer while a factorisation is fitted, unless told. */
const usualFactors = 64;

/** Bytes of a matrix and its transpose for each pair of customer and item. */
const bytesPerPair = 16;

/** Bytes of a sale while the weights of a blend are learnt: the sales, their order and both sides of a split. */
const bytesPerSale = 60;

/** Bytes that fitting the recommenders of the configuration to so many customers takes. */
function fitBytes(config: RecommendationsConfig, customers: number, pairs: number): number {
  const parts = partsOf(config);
  const { factors = usualFactors, confidence = 1 } = config.als ?? {};
  const weighs = ({ weighting = 'none' }: { weighting?: string } = {}) => weighting !== 'none';
  const isWeighted =
    (parts.includes('item') && weighs(config.item)) ||
    (parts.includes('customer') && weighs(config.customer)) ||
    (parts.includes('als') && confidence !== 1);
  const perCustomer = 16 + (parts.includes('als') ? 4 * factors : 0);
  return (isWeighted ? 2 : 1) * bytesPerPair * pairs + perCustomer * customers;
}

/** Whether recommenders can be fitted to so many customers within the memory of the configuration. */
export function fitsAll(
  config: Pick<Config, 'memory'>,
  wanted: RecommendationsConfig,
): (customers: number, pairs: number) => boolean {
  return (customers, pairs) => fitBytes(wanted, customers, pairs) <= memoryShares(config.memory).fitting;
}

/** The customers whom the recommenders are fitted to: all who fit. */
export async function fittedCustomers(
  config: Pick<Config, 'memory' | 'seed'>,
  wanted: RecommendationsConfig,
  purchases: CustomerPurchases,
): Promise<FittedCustomers> {
  const { rows, pairs, held } = purchases;
  if (held) return { interactions: held.matrix, ids: held.customers };
  return sampleOf(
    purchases.batches(),
    memoryShares(config.memory).fitting / fitBytes(wanted, rows, pairs),
    config.seed,
  );
}

/**
 * Those of the fitted customers whose sales the weights of a blend can be learnt from: all who fit.
 *
 * @param sales of the fitted customers, about
 */
export async function learningCustomers(
  config: Pick<Config, 'memory' | 'seed'>,
  fitted: FittedCustomers,
  sales: number,
): Promise<FittedCustomers> {
  const { interactions, ids, numbers } = fitted;
  const chance = memoryShares(config.memory).fitting / (bytesPerSale * sales);
  if (chance >= 1) return fitted;
  const { numbers: rows, ...some } = await sampleOf(
    [{ from: 0, ids, matrix: interactions }],
    chance,
    config.seed + 1,
  );
  return { ...some, numbers: numbers ? rows!.map(row => numbers[row]) : rows };
}

/** The numbers in the fit of customers with ascending numbers among all, -1 for one who was not in it. */
export function numbersInFit({ numbers }: FittedCustomers, customers: Int32Array): Int32Array {
  if (!numbers) return customers;
  let place = firstNotBelow(numbers, customers[0] ?? 0);
  return customers.map(customer => {
    while (numbers[place] < customer) place++;
    return numbers[place] === customer ? place : -1;
  });
}

/** The place of the first number that is not below another; numbers are ascending. */
function firstNotBelow(numbers: Int32Array, least: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** No customers, where no recommender needs any to be held. */
export function nobody({ items }: CustomerPurchases): FittedCustomers {
  return { interactions: rowsOf([], items.length), ids: textVector([]), numbers: new Int32Array() };
}

/** What is to be said of what was found from a sample, such as `Fitted als to 1,000,000 of 5,200,000 customers…`. */
export function sampleRemark(
  what: string,
  { ids }: FittedCustomers,
  { rows }: CustomerPurchases,
  { memory }: Pick<Config, 'memory'>,
): string {
  const [some, all] = [ids.length, rows].map(count => count.toLocaleString('en'));
  return `${what} to ${some} of ${all} customers, a sample: all of them do not fit into ${memory} of memory.`;
}

/**
 * A sample of customers, each taken with the same chance by a hash of the id: the same ones on every run, whatever the
 * batches that they come in.
 */
async function sampleOf(
  batches: AsyncIterable<PurchaseBatch> | Iterable<PurchaseBatch>,
  chance: number,
  seed: number,
): Promise<FittedCustomers> {
  let columns = 0;
  const matrices: Csr[] = [];
  const numbers: number[] = [];
  const ids: (string | bigint)[] = [];
  for await (const { from, ids: some, matrix } of batches) {
    const chosen = Int32Array.from({ length: matrix.rows }, (_, row) => row).filter(
      row => textHash(idText(some, row), seed) < chance * 2 ** 32,
    );
    columns = matrix.columns;
    matrices.push(pickRows(matrix, chosen));
    for (const row of chosen) {
      numbers.push(from + row);
      ids.push(some.get(row) as string | bigint);
    }
  }
  const isText = ids.every((id): id is string => typeof id === 'string');
  return {
    interactions: belowEachOther(matrices, columns),
    ids: isText ? textVector(ids) : integerVector(BigInt64Array.from(ids, BigInt)),
    numbers: Int32Array.from(numbers),
  };
}
