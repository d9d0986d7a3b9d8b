import { type RfmColumns, readCustomerGroups, readRfm, resolveSnapshot } from '../../data/index.js';
import { groupedRfm } from '../../value/grouped-rfm.js';
import { Rfm } from '../../value/rfm.js';
import { rfmGroups } from '../rfm-groups.js';
import type { Stage } from '../stage.js';
import { valueForecast } from '../value-forecast.js';

/** Who never bought has no recency, and none of the scores. */
function withoutBuying({ ids, recency, frequency, monetary }: RfmColumns): RfmColumns {
  const bought = (value: number, customer: number) => (frequency[customer] > 0 ? value : Number.NaN);
  return {
    ids,
    recency: recency.map(bought),
    frequency: frequency.map(bought),
    monetary: monetary.map(bought),
  };
}

export const value: Stage = {
  name: 'value',
  does: 'score customers by recency, frequency and monetary value, find their lifetime values',
  idle({ value, sources }) {
    if (value === false) return 'value: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run(run) {
    const { config, database, found } = run;
    found.snapshot ??= await resolveSnapshot(database, config.snapshot);
    const columns = withoutBuying(await readRfm(database, { snapshot: found.snapshot }));
    const { groups: by, quantiles, segments } = config.value || {};
    const among = by === undefined ? undefined : await readCustomerGroups(database, by, 'value.groups');
    const scores = among
      ? groupedRfm(columns, among.codes, { quantiles, segments })
      : new Rfm({ quantiles, segments }).fit(columns).score(columns);
    const forecast = await valueForecast(run, columns.monetary);
    found.value = { columns, scores, groups: rfmGroups(columns, scores), forecast, among };
    return columns.ids.length;
  },
};
