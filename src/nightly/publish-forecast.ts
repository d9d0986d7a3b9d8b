import { writeTable } from '../data/index.js';
import { drawChart } from '../report/chart.js';
import { holdoutGroupsChart, trackingChart } from '../report/value-charts.js';
import type { Buying } from './buying.js';
import type { Config } from './config/index.js';
import type { ResultsFolder } from './results-folder.js';
import type { ValueForecast } from './value-forecast.js';
import { saveValueModel } from './value-model.js';
import { atRiskTable, holdoutTables } from './value-tables.js';

/** Writes who is at risk, the tables and charts of the holdout and the fitted model; gives the rows of the tables. */
export async function publishForecast(
  staging: ResultsFolder,
  { output: { format }, sources }: Config,
  buying: Buying,
  forecast: ValueForecast,
): Promise<number> {
  const { model, end, holdout } = forecast;
  if (!model) return 0;
  const tables = {
    'at-risk': atRiskTable(forecast, buying),
    ...(holdout && holdoutTables(holdout)),
  };
  let rows = 0;
  for (const [name, table] of Object.entries(tables)) {
    if (!table) continue;
    await writeTable(staging.path(`${name}.${format}`), format, table);
    rows += table.rows;
  }
  if (holdout) {
    staging.write('holdout-groups.svg', await drawChart(holdoutGroupsChart(holdout)));
    staging.write('holdout-tracking.svg', await drawChart(trackingChart(holdout, model.purchases.name)));
  }
  await saveValueModel(staging.path('model'), { sources, value: model, end });
  return rows;
}
