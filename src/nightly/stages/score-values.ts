import type { Vector } from 'apache-arrow';
import {
  columnTable,
  customerIdBatches,
  idColumn,
  observationEnd,
  purchaseHistoryBatches,
  TableWriter,
} from '../../data/index.js';
import { memoryShares } from '../memory-shares.js';
import type { Stage } from '../stage.js';
import { inUnits } from '../value-forecast.js';
import { expectationColumns } from '../value-tables.js';

/** Customers who are valued together. */
const customersAtATime = 65_536;

function sum(values: Float64Array, start: number): number {
  return values.reduce((total, value) => (Number.isNaN(value) ? total : total + value), start);
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
    const { format } = config.output;
    const { output: memory } = memoryShares(config.memory);
    const writer = staging && (await TableWriter.open(staging.path(`values.${format}`), format, { memory }));
    const ids = customerIdBatches(database, customersAtATime);
    const scores = { customers: 0, alive: 0, purchases: 0, lifetimeValue: 0, end };
    try {
      for await (const days of purchaseHistoryBatches(database, { end, size: customersAtATime })) {
        const values = value.predict(inUnits(days, value.options.unit));
        const { value: own } = await ids.next();
        await writer?.write(
          columnTable([idColumn('customer', own as Vector), ...expectationColumns(values)]),
        );
        scores.customers += days.T.length;
        scores.alive = sum(values.probabilityAlive, scores.alive);
        scores.purchases = sum(values.expectedPurchases, scores.purchases);
        scores.lifetimeValue = sum(values.lifetimeValue, scores.lifetimeValue);
      }
      await writer?.close();
    } catch (error) {
      await writer?.discard();
      throw error;
    } finally {
      await ids.return(undefined);
    }
    found.valueScores = scores;
    return scores.customers;
  },
};
