/** Why an item is recommended; its place in this list is the number that stands for it. */
export const reasonKinds = [
  'none',
  'neighbour',
  'popular',
  'customers',
  'factors',
  'content',
  'segment',
  'group',
  'trending',
  'attributes',
] as const;

/**
 * `neighbour`: alike to an item the customer has; `popular`: many customers have it; `customers`: customers like
 * this one have it; `factors`: it matches the taste that a factorisation finds; `content`: its description is
 * like that of an item the customer has; `segment`: a favourite in the customer's segment; `group`: a favourite in another
 * group of theirs, such as a country; `trending`: it sells well lately; `attributes`: customers with attributes like
 * theirs have it; `none`: an empty place.
 */
export type ReasonKind = (typeof reasonKinds)[number];

/** The number of a kind of reason. */
export const reasonNumber = Object.fromEntries(reasonKinds.map((kind, i) => [kind, i])) as Record<
  ReasonKind,
  number
>;

/** The items recommended to some customers, `count` places for each of them, best first. */
export interface Recommendations {
  customers: number;
  /** Places per customer. */
  count: number;
  /** `[customers, count]`, item numbers; -1 in a place that the catalogue cannot fill. */
  items: Int32Array;
  /**
   * `[customers, count]`, in the recommender's own measure: of a neighbour the sum of its similarities to the
   * customer's items, each times the weight of that item, of a popular item the share of customers who have
   * it; NaN in an empty place.
   */
  scores: Float32Array;
  /** `[customers, count]`, numbers of {@link reasonKinds}. */
  reasons: Uint8Array;
  /**
   * `[customers, count]`, the customer's item that speaks for it most, -1 where none does; for the reasons `segment`
   * and `group` the number of that segment or group.
   */
  because: Int32Array;
}

export function emptyRecommendations(customers: number, count: number): Recommendations {
  const places = customers * count;
  return {
    customers,
    count,
    items: new Int32Array(places).fill(-1),
    scores: new Float32Array(places).fill(Number.NaN),
    reasons: new Uint8Array(places),
    because: new Int32Array(places).fill(-1),
  };
}

/** The places of the customers `from` to `to`, shared with the whole. */
export function placesOf(all: Recommendations, from: number, to: number): Recommendations {
  const [first, last] = [from * all.count, to * all.count];
  return {
    customers: to - from,
    count: all.count,
    items: all.items.subarray(first, last),
    scores: all.scores.subarray(first, last),
    reasons: all.reasons.subarray(first, last),
    because: all.because.subarray(first, last),
  };
}

/** One recommendation in words that a table can hold. */
export interface Recommendation {
  /** From 1. */
  rank: number;
  item: number;
  score: number;
  reason: ReasonKind;
  /** The customer's item that speaks for it most, or the number of the segment or group, where there is one. */
  because?: number;
}

/** The recommendations of one customer, without empty places. */
export function recommendationsOf(
  { count, items, scores, reasons, because }: Recommendations,
  customer: number,
): Recommendation[] {
  const found: Recommendation[] = [];
  for (let rank = 1; rank <= count; rank++) {
    const place = customer * count + rank - 1;
    const reason = reasonKinds[reasons[place]];
    if (reason === 'none') break;
    found.push({
      rank,
      item: items[place],
      score: scores[place],
      reason,
      ...(because[place] >= 0 && { because: because[place] }),
    });
  }
  return found;
}
