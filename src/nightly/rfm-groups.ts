import { type RfmColumns, type RfmScores, rfmColumns, rfmValues } from '../value/rfm.js';

/** The customers of one named RFM segment together. */
export interface RfmGroup {
  name: string;
  customers: number;
  /** Of all customers. */
  share: number;
  revenue: number;
  /** Of all revenue. */
  revenueShare: number;
  /** Means; NaN for those who never bought. */
  recency: number;
  frequency: number;
  monetary: number;
}

/** Size, revenue and means of every named segment that has customers, in the order of the names. */
export function rfmGroups(columns: RfmColumns, { segment, names }: RfmScores): RfmGroup[] {
  const sums = names.map(() => ({ customers: 0, recency: 0, frequency: 0, monetary: 0 }));
  for (const place of segment) sums[place].customers++;
  let total = 0;
  for (const column of rfmColumns) {
    const values = rfmValues(columns[column]);
    for (let i = 0; i < segment.length; i++) {
      sums[segment[i]][column] += values[i];
      if (column === 'monetary' && !Number.isNaN(values[i])) total += values[i];
    }
  }
  return sums.flatMap(({ customers, ...sum }, i) => {
    if (customers === 0) return [];
    const revenue = Number.isNaN(sum.monetary) ? 0 : sum.monetary;
    return {
      name: names[i],
      customers,
      share: customers / segment.length,
      revenue,
      revenueShare: total > 0 ? revenue / total : 0,
      recency: sum.recency / customers,
      frequency: sum.frequency / customers,
      monetary: sum.monetary / customers,
    };
  });
}
