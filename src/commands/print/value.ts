import type { RfmGroup } from '../../nightly/rfm-groups.js';
import type { RunResult } from '../../nightly/run.js';
import { forecastText } from './forecast.js';
import { count, counted, figure, percent } from './quantities.js';
import { table } from './table.js';

/** The named RFM segments with their size, share of revenue and means. */
export function valueTable(groups: readonly RfmGroup[]): string {
  const mean = (value: number) => (Number.isNaN(value) ? '' : figure(Number(value.toPrecision(4))));
  return table(
    [
      { heading: 'RFM segment' },
      { heading: 'customers', align: 'right' },
      { heading: 'share', align: 'right' },
      { heading: 'revenue', align: 'right' },
      { heading: 'days since', align: 'right' },
      { heading: 'orders', align: 'right' },
      { heading: 'spent', align: 'right' },
    ],
    groups.map(({ name, customers, share, revenueShare, recency, frequency, monetary }) => [
      name,
      count(customers),
      percent(share),
      percent(revenueShare),
      mean(recency),
      mean(frequency),
      mean(monetary),
    ]),
  );
}

/** What `kindred value` found. */
export function valueSummary({ found: { value, snapshot } }: RunResult): string {
  if (!value) return 'No values.';
  const { groups, report, among } = value;
  const within = among ? `; scored within ${counted(among.names.length, 'group')} of customers` : '';
  const rfm = `${valueTable(groups)}\n\nMeans of each segment; days are counted to ${snapshot}${within}`;
  return report ? `${rfm}\n\n${forecastText(report)}` : rfm;
}
