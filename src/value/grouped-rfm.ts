import { Rfm, type RfmColumns, type RfmOptions, type RfmScores, rfmColumns, rfmValues } from './rfm.js';

/** The customers group after group, and where each group begins and the last one ends. */
function byGroup(groups: Int32Array): { customers: Int32Array; starts: Int32Array } {
  const numbers = new Map<number, number>();
  const own = groups.map(group => {
    const known = numbers.get(group) ?? numbers.size;
    if (known === numbers.size) numbers.set(group, known);
    return known;
  });
  const starts = new Int32Array(numbers.size + 1);
  for (let i = 0; i < own.length; i++) starts[own[i]! + 1]!++;
  for (let group = 0; group < numbers.size; group++) starts[group + 1]! += starts[group]!;
  const free = starts.slice();
  const customers = new Int32Array(own.length);
  for (let i = 0; i < own.length; i++) customers[free[own[i]!]!++] = i;
  return { customers, starts };
}

/**
 * Scores customers among their like only: quantiles are those of their own group, such as a country or the year of the first
 * purchase, so that a good customer of a poor market scores as high as one of a rich market. Boundaries are the same for all.
 *
 * @param groups number of each customer's group; those of -1, of whom it is not known, are a group too
 */
export function groupedRfm(columns: RfmColumns, groups: Int32Array, options: RfmOptions = {}): RfmScores {
  const rfm = new Rfm(options);
  const { customers, starts } = byGroup(groups);
  const grouped = new Float64Array(groups.length);
  const scores = {
    recency: new Uint8Array(groups.length),
    frequency: new Uint8Array(groups.length),
    monetary: new Uint8Array(groups.length),
  };
  for (const column of rfmColumns) {
    const values = rfmValues(columns[column]);
    for (let i = 0; i < customers.length; i++) grouped[i] = values[customers[i]!]!;
    for (let group = 0; group + 1 < starts.length; group++) {
      const [from, to] = [starts[group]!, starts[group + 1]!];
      const found = rfm.scoreAmong(column, grouped.subarray(from, to));
      for (let i = from; i < to; i++) scores[column][customers[i]!] = found[i - from]!;
    }
  }
  return rfm.named(scores);
}
