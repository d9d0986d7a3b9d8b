import type { TypesStep } from '../cleaning-step.js';
import { requireColumn } from '../columns.js';
import { wrongType } from '../convert.js';
import { identifier } from '../sql.js';
import { dropRows, settle } from './drop-rows.js';
import type { Step } from './step.js';

const sqlTypes = {
  number: 'DOUBLE',
  integer: 'BIGINT',
  text: 'VARCHAR',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

/** Converts a column to another type. */
export const types: Step<TypesStep> = async (db, table, { column: wanted, type, invalid = 'error' }) => {
  const column = await requireColumn(db, table, wanted);
  const name = identifier(column.name);
  const converted = `TRY_CAST(${name} AS ${sqlTypes[type]})`;
  const bad = `${name} IS NOT NULL AND ${converted} IS NULL`;
  const effect = {
    rule: 'types',
    column: column.name,
    changed: 0,
    dropped: 0,
    reason: `${column.name} is not ${type}`,
  };
  if (invalid === 'drop') effect.dropped = await dropRows(db, table, bad);
  else {
    const { count, value } = await db.row<{ count: number; value: unknown }>(
      `SELECT count(*) AS count, first(${name}) AS value FROM ${identifier(table)} WHERE ${bad}`,
    );
    if (count > 0 && invalid === 'error')
      throw await wrongType(db, db.sources.get(table), column.name, sqlTypes[type], value);
    effect.changed = count;
    if (count > 0) effect.reason += '; taken as missing';
  }
  await settle(db, table);
  await db.run(`ALTER TABLE ${identifier(table)} ALTER ${name} TYPE ${sqlTypes[type]} USING ${converted}`);
  return effect;
};
