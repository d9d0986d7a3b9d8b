import {
  columnScores,
  columnThresholds,
  Rfm,
  type RfmColumns,
  type RfmOptions,
  type RfmScores,
  rfmColumns,
  rfmValues,
} from './rfm.js';

/** The customers of each group, in one array. */
function membersOf(groups: Int32Array): Int32Array[] {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const room = new Int32Array(groups.length);
  const own = new Map<number, Int32Array>();
  let end = 0;
  for (const [group, size] of sizes) {
    end += size;
    own.set(group, room.subarray(end - size, end));
  }
  const filled = new Map<number, number>();
  groups.forEach((group, customer) => {
    const place = filled.get(group) ?? 0;
    own.get(group)![place] = customer;
    filled.set(group, place + 1);
  });
  return [...own.values()];
}

/**
 * Scores customers among their like only: quantiles are those of their own group, such as a country or the year of the first
 * purchase, so that a good customer of a poor market scores as high as one of a rich market.
 *
 * @param groups number of each customer's group; those of -1, of whom it is not known, are a group too
 */
export function groupedRfm(columns: RfmColumns, groups: Int32Array, options: RfmOptions = {}): RfmScores {
  const rfm = new Rfm(options);
  const members = membersOf(groups);
  const scores = {
    recency: new Uint8Array(groups.length),
    frequency: new Uint8Array(groups.length),
    monetary: new Uint8Array(groups.length),
  };
  for (const column of rfmColumns) {
    const values = rfmValues(columns[column]);
    for (const own of members) {
      const some = Float64Array.from(own, customer => values[customer]!);
      const found = columnScores(column, some, columnThresholds(column, some, rfm.quantiles));
      for (let i = 0; i < own.length; i++) scores[column][own[i]!] = found[i]!;
    }
  }
  return rfm.named(scores);
}
