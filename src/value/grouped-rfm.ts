import { Rfm, type RfmColumns, type RfmOptions, type RfmScores } from './rfm.js';

/**
 * Scores customers among their like only: quantiles are those of their own group, such as a country or the year of the first
 * purchase, so that a good customer of a poor market scores as high as one of a rich market.
 *
 * @param groups number of each customer's group; those of -1, of whom it is not known, are a group too
 */
export function groupedRfm(columns: RfmColumns, groups: Int32Array, options: RfmOptions = {}): RfmScores {
  const members = new Map<number, number[]>();
  groups.forEach((group, customer) => {
    const own = members.get(group);
    if (own) own.push(customer);
    else members.set(group, [customer]);
  });
  const scores = {
    recency: new Uint8Array(groups.length),
    frequency: new Uint8Array(groups.length),
    monetary: new Uint8Array(groups.length),
    segment: new Uint8Array(groups.length),
  };
  for (const own of members.values()) {
    const of = (values: ArrayLike<number>) => Float64Array.from(own, customer => values[customer]!);
    const { recency, frequency, monetary } = columns;
    const some = { recency: of(recency), frequency: of(frequency), monetary: of(monetary) };
    const found = new Rfm(options).fit(some).score(some);
    own.forEach((customer, i) => {
      scores.recency[customer] = found.recency[i]!;
      scores.frequency[customer] = found.frequency[i]!;
      scores.monetary[customer] = found.monetary[i]!;
      scores.segment[customer] = found.segment[i]!;
    });
  }
  return { ...scores, names: new Rfm(options).names };
}
