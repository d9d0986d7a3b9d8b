import type { RfmColumns, RfmScores } from '../value/rfm.js';

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
export function rfmGroups(
  { recency, frequency, monetary }: RfmColumns,
  { segment, names }: RfmScores,
): RfmGroup[] {
  const sums = names.map(() => ({ customers: 0, recency: 0, frequency: 0, monetary: 0 }));
  let total = 0;
  for (let i = 0; i < segment.length; i++) {
    const sum = sums[segment[i]];
    sum.customers++;
    sum.recency += recency[i];
    sum.frequency += frequency[i];
    sum.monetary += monetary[i];
    if (!Number.isNaN(monetary[i])) total += monetary[i];
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
