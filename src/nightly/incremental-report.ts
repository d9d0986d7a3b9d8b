/** How a night that was not computed whole came about. */
export interface IncrementalReport {
  /** The last night that was computed whole. */
  since: string;
  /** Nights since that one, this one included. */
  nights: number;
  /** Items whose neighbours were taken anew. */
  items: number;
  /** Customers whose recommendations were made anew. */
  changed: number;
  /** Customers whose recommendations were kept. */
  kept: number;
}
