import { type RfmColumns, readRfm, resolveSnapshot } from '../../data/index.js';
import { Rfm } from '../../value/rfm.js';
import { rfmGroups } from '../rfm-groups.js';
import type { Stage } from '../stage.js';

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
  does: 'score customers by recency, frequency and monetary value',
  idle({ value, sources }) {
    if (value === false) return 'value: false';
    return sources.transactions ? undefined : 'there are no transactions';
  },
  async run({ config, database, found }) {
    found.snapshot ??= await resolveSnapshot(database, config.snapshot);
    const columns = withoutBuying(await readRfm(database, { snapshot: found.snapshot }));
    const model = new Rfm(config.value || {}).fit(columns);
    const scores = model.score(columns);
    found.value = { model, columns, scores, groups: rfmGroups(columns, scores) };
    return columns.ids.length;
  },
};
