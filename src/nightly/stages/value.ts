import { ranges } from '../../customer-column.js';
import { findRfm, readCustomerGroups, resolveSnapshot } from '../../data/index.js';
import { GroupedRfm } from '../../value/grouped-rfm.js';
import { Rfm } from '../../value/rfm.js';
import { Buying } from '../buying.js';
import { memoryShares } from '../memory-shares.js';
import { type RfmPart, rfmGroups } from '../rfm-groups.js';
import { rfmValuesOf, scoresOf } from '../rfm-scores.js';
import type { Stage } from '../stage.js';
import { valueForecast } from '../value-forecast.js';
import { valueReport } from '../value-report.js';

/** What customers bought and the segments of their scores, of some at a time. */
function* parts(scored: Parameters<typeof scoresOf>[0]): Generator<RfmPart> {
  for (const { from, to } of ranges(scored.buying.rows)) {
    yield {
      columns: rfmValuesOf(scored.buying, from, to),
      segment: scoresOf(scored, from, to).segment,
    };
  }
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
    const memory = memoryShares(config.memory);
    const buying = new Buying(await findRfm(database, memory.values, { snapshot: found.snapshot }));
    const columns = {
      recency: buying.column('recency'),
      frequency: buying.column('frequency'),
      monetary: buying.column('monetary'),
    };
    const { groups: by, quantiles, boundaries, segments } = config.value || {};
    const options = { quantiles, boundaries, segments };
    const among =
      by === undefined ? undefined : await readCustomerGroups(database, by, memory.found, 'value.groups');
    const rfm = among ? new GroupedRfm(options).fit(columns, among.codes) : new Rfm(options).fit(columns);
    const scored = { buying, rfm, among };
    const groups = rfmGroups(rfm.names, parts(scored));
    const forecast = await valueForecast(run, buying);
    const report = forecast && (await valueReport(forecast, database));
    found.value = { ...scored, groups, forecast, report };
    return buying.rows;
  },
};
