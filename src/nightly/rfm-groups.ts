import { type RfmValues, rfmColumns } from '../value/rfm.js';

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

/** Some customers with the numbers of their named segments. */
export interface RfmPart {
  columns: RfmValues;
  segment: Uint8Array;
}

/** Size, revenue and means of every named segment that has customers, in the order of the names. */
export function rfmGroups(names: readonly string[], parts: Iterable<RfmPart>): RfmGroup[] {
  const sums = names.map(() => ({ customers: 0, recency: 0, frequency: 0, monetary: 0 }));
  let [customers, total] = [0, 0];
  for (const { columns, segment } of parts) {
    customers += segment.length;
    for (const place of segment) sums[place].customers++;
    for (const column of rfmColumns) {
      const values = columns[column];
      for (let i = 0; i < segment.length; i++) {
        sums[segment[i]][column] += values[i];
        if (column === 'monetary' && !Number.isNaN(values[i])) total += values[i];
      }
    }
  }
  return sums.flatMap(({ customers: own, ...sum }, i) => {
    if (own === 0) return [];
    const revenue = Number.isNaN(sum.monetary) ? 0 : sum.monetary;
    return {
      name: names[i],
      customers: own,
      share: own / customers,
      revenue,
      revenueShare: total > 0 ? revenue / total : 0,
      recency: sum.recency / own,
      frequency: sum.frequency / own,
      monetary: sum.monetary / own,
    };
  });
}
