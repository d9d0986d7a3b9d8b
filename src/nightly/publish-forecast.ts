import { type WriteOptions, writeTable, writeTables } from '../data/index.js';
import { drawChart } from '../report/chart.js';
import { holdoutGroupsChart, trackingChart } from '../report/value-charts.js';
import { atRiskTables } from './at-risk-tables.js';
import type { Buying } from './buying.js';
import type { ResultsFolder } from './results-folder.js';
import type { Run } from './stage.js';
import type { ValueForecast } from './value-forecast.js';
import { saveValueModel } from './value-model.js';
import { holdoutTables } from './value-tables.js';

/** Writes who is at risk, the tables and charts of the holdout and the fitted model; gives the rows of the tables. */
export async function publishForecast(
  { config, database }: Pick<Run, 'config' | 'database'>,
  staging: ResultsFolder,
  buying: Buying,
  forecast: ValueForecast,
  options: WriteOptions,
): Promise<number> {
  const { model, end, holdout } = forecast;
  if (!model) return 0;
  const { format } = config.output;
  const atRisk = atRiskTables(forecast, buying, database);
  let rows = await writeTables(staging.path(`at-risk.${format}`), format, atRisk, options);
  for (const [name, table] of Object.entries(holdout ? holdoutTables(holdout) : {})) {
    await writeTable(staging.path(`${name}.${format}`), format, table);
    rows += table.rows;
  }
  if (holdout) {
    staging.write('holdout-groups.svg', await drawChart(holdoutGroupsChart(holdout)));
    staging.write('holdout-tracking.svg', await drawChart(trackingChart(holdout, model.purchases.name)));
  }
  await saveValueModel(staging.path('model'), { sources: config.sources, value: model, end });
  return rows;
}
