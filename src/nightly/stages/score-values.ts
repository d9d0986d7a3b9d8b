import {
  columnTable,
  idColumn,
  observationEnd,
  readCustomerIds,
  readPurchaseHistory,
  writeTable,
} from '../../data/index.js';
import type { Stage } from '../stage.js';
import { inUnits } from '../value-forecast.js';
import { expectationColumns } from '../value-tables.js';

function sum(values: Float64Array): number {
  return values.reduce((total, value) => (Number.isNaN(value) ? total : total + value), 0);
}

export const scoreValues: Stage = {
  name: 'scoreValues',
  does: 'value every customer by the models of purchases and spend',
  async run({ config, database, staging, valueModel, found }) {
    if (!valueModel) throw new Error('scoring needs a model');
    const { value, end: seen } = valueModel;
    const last = await observationEnd(database, config.snapshot);
    // Purchases that stop before the model's own data end say that nobody bought since.
    const end = config.snapshot === undefined && last < seen ? seen : last;
    const history = inUnits(await readPurchaseHistory(database, { end }), value.options.unit);
    const values = value.predict(history);
    if (staging) {
      const { format } = config.output;
      const columns = [idColumn('customer', await readCustomerIds(database)), ...expectationColumns(values)];
      await writeTable(staging.path(`values.${format}`), format, columnTable(columns));
    }
    found.valueScores = {
      customers: history.T.length,
      alive: sum(values.probabilityAlive),
      purchases: sum(values.expectedPurchases),
      lifetimeValue: sum(values.lifetimeValue),
      end,
    };
    return history.T.length;
  },
};
