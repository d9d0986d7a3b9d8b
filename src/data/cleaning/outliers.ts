import type { OutlierStep } from '../cleaning-step.js';
import { isFloating, requireColumn, type TableColumn } from '../columns.js';
import type { Database } from '../database.js';
import { identifier, number } from '../sql.js';
import { dropRows, settle } from './drop-rows.js';
import { requireNumbers, type Step, widen } from './step.js';

interface Bounds {
  low: number | null;
  high: number | null;
  rule: string;
}

async function bounds(
  db: Database,
  table: string,
  { name, type }: TableColumn,
  step: OutlierStep,
): Promise<Bounds> {
  const column = `CAST(${identifier(name)} AS DOUBLE)`;
  const values = `FROM ${identifier(table)} WHERE ${identifier(name)} IS NOT NULL${isFloating(type) ? ` AND isfinite(${identifier(name)})` : ''}`;
  const read = (low: string, high: string, rule: string) =>
    db.inOrder(async () => ({
      ...(await db.row<Bounds>(`SELECT ${low} AS low, ${high} AS high ${values}`)),
      rule,
    }));
  const quantile = (share: number) => `quantile_cont(${column}, ${share})`;
  if (step.method === 'winsorise') {
    const share = step.share ?? 0.01;
    return read(
      quantile(share),
      quantile(1 - share),
      `the quantiles ${share} and ${Number((1 - share).toPrecision(12))}`,
    );
  }
  const factor = step.factor ?? (step.method === 'iqr' ? 1.5 : 3);
  if (step.method === 'iqr') {
    const reach = `${factor} * (${quantile(0.75)} - ${quantile(0.25)})`;
    const rule = `${factor} interquartile ranges from the quartiles`;
    return read(`${quantile(0.25)} - ${reach}`, `${quantile(0.75)} + ${reach}`, rule);
  }
  const reach = `${factor} * stddev_pop(${column})`;
  return read(
    `avg(${column}) - ${reach}`,
    `avg(${column}) + ${reach}`,
    `${factor} standard deviations from the mean`,
  );
}

/** Drops rows far from the others, or pulls their values to the bound. */
export const outliers: Step<OutlierStep> = async (db, table, step) => {
  const column = await requireColumn(db, table, step.column);
  await requireNumbers(db, table, column);
  const { low, high, rule } = await bounds(db, table, column, step);
  const effect = { rule: 'outliers', column: column.name, changed: 0, dropped: 0 };
  if (low === null || high === null) return { ...effect, reason: `${column.name} has no values` };
  const name = identifier(column.name);
  const beyond = `${name} < ${number(low)} OR ${name} > ${number(high)}`;
  const range = `${Number(low.toPrecision(7))} to ${Number(high.toPrecision(7))}`;
  const clips = step.method === 'winsorise' || step.action === 'clip';
  if (clips) {
    await settle(db, table);
    await widen(db, table, column);
    const clipped = `least(greatest(${name}, ${number(low)}), ${number(high)})`;
    effect.changed = await db.run(`UPDATE ${identifier(table)} SET ${name} = ${clipped} WHERE ${beyond}`);
  } else effect.dropped = await dropRows(db, table, beyond);
  const did = clips ? '; pulled to the bound' : '';
  return { ...effect, reason: `${column.name} is outside ${range}, beyond ${rule}${did}` };
};
