import { findRfm, readCustomerGroups, resolveSnapshot } from '../../data/index.js';
import { groupedRfm } from '../../value/grouped-rfm.js';
import { Rfm } from '../../value/rfm.js';
import { Buying } from '../buying.js';
import { memoryShares } from '../memory-shares.js';
import { rfmGroups } from '../rfm-groups.js';
import type { Stage } from '../stage.js';
import { valueForecast } from '../value-forecast.js';
import { valueReport } from '../value-report.js';

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
    const memory = memoryShares(config.memory).values;
    const buying = new Buying(await findRfm(database, memory, { snapshot: found.snapshot }));
    const columns = {
      recency: () => buying.column('recency'),
      frequency: () => buying.column('frequency'),
      monetary: () => buying.column('monetary'),
    };
    const { groups: by, quantiles, boundaries, segments } = config.value || {};
    const among = by === undefined ? undefined : await readCustomerGroups(database, by, 'value.groups');
    const scores = among
      ? groupedRfm(columns, among.codes, { quantiles, boundaries, segments })
      : new Rfm({ quantiles, boundaries, segments }).fit(columns).score(columns);
    const forecast = await valueForecast(run, buying);
    const report = forecast && valueReport(forecast);
    found.value = { buying, scores, groups: rfmGroups(columns, scores), forecast, report, among };
    return buying.rows;
  },
};
