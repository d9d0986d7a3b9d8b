import { tableColumns } from '../../data/columns.js';
import { type Column, type ColumnTable, columnTable, writeTable } from '../../data/index.js';
import { accuracyMetrics } from '../../evaluate/index.js';
import { columnsTopKCost } from '../../ops/index.js';
import type { Config } from '../config/index.js';
import { chainOf, partsOf, type RecommendationsConfig } from '../config/recommendations.js';
import { type Evaluation, evaluate } from '../recommend/evaluation.js';
import { readEvents } from '../recommend/events.js';
import { fittedCustomers } from '../recommend/fitted-customers.js';
import { openShop, trainingOf } from '../recommend/shop.js';
import type { Stage } from '../stage.js';

/** Segments in which tastes are compared where the configuration has none. */
const usualSegments = 8;

/** The configuration with a blend to compare, where it has none of its own. */
function withBlend(config: RecommendationsConfig, hasTimes: boolean): RecommendationsConfig {
  const voices = ['als', 'item', 'customer', 'content', ...(hasTimes ? ['trending'] : [])];
  return config.blend ? config : { ...config, blend: voices };
}

/** What is compared: what was asked for, or everything that the data allow, and the chain of the configuration. */
function comparedOf(config: RecommendationsConfig, { evaluation }: Config, hasTimes: boolean): string[] {
  const usual = ['item', 'customer', 'als', 'content', 'segment', ...(hasTimes ? ['trending'] : []), 'blend'];
  const names = evaluation.recommenders ?? [...usual, ...partsOf(config)];
  const isMore = chainOf(config).filter(name => name !== 'popular').length > 1;
  return [...new Set([...names, ...(config.chain && isMore && !evaluation.recommenders ? ['chain'] : [])])];
}

/** One row a recommender, a column for each metric and the ends of its interval. */
function evaluationTable({ rows }: Evaluation): ColumnTable {
  const numbers = (name: string, pick: (row: Evaluation['rows'][number]) => number): Column => ({
    name,
    type: 'float64',
    values: Float64Array.from(rows, pick),
  });
  const beyond = ['coverage', 'novelty', 'diversity', 'averagePopularity', 'popularityBias', 'gini'] as const;
  return columnTable([
    { name: 'recommender', type: 'text', values: rows.map(({ recommender }) => recommender) },
    ...accuracyMetrics.flatMap(metric => [
      numbers(metric, ({ accuracy }) => accuracy[metric].mean),
      numbers(`${metric}Low`, ({ accuracy }) => accuracy[metric].low),
      numbers(`${metric}High`, ({ accuracy }) => accuracy[metric].high),
    ]),
    ...beyond.map(metric => numbers(metric, row => row[metric])),
  ]);
}

/** How many segments the comparison finds for the recommender of that name. */
function segmentsOf({ segments }: Config): number {
  const k = segments === false ? undefined : segments.k;
  return typeof k === 'number' ? k : usualSegments;
}

export const evaluation: Stage = {
  name: 'evaluation',
  does: 'compare recommenders on transactions that they have not seen',
  idle({ recommendations, sources }) {
    if (recommendations === false) return 'recommendations: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run(run) {
    const { config, database, device, progress, signal, staging, found } = run;
    if (!config.recommendations) return 0;
    const hasTimes = (await tableColumns(database, 'transactions')).some(({ name }) => name === 'time');
    const wanted = withBlend(config.recommendations, hasTimes);
    const names = comparedOf(config.recommendations, config, hasTimes);
    const parts = new Set([...names.filter(name => name !== 'chain'), ...partsOf(wanted)]);
    // Segments of a night know the future: the comparison finds its own.
    const asked = {
      ...wanted,
      chain: ['blend', ...[...parts].filter(name => !['segment', 'blend'].includes(name))],
    };
    const shop = await openShop(run, asked);
    try {
      const { items } = shop.purchases;
      const fitted = await fittedCustomers(config, asked, shop.purchases);
      const { interactions } = fitted;
      await device(columnsTopKCost(interactions, wanted.neighbours));
      const events = await readEvents(database, { customers: fitted.ids, items }, wanted.weight);
      const compared = await evaluate(names, wanted, config.evaluation, events, trainingOf(shop, fitted), {
        seed: config.seed,
        segments: segmentsOf(config),
        onStep: (done, total, unit) => progress.update(done, total, unit),
        signal,
      });
      const { seed, memory } = config;
      const sample = { customers: fitted.ids.length, of: shop.purchases.rows, seed, memory };
      found.evaluation = { ...compared, sample: fitted.numbers && sample };
    } finally {
      await shop.facts.close();
    }
    if (staging) {
      const { format } = config.output;
      await writeTable(staging.path(`evaluation.${format}`), format, evaluationTable(found.evaluation));
    }
    return found.evaluation.customers;
  },
};
