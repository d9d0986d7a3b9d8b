/** A recommender of a night that was not computed in full. */
export interface PartReport {
  name: string;
  /** Whether it is that of the last full night; otherwise it was fitted to tonight's data. */
  kept: boolean;
  /** Share by which what it says has moved since the last full night. */
  moved: number;
}

/** How a night that was not computed in full came about. */
export interface IncrementalReport {
  /** The last night that was computed in full. */
  since: string;
  /** Nights since that one, this one included. */
  nights: number;
  /** Purchases that have come or gone since, as a share of all. */
  turnover: number;
  /** Items that have come since; the recommenders that are kept do not know them. */
  newItems: number;
  parts: PartReport[];
  /** Customers whose own purchases changed since last night. */
  bought: number;
  /** Customers whose recommendations were made anew, those included. */
  changed: number;
  /** Customers whose recommendations were kept. */
  kept: number;
  /** Seconds that recommendations took in the last full night. */
  fullSeconds?: number;
}
