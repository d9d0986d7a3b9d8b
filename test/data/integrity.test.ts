import { describe, expect, it } from 'vitest';
import { checkTimes } from '../../src/data/integrity.js';
import { workshop } from './workshop.js';

const shop = workshop();
const now = new Date('2026-03-01T12:00:00Z');

describe('times of transactions', () => {
  it('reports those in the future, and keeps them', async () => {
    await shop.table('transactions', ['customer,time', '1,2026-02-01', '2,2205-03-01', '3,', '4,2026-04-01']);
    expect(await checkTimes(shop.db, now)).toEqual([
      {
        source: 'transactions',
        rule: 'times',
        column: 'time',
        rowsIn: 4,
        rowsChanged: 0,
        rowsDropped: 0,
        reason:
          'rows in the future (2, the last on 2205-03-01): recency counts from the last row unless a snapshot is given',
      },
    ]);
    expect(await shop.db.row('SELECT count(*) AS rows FROM transactions')).toEqual({ rows: 4 });
  });

  it('says nothing of today anywhere on earth, nor where there are no times', async () => {
    await shop.table('transactions', ['customer,time', '1,2026-02-01 08:00:00', '2,2026-03-02 02:00:00']);
    expect(await checkTimes(shop.db, now)).toEqual([]);
    await shop.table('transactions', ['customer,item', '1,2']);
    expect(await checkTimes(shop.db, now)).toEqual([]);
  });
});
