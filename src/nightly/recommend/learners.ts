import type { CustomerPurchases } from '../../data/index.js';
import { partsOf, type RecommendationsConfig, voicesOf } from '../config/recommendations.js';
import type { FitReport, Run } from '../stage.js';
import { learnsFromSample } from './fit.js';
import {
  type FittedCustomers,
  fittedCustomers,
  learningCustomers,
  nobody,
  sampleRemark,
} from './fitted-customers.js';

/** Whom the recommenders of a night learn from. */
export interface Learners {
  fitted: FittedCustomers;
  /** Whether they are a sample of all customers. */
  isSample: boolean;
  /** Recommenders that learn from a sample where not all customers fit into memory. */
  sampled: string[];
  /** Whose sales the weights of the blend are learnt from; undefined where all weights are given. */
  learning?: FittedCustomers;
}

/** The recommenders that learn from a sample where not all customers fit into memory. */
function sampledParts(wanted: RecommendationsConfig): string[] {
  const parts = new Set([...partsOf(wanted), ...(wanted.similarItems ? ['item'] : [])]);
  return [...parts].filter(name => learnsFromSample(name, wanted));
}

function learnsBlend(wanted: RecommendationsConfig): boolean {
  return voicesOf(wanted).some(({ weight }) => weight === undefined);
}

/** The customers whose sales the weights of the blend are learnt from; undefined where all of them are given. */
async function blendCustomers(
  { config, database }: Run,
  wanted: RecommendationsConfig,
  fitted: FittedCustomers,
  customers: number,
): Promise<FittedCustomers | undefined> {
  if (!learnsBlend(wanted)) return undefined;
  const { sales } = await database.row<{ sales: number }>('SELECT count(*) AS sales FROM transactions');
  return learningCustomers(config, fitted, (sales * fitted.ids.length) / Math.max(1, customers));
}

/** Chooses whom the recommenders of a night learn from: everybody, or as many as fit into memory. */
export async function learnersOf(
  run: Run,
  wanted: RecommendationsConfig,
  purchases: CustomerPurchases,
): Promise<Learners> {
  const { held, rows } = purchases;
  const sampled = sampledParts(wanted);
  const isSample = !held && (sampled.length > 0 || learnsBlend(wanted) || wanted.similarCustomers);
  const fitted = held || isSample ? await fittedCustomers(run.config, wanted, purchases) : nobody(purchases);
  return { fitted, isSample, sampled, learning: await blendCustomers(run, wanted, fitted, rows) };
}

/**
 * What is to be said of the samples that a night learnt from, and of its manifest.
 *
 * @param isBetween whether it is a night between full ones, which keeps what the last full one fitted to a sample
 */
export function sampleReport(
  { config }: Run,
  wanted: RecommendationsConfig,
  purchases: CustomerPurchases,
  { fitted, isSample, sampled, learning }: Learners,
  isBetween: boolean,
): { fitted?: FitReport; remarks: string[] } {
  const parts = isBetween ? sampled.filter(name => name !== 'als') : sampled;
  const remark = (what: string, some: FittedCustomers) => sampleRemark(what, some, purchases, config);
  return {
    fitted: isSample ? { sample: fitted.ids.length, of: purchases.rows, parts } : undefined,
    remarks: [
      ...(isSample && parts.length > 0 ? [remark(`Fitted ${parts.join(', ')}`, fitted)] : []),
      ...(isSample && wanted.similarCustomers ? [remark('Compared customers', fitted)] : []),
      ...(learning?.numbers && !isBetween ? [remark('Fitted the weights of the blend', learning)] : []),
    ],
  };
}
